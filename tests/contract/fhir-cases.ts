// What may come through the FHIR door, and what must come of each: problem documents, OperationOutcomes, findings.
import { type FhirDiary, fhirDiary } from '../support/fhir-diary.ts'
import type { Person } from '../support/start-trial.ts'
import { type Case, marker } from './cases.ts'

export type FhirCase = Omit<Case, 'body' | 'notBy'> & {
  readonly body: (person: Person, other: Person) => FhirDiary | string | Buffer
}

const changed = (changes: Record<string, unknown>) => (person: Person) => fhirDiary(person, changes)
const invalid = (member: string) => ({ problem: 'response.invalid', member })
const adding =
  (...items: Record<string, unknown>[]) =>
  (person: Person) => {
    const plain = fhirDiary(person)
    return { ...plain, item: [...plain.item, ...items] }
  }
/** The diary with another answer to its pain question. */
const pain =
  (...answer: unknown[]) =>
  (person: Person): FhirDiary => {
    const plain = JSON.parse(JSON.stringify(fhirDiary(person))) as FhirDiary
    const [symptoms] = plain.item as { item: Record<string, unknown>[] }[]
    symptoms!.item[0] = { linkId: 'pain', answer }
    return plain
  }
const nested = (levels: number): unknown =>
  levels === 0 ? marker : { linkId: 'x', item: [nested(levels - 1)] }

/** Nothing of these is kept. */
export const refusedResponses: FhirCase[] = [
  { name: 'text that is not JSON', body: () => `{"item": "${marker}`, expect: { problem: 'body.not-json' } },
  {
    name: 'bytes that are not UTF-8',
    body: () => Buffer.from([0x7b, 0xff, 0x7d]),
    expect: { problem: 'body.not-json' },
  },
  { name: 'nothing', body: () => '', expect: { problem: 'body.not-json' } },
  { name: 'a list', body: () => '[]', expect: invalid('resourceType') },
  { name: 'a Bundle', body: changed({ resourceType: 'Bundle' }), expect: invalid('resourceType') },
  { name: 'no identifier', body: changed({ identifier: undefined }), expect: invalid('identifier') },
  {
    name: 'an identifier that is no UUID',
    body: changed({ identifier: { value: marker } }),
    expect: invalid('identifier'),
  },
  { name: 'a draft', body: changed({ status: 'in-progress' }), expect: invalid('status') },
  {
    name: 'no version',
    body: changed({ questionnaire: 'https://levee.example/x' }),
    expect: invalid('questionnaire'),
  },
  { name: 'no subject', body: changed({ subject: undefined }), expect: invalid('subject') },
  { name: 'no time', body: changed({ authored: undefined }), expect: invalid('authored') },
  {
    name: 'a member of the other contract',
    body: changed({ submissionId: 'x' }),
    expect: invalid('submissionId'),
  },
  { name: '100 levels', body: adding(nested(50) as never), expect: { problem: 'body.too-deep' } },
  {
    name: 'too large',
    body: pain({ valueString: marker + 'x'.repeat(262_144) }),
    expect: { problem: 'body.too-large' },
  },
  {
    name: 'no token',
    body: changed({}),
    authorization: () => undefined,
    expect: { problem: 'token.missing' },
  },
  {
    name: 'an unknown token',
    body: changed({}),
    authorization: () => 'Bearer lvd_x',
    expect: { problem: 'token.unknown' },
  },
  {
    name: 'another patient',
    body: (person, other) => fhirDiary(person, { subject: { reference: `Patient/${other.patientId}` } }),
    expect: { problem: 'token.other-patient', member: 'subject' },
  },
  {
    name: 'another study',
    body: (person) => fhirDiary({ ...person, studyId: 'NO-SUCH-STUDY' }),
    expect: { problem: 'token.other-patient', member: 'extension' },
  },
]

/** All of these are kept; what is strange about them is told afterwards. */
export const acceptedResponses: FhirCase[] = [
  { name: 'a diary', body: changed({}), expect: { status: 'applied' } },
  {
    name: 'a narrative, a contained resource, a profile',
    body: changed({
      text: { status: 'generated', div: '<div/>' },
      contained: [{ resourceType: 'Patient' }],
      meta: { profile: ['urn:x'] },
    }),
    expect: { status: 'applied' },
  },
  {
    name: 'a patient by identifier',
    body: (person) => fhirDiary(person, { subject: { identifier: { value: person.patientId } } }),
    expect: { status: 'applied' },
  },
  { name: 'no zone', body: changed({ _authored: undefined }), expect: { status: 'applied' } },
  {
    name: 'white space and line ends',
    body: (person) => `\n${JSON.stringify(fhirDiary(person), null, 2)}\n`,
    expect: { status: 'applied' },
  },
  {
    name: 'no items',
    body: changed({ item: undefined }),
    expect: { status: 'applied', findings: ['required-missing'] },
  },
  {
    name: 'items that are a text',
    body: changed({ item: marker }),
    expect: { status: 'applied', findings: ['required-missing'] },
  },
  {
    name: 'an item of no form',
    body: adding({ linkId: 'gait', answer: [{ valueString: marker }] }),
    expect: { status: 'applied', findings: ['item-unknown'] },
  },
  {
    name: '__proto__ as an item',
    body: adding({ linkId: '__proto__', answer: [{ valueBoolean: true }] }),
    expect: { status: 'applied', findings: ['item-unknown'] },
  },
  {
    name: 'an item in the wrong place',
    body: adding({ linkId: 'pack-number', answer: [{ valueString: 'K-1' }] }),
    expect: { status: 'applied', findings: ['item-misplaced'] },
  },
  {
    name: 'a text for a number',
    body: pain({ valueString: marker }),
    expect: { status: 'applied', findings: ['wrong-type'] },
  },
  {
    name: 'out of range',
    body: pain({ valueInteger: 11 }),
    expect: { status: 'applied', findings: ['out-of-range'] },
  },
  {
    name: 'a quantity with a unit where none is asked',
    body: pain({ valueQuantity: { value: 4, code: 'kg' } }),
    expect: { status: 'applied', findings: ['required-missing', 'unit-unfit'] },
  },
  {
    name: 'two answers',
    body: pain({ valueInteger: 4 }, { valueInteger: 5 }),
    expect: { status: 'applied', findings: ['too-many-answers'] },
  },
  {
    name: 'a proxy',
    body: changed({ source: { reference: 'RelatedPerson/1' } }),
    expect: { status: 'applied', findings: ['answered-by-other'] },
  },
  {
    name: 'a form of another hospital under a known name',
    body: changed({ questionnaire: 'https://hospital.example/Questionnaire/daily-diary|1' }),
    expect: { status: 'quarantined', code: 'unknown-form' },
  },
  {
    name: 'an unknown form',
    body: changed({ questionnaire: 'https://levee.example/fhir/Questionnaire/gait|1' }),
    expect: { status: 'quarantined', code: 'unknown-form' },
  },
  {
    name: 'an unknown version',
    body: changed({ questionnaire: 'https://levee.example/fhir/Questionnaire/daily-diary|99' }),
    expect: { status: 'quarantined', code: 'unknown-form-version' },
  },
  {
    name: 'a year for a time',
    body: changed({ authored: '2026', _authored: undefined }),
    expect: { status: 'quarantined', code: 'time-impossible' },
  },
  {
    name: 'a time in ten years',
    body: changed({ authored: '2036-01-01T08:00:00+08:00' }),
    expect: { status: 'quarantined', code: 'clock-out-of-tolerance' },
  },
]
