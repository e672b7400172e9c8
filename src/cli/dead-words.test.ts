// Masked bodies show no answer, whatever a device sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codeText, differences, maskedBody } from './dead-words.ts'

const body = (value: unknown) => Buffer.from(JSON.stringify(value))

test('nothing a patient answered shows in a masked body (P12)', () => {
  const secret = 'q7Xz'
  const answer = fc.oneof(
    fc.string().map((s) => secret + s),
    fc.array(fc.constant(secret)),
    fc.record({ skipped: fc.constant(secret) }),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string(), answer), answer, (answers, other) => {
      const text = maskedBody(body({ form: 'daily-diary', answers, note: other, [`free text ${secret}`]: 1 }))
      assert.ok(!text.replace(`free text ${secret}`, '').includes(secret), text)
      assert.match(text, /daily-diary/)
    }),
  )
  assert.ok(!maskedBody(body({ answers: { [`a sentence ${secret}`]: 1 } })).includes(secret))
  assert.ok(!maskedBody(body({ answers: secret })).includes(secret))
})

test('what is not JSON is told by its size', () => {
  assert.equal(maskedBody(Buffer.from('pain 4')), '6 bytes that are not JSON')
})

test('two bodies differ where they differ, by path and without values', () => {
  const first = body({ form: 'a', answers: { pain: 4, sleep: 7 }, sentAt: 'x' })
  const second = body({ form: 'a', answers: { pain: 5, nausea: 'mild' }, sentAt: 'x' })
  assert.deepEqual(differences(first, second), ['answers.nausea', 'answers.pain', 'answers.sleep'])
  assert.deepEqual(differences(first, first), [])
})

test('codes in words; an unknown one stays as it is', () => {
  assert.equal(codeText('unknown-form'), 'The study has no such form.')
  assert.match(codeText('killer'), /ended the process/)
  assert.equal(codeText('of-tomorrow'), 'of-tomorrow')
})
