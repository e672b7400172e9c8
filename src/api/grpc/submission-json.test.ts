// The JSON text of a Protobuf submission: loses nothing, and a retry gives the same bytes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create, fromBinary, type JsonObject, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { SubmitPatientDataRequestSchema } from './generated/levee/v1/patient_data_pb.ts'
import { submissionJson } from './submission-json.ts'

const required = {
  submissionId: 'a',
  studyId: 's',
  patientId: 'p',
  form: 'f',
  formVersion: '1',
  completedAt: 't',
}
const overTheWire = (init: {
  answers?: JsonObject
  extra?: JsonObject
  uptimeMs?: number
  prompts?: JsonObject[]
}) =>
  fromBinary(
    SubmitPatientDataRequestSchema,
    toBinary(
      SubmitPatientDataRequestSchema,
      create(SubmitPatientDataRequestSchema, { ...required, ...init }),
    ),
  )
const text = (request: Parameters<typeof submissionJson>[0]) =>
  Buffer.from(submissionJson(request)).toString()
/** JSON objects without -0, which JSON texts do not keep apart from 0. */
const jsonObject = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((v) => JSON.parse(JSON.stringify(v)) as JsonObject)
const backwards = (value: JsonObject): JsonObject => Object.fromEntries(Object.entries(value).reverse())

test('answers and further members come through as they are', () => {
  fc.assert(
    fc.property(jsonObject, jsonObject, (answers, extra) => {
      const further = Object.fromEntries(Object.entries(extra).map(([name, value]) => [`x-${name}`, value]))
      assert.deepEqual(JSON.parse(text(overTheWire({ answers, extra: further }))), {
        ...required,
        answers,
        ...further,
      })
    }),
    { numRuns: 300 },
  )
})

test('prompts come through as a list', () => {
  const prompts = [{ rule: 'a', before: 20, confirmed: false }]
  assert.deepEqual(JSON.parse(text(overTheWire({ prompts }))), { ...required, prompts })
  assert.throws(() => text(overTheWire({ extra: { prompts } })), { code: 'submission.invalid' })
})

test('the order of names on the wire makes no difference', () => {
  fc.assert(
    fc.property(jsonObject, (answers) => {
      assert.equal(text(overTheWire({ answers })), text(overTheWire({ answers: backwards(answers) })))
    }),
  )
})

test('an unset field is absent, a field set to its zero is not', () => {
  assert.deepEqual(JSON.parse(text(overTheWire({}))), required)
  assert.deepEqual(JSON.parse(text(overTheWire({ uptimeMs: 0, answers: {} }))), {
    ...required,
    uptimeMs: 0,
    answers: {},
  })
})

test('__proto__ is a name like any other', () => {
  const extra = JSON.parse('{"__proto__":{"__proto__":1}}') as JsonObject
  assert.match(text(overTheWire({ extra })), /"__proto__":\{"__proto__":1\}\}$/)
})

test('extra cannot take the place of a field', () => {
  for (const name of ['studyId', 'occasion', 'answers', 'protobufUnknown']) {
    assert.throws(() => text(overTheWire({ extra: { [name]: 'x' } })), {
      code: 'submission.invalid',
      details: { member: 'extra', expected: 'only members without a field of their own' },
    })
  }
})
