// The blinding linter on questionnaires as they are: no instrument that ships and no official FHIR example holds a
// word that it takes for an arm; the same texts with one such word put in are found.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { armWords, type Told } from '../../src/study/blinding/arm-words.ts'
import { eachFormString } from '../../src/study/blinding/lint-words.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = ['instruments', 'tests/study/fixtures/hl7-r4-examples', 'studies']
const questionnaires = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .filter((text) => text.includes('"resourceType": "Questionnaire"')),
)
const words = armWords(
  new Map([
    ['G1', { role: 'treatment', text: { en: 'Levadrine 40 mg', zh: '左伐君 40 mg', es: 'Levadrina 40 mg' } }],
    [
      'G2',
      { role: 'control', text: { en: 'Matching placebo', zh: '匹配安慰剂', es: 'Placebo equivalente' } },
    ],
  ]),
)
const people = /^(text|display|title|valueString|description)$/

/** What is told by the texts that people read, changed or as they are. */
function told(text: string, change: (text: string) => string): Told[] {
  const found: Told[] = []
  eachFormString(JSON.parse(text), (one, member) => {
    const result = people.test(member) ? words.inText(change(one)) : undefined
    if (result !== undefined) found.push(result)
  })
  return found
}

test('no text of a real questionnaire is taken for a word of an arm', () => {
  assert.ok(questionnaires.length > 25, `${questionnaires.length} questionnaires`)
  for (const text of questionnaires)
    assert.deepEqual(
      told(text, (one) => one),
      [],
    )
})

test('control: the same texts with a word of an arm are all found', () => {
  for (const text of questionnaires.slice(0, 5)) {
    const all = told(text, (one) => `${one} (Levadrine)`).length
    assert.ok(all > 3)
    for (const word of ['placebo', 'CONTROL GROUP', '左伐君', 'Levadrina', '40mg'])
      assert.equal(told(text, (one) => `${one} (${word})`).length, all, word)
  }
})
