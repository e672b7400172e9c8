// Faults of JSON files are told with their line; a member that stands twice is never dropped in silence.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from './json-text.ts'

const read = (text: string) => parseJson('a.json', text, 'correct it')

test('any JSON is read as the parser reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      assert.deepEqual(read(text), JSON.parse(text))
    }),
  )
})

const faults: readonly (readonly [text: string, line: number])[] = [
  ['', 1],
  ['{"a": 1,\n "b": SECRET}', 2],
  ['{"a": 1\n "SECRET": 2}', 2],
  ['{"a": "SEC\nRET"}', 1],
  ['[1,\n2,\n,3]', 3],
  ['{"a": 1}\n}', 2],
  ['{"a": 01}', 1],
  ['{\n"a": {', 2],
]
for (const [text, line] of faults)
  test(`the line of the fault: ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => read(text),
      ({ message }: Error) => message.includes(`(line ${line})`) && !message.includes('SECRET'),
    )
  })

test('a member that stands twice is refused with its line, also where it is written otherwise', () => {
  const twice = '{"item": [\n{"linkId": "a",\n "link\\u0049d": "b"}]}'
  assert.throws(() => read(twice), /a\.json line 3: the member linkId stands twice/)
  assert.throws(
    () => read('{"SECRET answer": 1, "SECRET answer": 2}'),
    ({ message }: Error) => message.includes('stands twice') && !message.includes('SECRET'),
  )
})

test('members of one name in different objects are no fault', () => {
  assert.deepEqual(read('{"a": {"a": [{"a": 1}, {"a": 1}]}, "b": "a"}'), {
    a: { a: [{ a: 1 }, { a: 1 }] },
    b: 'a',
  })
})
