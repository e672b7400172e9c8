// The few facts a QuestionnaireResponse must state before it can be kept, each way of stating them, and each refusal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { envelopeOfResponse, responseExtensions } from './response-envelope.ts'

const id = '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001'
const sound = {
  resourceType: 'QuestionnaireResponse',
  identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` },
  status: 'completed',
  questionnaire: 'https://levee.example/fhir/Questionnaire/daily-diary|1',
  subject: { reference: 'Patient/P-00001' },
  authored: '2026-11-22T08:12:31+08:00',
  _authored: { extension: [{ url: responseExtensions.zone, valueCode: 'Asia/Shanghai' }] },
}
const plain = {
  submissionId: id,
  patientId: 'P-00001',
  questionnaire: 'https://levee.example/fhir/Questionnaire/daily-diary',
  form: 'daily-diary',
  formVersion: '1',
  completedAt: '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
  byOther: false,
}
const extension = [
  { url: responseExtensions.study, valueString: 'MORNING-301' },
  { url: responseExtensions.occasion, valueString: '2026-11-22' },
  { url: responseExtensions.lateReason, valueCode: 'forgot' },
  {
    url: responseExtensions.startedAt,
    valueDateTime: '2026-11-22T08:11:02+08:00',
    _valueDateTime: { extension: [{ url: responseExtensions.zoneLater, valueCode: 'Asia/Shanghai' }] },
  },
]

/** [what is stated, changes to the sound response, changes to what is read] */
const taken: readonly [string, object, object][] = [
  ['as it should be', {}, {}],
  ['a bare UUID in capitals', { identifier: { value: id.toUpperCase() } }, {}],
  ['the id where there is no identifier', { identifier: undefined, id }, {}],
  [
    'a patient by absolute reference',
    { subject: { reference: 'https://ehr.example/r4/Patient/P-00001' } },
    {},
  ],
  ['a patient by identifier', { subject: { type: 'Patient', identifier: { value: 'P-00001' } } }, {}],
  ['no zone: the zone of the home stands in', { _authored: undefined }, { completedAt: sound.authored }],
  [
    'a zone that is no name is left out',
    { _authored: { extension: [{ url: responseExtensions.zone, valueCode: '][' }] } },
    { completedAt: sound.authored },
  ],
  [
    'a year alone is a FHIR dateTime; processing will not find a time in it',
    { authored: '2026', _authored: undefined },
    { completedAt: '2026' },
  ],
  ['a correction and a broken-off one', { status: 'amended' }, {}],
  ['answered by the patient', { source: { reference: 'Patient/P-00001' } }, {}],
  ['answered by somebody else', { source: { reference: 'RelatedPerson/7' } }, { byOther: true }],
  ['answered by another patient', { source: { reference: 'Patient/P-2' } }, { byOther: true }],
  [
    'study, occasion and start',
    { extension, language: 'zh-CN' },
    {
      studyId: 'MORNING-301',
      occasion: '2026-11-22',
      lateReason: 'forgot',
      startedAt: '2026-11-22T08:11:02+08:00[Asia/Shanghai]',
      language: 'zh-CN',
    },
  ],
]
for (const [what, changes, read] of taken)
  test(`taken: ${what}`, () => {
    assert.deepEqual(envelopeOfResponse({ ...sound, ...changes }), { ...plain, ...read })
  })

/** [what is wrong, changes, the element named] */
const refused: readonly [string, object, string][] = [
  ['another resource', { resourceType: 'Observation' }, 'resourceType'],
  ["a submission's member, which would make it one", { submissionId: id }, 'submissionId'],
  ['no identifier and no id', { identifier: undefined }, 'identifier'],
  [
    'an identifier that is no UUID beside an id that is one',
    { identifier: { value: '17' }, id },
    'identifier',
  ],
  ['a draft', { status: 'in-progress' }, 'status'],
  ['no status', { status: undefined }, 'status'],
  [
    'a questionnaire without version',
    { questionnaire: 'https://levee.example/fhir/Questionnaire/daily-diary' },
    'questionnaire',
  ],
  ['a questionnaire with two versions', { questionnaire: 'a/b|1|2' }, 'questionnaire'],
  ['no subject', { subject: undefined }, 'subject'],
  ['a device as subject', { subject: { reference: 'Device/P-00001' } }, 'subject'],
  ['a patient without name', { subject: { reference: 'Patient/' } }, 'subject'],
  ['no time', { authored: undefined }, 'authored'],
  ['a time that does not exist', { authored: '2026-02-30T08:00:00Z' }, 'authored'],
]
for (const [what, changes, member] of refused)
  test(`refused: ${what}`, () => {
    const read = envelopeOfResponse({ ...sound, ...changes })
    assert.equal('member' in read ? read.member : 'taken', member)
    assert.ok(!JSON.stringify(read).includes('P-00001'), 'what stood there is not repeated')
  })

test('law: no JSON makes it throw', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(...Object.keys(sound)), (value, member) => {
      envelopeOfResponse(value)
      envelopeOfResponse({ ...sound, [member]: value })
    }),
  )
})
