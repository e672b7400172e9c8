// A wrong scoring file is refused with file, line and remedy; all faults at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileScoring } from './compile-scoring.ts'

const good = `instrument: made-up
version: "1"
title: { en: Made up, zh: 虚构 }
source: made up
scales:
  likert: { min: 0, max: 4 }
  open: { values: { "no": 0, "yes": 1 } }
items:
  - { item: a, number: 1, scale: likert }
  - { item: b, number: 2, scale: open }
scores:
  - id: total
    version: "1"
    title: { en: Total, zh: 总分 }
    method: sum
    items: [a, b]
    range: { min: 0, max: 5 }
    source: made up
`

function faultsOf(text: string): string[] {
  const faults: string[] = []
  compileScoring('s.yaml', text, { add: (file, line, message) => faults.push(`${file}:${line}: ${message}`) })
  return faults
}

test('control: the sound file has no faults, as YAML and as JSON', () => {
  assert.deepEqual(faultsOf(good), [])
  const json = `{"instrument":"j","version":"1","title":{"en":"J","zh":"量"},"source":"s","scales":{"l":{"min":0,"max":1}},
"items":[{"item":"a","scale":"l"}],"scores":[{"id":"t","version":"1","title":{"en":"T","zh":"总"},"method":"sum","items":["a"],"source":"s"}]}`
  assert.deepEqual(faultsOf(json), [])
})

const table: readonly [string, string, string, RegExp][] = [
  ['an item that does not exist', 'items: [a, b]', 'items: [a, c]', /^s.yaml:16: .*has no item c/],
  ['an item counted twice', 'items: [a, b]', 'items: [a, a]', /s.yaml:16: .*counted twice/],
  ['a range that is not the items’', 'max: 5', 'max: 6', /s.yaml:17: .*the items give 0 to 5/],
  ['a misspelt member', 'method: sum', 'metod: sum', /s.yaml:15: .*metod/],
  ['an unknown method', 'method: sum', 'method: total', /s.yaml:15: .*sum, mean, min, max, count/],
  ['a scale that does not exist', 'scale: open', 'scale: opn', /s.yaml:10: .*no scale opn/],
  ['neither items nor of', '    items: [a, b]\n', '', /give either items/],
  ['count without a limit', 'method: sum', 'method: count', /at-least/],
  ['bounds the wrong way round', '{ min: 0, max: 4 }', '{ min: 4, max: 0 }', /s.yaml:6: .*the lower first/],
  ['broken YAML', 'items: [a, b]', 'items: [a, b', /correct the YAML/],
  ['an item listed twice', 'item: b', 'item: a', /s.yaml:10: .*listed twice/],
]
for (const [what, from, to, expected] of table) {
  test(`refused with its line: ${what}`, () => {
    const faults = faultsOf(good.replace(from, to))
    assert.ok(
      faults.some((fault) => expected.test(fault)),
      faults.join('\n'),
    )
  })
}

const scores: readonly [string, string, RegExp][] = [
  ['min-answered above the number of items', 'missing: { min-answered: 3, as: prorate }', /from 1 to 2/],
  ['a share that is none', 'missing: { min-answered: half, as: prorate }', /50%/],
  ['an unknown way with missing items', 'missing: { min-answered: 1, as: guess }', /prorate, ignore/],
  ['a band out of reach', 'bands: [{ code: x, from: 6, text: { en: x, zh: 词 } }]', /cannot be reached/],
  [
    'a band that requires a later score',
    'bands: [{ code: x, from: 1, text: { en: x, zh: 词 }, requires: [{ score: later, from: 1 }] }]',
    /no score later/,
  ],
  ['a table row twice', 'lookup: { name: T, source: s, rows: [[1, 2], [1, 3]] }', /listed twice/],
  ['a rescaling from nothing', 'rescale: { from: [1, 1], to: [0, 100] }', /two different numbers/],
]
for (const [what, member, expected] of scores)
  test(`refused: ${what}`, () => {
    const faults = faultsOf(good.replace('    range: { min: 0, max: 5 }\n', `    ${member}\n`))
    assert.ok(
      faults.some((fault) => expected.test(fault)),
      faults.join('\n'),
    )
  })

test('terms: unknown maps, incomplete maps and facts are told', () => {
  const term = (text: string) => faultsOf(good.replace('items: [a, b]', `items: [${text}, b]`)).join('\n')
  assert.match(term('{ item: a, map: none }'), /no map none/)
  assert.match(term('{ item: a, map: { "0": 1 } }'), /says nothing about 1, 2, 3, 4/)
  assert.match(term('{ item: a, only-if: { fact: sex, in: [female] } }'), /no fact sex/)
  assert.match(term('{ item: a, wieght: 2 }'), /wieght/)
  assert.match(term('{ item: a, weight: 0 }'), /other than 0/)
})
