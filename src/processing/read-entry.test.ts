// A kept entry is read as what it is: a submission, or a FHIR response that becomes one. Both lead to the same outcome.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JournalEntry } from '../intake/journal-store.ts'
import type { Patient } from '../records/patient-store.ts'
import { emptyCourse } from '../study/course.ts'
import { noHistory } from '../study/rules/history.ts'
import { singleVersion } from '../study/study-versions.ts'
import { demoPlan } from '../study/testing/demo-plan.ts'
import { evaluateEntry, type Result } from './decide.ts'
import { readEntry } from './read-entry.ts'

const id = '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001'
const submission = {
  submissionId: id,
  studyId: 'MORNING-301',
  patientId: 'P-00001',
  form: 'daily-diary',
  formVersion: '1',
  occasion: '2026-11-22',
  completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
  answers: {
    pain: 10,
    fatigue: 3,
    nausea: 'mild',
    'dose-taken': true,
    'dose-time': '07:45:00',
    'rescue-taken': false,
  },
}
const answer = (linkId: string, value: object) => ({ linkId, answer: [value] })
const response = {
  resourceType: 'QuestionnaireResponse',
  id,
  extension: [{ url: 'https://levee.example/fhir/StructureDefinition/occasion', valueString: '2026-11-22' }],
  questionnaire: 'https://levee.example/fhir/Questionnaire/daily-diary|1',
  status: 'completed',
  subject: { reference: 'Patient/P-00001' },
  authored: '2026-11-22T08:12:31+08:00',
  _authored: {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/tz-code', valueCode: 'Asia/Shanghai' }],
  },
  item: [
    {
      linkId: 'symptoms',
      item: [
        answer('pain', { valueInteger: 10 }),
        answer('fatigue', { valueInteger: 3 }),
        answer('nausea', { valueCoding: { code: 'mild' } }),
      ],
    },
    {
      linkId: 'medicine',
      item: [
        answer('dose-taken', { valueBoolean: true }),
        answer('dose-time', { valueTime: '07:45:00' }),
        answer('rescue-taken', { valueBoolean: false }),
      ],
    },
  ],
}
const versions = singleVersion(demoPlan())
const patient: Patient = {
  studyId: 'MORNING-301',
  patientId: 'P-00001',
  siteId: '101',
  arm: 'G1',
  zone: 'Asia/Shanghai',
  language: 'zh-CN',
  status: 'active',
  enrolledOn: '2026-11-01',
  withdrawnAt: undefined,
  course: emptyCourse,
}
const entryOf = (body: string): JournalEntry => ({
  position: 1,
  studyId: 'MORNING-301',
  logIndex: 0,
  patientId: 'P-00001',
  deviceId: 1,
  receivedAt: Date.parse('2026-11-22T00:12:33Z'),
  sha256: hash('sha256', body, 'hex'),
  body,
})
const surroundings = { versions: () => versions, patient: () => patient, history: () => noHistory }
const evaluated = (value: object): Result => evaluateEntry(entryOf(JSON.stringify(value)), surroundings)

test('the same diary by either contract has the same outcome, alert included', () => {
  const [json, fhir] = [evaluated(submission), evaluated(response)]
  assert.deepEqual(fhir, json)
  assert.deepEqual(json.kind === 'apply' ? json.effect.alerts.map(({ rule }) => rule) : json, ['worst-pain'])
})

test('a member of a submission cannot make it a response, and a response without envelope waits for a person', () => {
  assert.deepEqual(
    evaluated({ ...submission, resourceType: 'QuestionnaireResponse', item: response.item }),
    evaluated(submission),
  )
  const { authored: _, ...without } = response
  assert.deepEqual(evaluated(without), { kind: 'quarantine', code: 'unknown-form', findings: [] })
})

test('law: whatever JSON object is kept, reading it does not throw (P5)', () => {
  const anything = fc.dictionary(
    fc.constantFrom(...Object.keys(response), 'x'),
    fc.jsonValue({ maxDepth: 4 }),
  )
  fc.assert(
    fc.property(anything, (value) => {
      readEntry(entryOf(JSON.stringify(value)))
      readEntry(entryOf(JSON.stringify({ ...response, ...value })))
      assert.ok(['apply', 'quarantine'].includes(evaluated({ ...response, item: value.item }).kind))
    }),
    { numRuns: 200 },
  )
})
