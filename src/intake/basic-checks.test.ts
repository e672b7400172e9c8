import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../system/problem.ts'
import { checkBasics, mostBodyBytes } from './basic-checks.ts'

const sender = { deviceId: 1, studyId: 'S-1', patientId: 'P-1' }
const good = {
  submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
  studyId: 'S-1',
  patientId: 'P-1',
  form: 'daily-diary',
  formVersion: '1',
  completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
  answers: { pain: 4 },
}
const problemOf = (body: string | Buffer): [string, string | undefined] => {
  try {
    checkBasics(Buffer.from(body), sender)
    return ['none', undefined]
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    return [error.code, (error.details as { member?: string }).member]
  }
}
const changed = (change: object) => JSON.stringify({ ...good, ...change })

test('the envelope of the contract passes, with unknown members and strange answers', () => {
  for (const body of [
    JSON.stringify(good),
    changed({ anything: { more: [1] }, answers: {} }),
    changed({ form: 'no-such-form', completedAt: 'yesterday', answers: { x: { deep: [[[]]] } } }),
    `${JSON.stringify(good).slice(0, -1)},"answers":{"pain":9},"__proto__":{"x":1}}`,
    `${' '.repeat(200_000)}${JSON.stringify(good)}`,
  ])
    assert.deepEqual(problemOf(body), ['none', undefined])
})

test('each malformed body is a problem that names the member', () => {
  const table: [string | Buffer, string, string | undefined][] = [
    ['', 'body.not-json', undefined],
    ['{"a":', 'body.not-json', undefined],
    ['[]', 'body.not-json', undefined],
    ['null', 'body.not-json', undefined],
    ['"text"', 'body.not-json', undefined],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'body.not-json', undefined],
    ['\ufeff{}', 'body.not-json', undefined],
    [changed({ submissionId: 'abc' }), 'submission.invalid', 'submissionId'],
    [changed({ submissionId: 7 }), 'submission.invalid', 'submissionId'],
    [changed({ submissionId: undefined }), 'submission.invalid', 'submissionId'],
    [changed({ form: '' }), 'submission.invalid', 'form'],
    [changed({ form: 'x'.repeat(129) }), 'submission.invalid', 'form'],
    [changed({ formVersion: 1 }), 'submission.invalid', 'formVersion'],
    [changed({ completedAt: undefined }), 'submission.invalid', 'completedAt'],
    [changed({ answers: [] }), 'submission.invalid', 'answers'],
    [changed({ answers: 'none' }), 'submission.invalid', 'answers'],
    [changed({ answers: null }), 'submission.invalid', 'answers'],
    [changed({ deviceSequence: -1 }), 'submission.invalid', 'deviceSequence'],
    [changed({ uptimeMs: '1' }), 'submission.invalid', 'uptimeMs'],
    [changed({ patientId: 'P-2' }), 'token.other-patient', 'patientId'],
    [changed({ studyId: 'S-2' }), 'token.other-patient', 'studyId'],
    [`{"answers":${'['.repeat(40)}${']'.repeat(40)}}`, 'body.too-deep', undefined],
    [' '.repeat(mostBodyBytes + 1), 'body.too-large', undefined],
  ]
  for (const [body, code, member] of table)
    assert.deepEqual(problemOf(body), [code, member], String(body).slice(0, 80))
})

test('law: no bytes make it throw anything but a Problem, and no problem repeats what was sent', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.json().map(Buffer.from)), (bytes) => {
      try {
        checkBasics(Buffer.from(bytes), sender)
      } catch (error) {
        assert.ok(error instanceof Problem)
      }
    }),
  )
  const secret = changed({ answers: 'SECRET-ANSWER', form: 5 })
  try {
    checkBasics(Buffer.from(secret), sender)
    assert.fail('accepted')
  } catch (error) {
    assert.doesNotMatch(JSON.stringify((error as Problem).toDocument('en')), /SECRET/)
  }
})
