// What every language of the app must have: the same words, none empty, no praise and no haste, within its size.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import ar from './ar.ts'
import en from './en.ts'
import restAr from './rest-ar.ts'
import restEn from './rest-en.ts'
import restZh from './rest-zh.ts'
import zh from './zh.ts'

const languages = { en, zh, ar, 'rest-en': restEn, 'rest-zh': restZh, 'rest-ar': restAr }
const say = (word: unknown): string =>
  typeof word === 'function'
    ? String((word as (value: unknown) => string)(word.length === 0 ? '' : 3))
    : String(word)

for (const [name, words] of Object.entries(languages)) {
  test(`${name}: the words of English, each of them said`, () => {
    const english = name.startsWith('rest-') ? restEn : en
    assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort())
    for (const [key, word] of Object.entries(words)) assert.notEqual(say(word).trim(), '', key)
  })

  test(`${name}: calm, without exclamation marks or placeholders`, () => {
    for (const [key, word] of Object.entries(words))
      assert.doesNotMatch(say(word), /[!！#]|undefined|NaN/, key)
  })

  test(`${name}: at most 4 kB compressed (interface.md §10)`, () => {
    const source = readFileSync(new URL(`./${name}.ts`, import.meta.url))
    assert.ok(gzipSync(source, { level: 9 }).length <= 4_000)
  })
}

test('numbers follow the plural rules of the language', () => {
  assert.equal(en.forms(1), '1 form')
  assert.equal(en.forms(2), '2 forms')
  assert.equal(zh.forms(2), '2 份问卷')
  assert.equal(ar.forms(2), 'استمارتان')
  assert.equal(ar.forms(3), '3 استمارات')
  assert.equal(ar.forms(11), '11 استمارة')
})

test('no word is there twice', () => {
  assert.deepEqual(
    Object.keys(restEn).filter((key) => key in en),
    [],
  )
})
