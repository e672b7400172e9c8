// One table of submissions for every door: what is sent, and what must come of it.
// `notBy` says which door cannot express a case, and why.
import { newSubmissionId } from '../../src/cli/load/submission-id.ts'
import { type Diary, diary } from '../support/diary.ts'
import type { Person } from '../support/start-trial.ts'
import type { DoorName } from './doors.ts'

/** Stands in many answers; must never be found in a log or in a problem's text. */
export const marker = 'm4rk3r-of-an-answer'

export type Case = {
  readonly name: string
  /** JSON text or bytes; a value is written as JSON. */
  readonly body: (person: Person, other: Person) => Diary | string | Buffer
  /** The Authorization header; standard the person's own token. */
  readonly authorization?: (person: Person) => string | undefined
  readonly notBy?: Partial<Record<DoorName, string>>
  readonly expect: { readonly problem: string; readonly member?: string } | Outcome
}
/** Status as the device sees it after processing, quarantine code, and each finding code once, in alphabetical order. */
export type Outcome = {
  readonly status: 'applied' | 'quarantined'
  readonly code?: string
  readonly findings?: readonly string[]
}

const typed = 'a Protobuf field has a type'
const notProtobuf = (why: string) => ({ grpc: why, 'grpc-stream': why })
const malformed = notProtobuf('Protobuf has no such text; what cannot be parsed is tested beside this table')
const invalid = (member: string) => ({ problem: 'submission.invalid', member })
const without = (member: string) => (person: Person) => {
  const { [member]: _, ...rest } = diary(person)
  return rest as Diary
}
const changed = (changes: Record<string, unknown>) => (person: Person) => diary(person, changes)
const answering = (answers: Record<string, unknown>) => (person: Person) => {
  const plain = diary(person)
  return { ...plain, answers: { ...plain.answers, ...answers } }
}
/** JSON text with `text` put where the member "app" stands in a plain diary. */
const withText = (text: string) => (person: Person) =>
  JSON.stringify(diary(person, { app: '@' })).replace('"app":"@"', text)
const nested = (levels: number): unknown => (levels === 0 ? marker : [nested(levels - 1)])

const required = ['submissionId', 'studyId', 'patientId', 'form', 'formVersion', 'completedAt', 'answers']

/** Nothing of these is kept; a problem says what is wrong. */
const refusedBodies: Case[] = [
  {
    name: 'text that is not JSON',
    body: () => `{"answers": "${marker}`,
    notBy: malformed,
    expect: { problem: 'body.not-json' },
  },
  {
    name: 'bytes that are not UTF-8',
    body: () => Buffer.from([0x7b, 0xff, 0x7d]),
    notBy: malformed,
    expect: { problem: 'body.not-json' },
  },
  {
    name: 'nothing',
    body: () => '',
    notBy: {
      ...notProtobuf('an empty message is a submission without members'),
      'http-batch': 'no lines, no results',
    },
    expect: { problem: 'body.not-json' },
  },
  { name: 'a list', body: () => '[]', notBy: malformed, expect: { problem: 'body.not-json' } },
  { name: 'null', body: () => 'null', notBy: malformed, expect: { problem: 'body.not-json' } },
  { name: 'an empty object', body: () => '{}', expect: invalid('submissionId') },
  ...required.map(
    (member): Case => ({ name: `no ${member}`, body: without(member), expect: invalid(member) }),
  ),
  ...['studyId', 'patientId', 'form', 'formVersion', 'completedAt'].map(
    (member): Case => ({ name: `empty ${member}`, body: changed({ [member]: '' }), expect: invalid(member) }),
  ),
  { name: 'an id that is no UUID', body: changed({ submissionId: marker }), expect: invalid('submissionId') },
  {
    name: 'a form that is a number',
    body: changed({ form: 7 }),
    notBy: notProtobuf(typed),
    expect: invalid('form'),
  },
  {
    name: 'a study that is null',
    body: changed({ studyId: null }),
    notBy: notProtobuf(typed),
    expect: invalid('studyId'),
  },
  {
    name: 'answers that are a text',
    body: changed({ answers: marker }),
    notBy: notProtobuf(typed),
    expect: invalid('answers'),
  },
  {
    name: 'answers that are a list',
    body: changed({ answers: [marker] }),
    notBy: notProtobuf(typed),
    expect: invalid('answers'),
  },
  {
    name: 'an app that is a text',
    body: changed({ app: marker }),
    notBy: notProtobuf(typed),
    expect: invalid('app'),
  },
  {
    name: 'an uptime that is a text',
    body: changed({ uptimeMs: '12' }),
    notBy: notProtobuf(typed),
    expect: invalid('uptimeMs'),
  },
  { name: 'a negative uptime', body: changed({ uptimeMs: -1 }), expect: invalid('uptimeMs') },
  {
    name: 'half a sequence number',
    body: changed({ deviceSequence: 1.5 }),
    notBy: notProtobuf(typed),
    expect: invalid('deviceSequence'),
  },
  {
    name: 'an occasion of 129 characters',
    body: changed({ occasion: 'x'.repeat(129) }),
    expect: invalid('occasion'),
  },
  { name: 'a form of 129 characters', body: changed({ form: 'x'.repeat(129) }), expect: invalid('form') },
  {
    name: 'a language of 36 characters',
    body: changed({ language: 'x'.repeat(36) }),
    expect: invalid('language'),
  },
  { name: '40 levels', body: answering({ pain: nested(40) }), expect: { problem: 'body.too-deep' } },
  { name: '300 levels', body: answering({ pain: nested(300) }), expect: { problem: 'body.too-deep' } },
  {
    name: 'a little over 256 KiB',
    body: answering({ pain: marker + 'x'.repeat(262_144) }),
    expect: { problem: 'body.too-large' },
  },
  {
    name: '3 MB',
    body: answering({ pain: marker + 'x'.repeat(3_000_000) }),
    expect: { problem: 'body.too-large' },
  },
]

const refusedCallers: Case[] = [
  {
    name: 'no token',
    body: changed({}),
    authorization: () => undefined,
    expect: { problem: 'token.missing' },
  },
  {
    name: 'a password instead of a token',
    body: changed({}),
    authorization: () => 'Basic dXNlcjpwYXNz',
    expect: { problem: 'token.missing' },
  },
  {
    name: 'an unknown token',
    body: changed({}),
    authorization: () => 'Bearer lvd_unknown',
    expect: { problem: 'token.unknown' },
  },
  {
    name: 'an empty token',
    body: changed({}),
    authorization: () => 'Bearer ',
    expect: { problem: 'token.missing' },
  },
  {
    name: 'a token of 5,000 characters',
    body: changed({}),
    authorization: () => `Bearer ${'x'.repeat(5000)}`,
    expect: { problem: 'token.unknown' },
  },
  {
    name: "another patient's id",
    body: (person, other) => diary(person, { patientId: other.patientId }),
    expect: { problem: 'token.other-patient', member: 'patientId' },
  },
  {
    name: 'a patient that does not exist',
    body: changed({ patientId: 'P-99999' }),
    expect: { problem: 'token.other-patient', member: 'patientId' },
  },
  {
    name: 'a study that does not exist',
    body: changed({ studyId: 'NO-SUCH-STUDY' }),
    expect: { problem: 'token.other-patient', member: 'studyId' },
  },
]

const hostile = [
  `Robert'); DROP TABLE entries;--`,
  '<script>alert(1)</script>',
  '$\u{7b}7*7}{{7*7}}',
  '../../../../etc/passwd',
  '\u0000\u0007\u001b[2J',
  '\u202e\u2066abc',
  '=1+1|cmd',
  '%s%n%x',
  '👩‍⚕️'.repeat(50),
  'İı ſ',
]
const jsonOnly = notProtobuf('a Protobuf message has no text of its own')

export const acceptedCases: Case[] = [
  { name: 'a diary', body: changed({}), expect: { status: 'applied' } },
  {
    name: 'an id in capitals',
    body: (person) => diary(person, { submissionId: newSubmissionId(Date.now()).toUpperCase() }),
    expect: { status: 'applied' },
  },
  {
    name: 'only the required members',
    body: (person) => {
      const { submissionId, studyId, patientId, form, formVersion, completedAt, answers } = diary(person)
      return { submissionId, studyId, patientId, form, formVersion, completedAt, answers }
    },
    expect: { status: 'applied' },
  },
  {
    name: 'members of a later contract',
    body: changed({ battery: 0.4, gps: null, nested: { list: [1, 'two', { three: true }] } }),
    expect: { status: 'applied' },
  },
  {
    name: 'no answers at all',
    body: changed({ answers: {} }),
    expect: { status: 'applied', findings: ['required-missing'] },
  },
  {
    name: 'answers that are null',
    body: answering({ pain: null }),
    expect: { status: 'applied', findings: ['required-missing'] },
  },
  {
    name: 'an unknown form',
    body: changed({ form: 'no-such-form' }),
    expect: { status: 'quarantined', code: 'unknown-form' },
  },
  {
    name: 'an unknown version',
    body: changed({ formVersion: '99' }),
    expect: { status: 'quarantined', code: 'unknown-form-version' },
  },
  {
    name: 'an unknown choice',
    body: answering({ nausea: marker }),
    expect: { status: 'applied', findings: ['choice-unknown'] },
  },
  {
    name: 'an unknown item',
    body: answering({ 'no-such-item': marker }),
    expect: { status: 'applied', findings: ['item-unknown'] },
  },
  {
    name: 'a text for a number',
    body: answering({ pain: marker }),
    expect: { status: 'applied', findings: ['wrong-type'] },
  },
  {
    name: 'numbers at the edge',
    body: answering({ pain: 1e308, fatigue: -0, 'sleep-hours': 5e-324 }),
    expect: { status: 'applied', findings: ['too-many-decimals', 'wrong-type'] },
  },
  {
    name: 'a time that does not exist',
    body: changed({ completedAt: '2026-02-30T25:61:00+08:00[Asia/Shanghai]' }),
    expect: { status: 'quarantined', code: 'time-impossible' },
  },
  {
    name: 'a time that is a word',
    body: changed({ completedAt: 'yesterday' }),
    expect: { status: 'quarantined', code: 'time-impossible' },
  },
  {
    name: 'a time in ten years',
    body: changed({ completedAt: '2036-01-01T08:00:00+08:00[Asia/Shanghai]' }),
    expect: { status: 'quarantined', code: 'clock-out-of-tolerance' },
  },
  {
    name: 'an occasion that is no date',
    body: changed({ occasion: '2026-13-45' }),
    expect: { status: 'quarantined', code: 'occasion-invalid' },
  },
  {
    name: 'a skip without a known reason',
    body: answering({ pain: { skipped: marker } }),
    expect: { status: 'applied', findings: ['skip-reason-unknown'] },
  },
  {
    name: '200 kB of white space in an answer',
    body: answering({ nausea: ' '.repeat(200_000) }),
    expect: { status: 'applied', findings: ['required-missing'] },
  },
  {
    name: '200 kB of white space between members',
    body: withText(`${' \t\r'.repeat(66_666)}"app":{}`),
    notBy: jsonOnly,
    expect: { status: 'applied' },
  },
  {
    name: 'white space with line ends',
    body: (person) => `\n\n${JSON.stringify(diary(person), null, 2)}\n`,
    notBy: jsonOnly,
    expect: { status: 'applied' },
  },
  {
    name: 'an answer given twice',
    body: withText(`"answers":{"pain":1,"pain":"${marker}"}`),
    notBy: jsonOnly,
    expect: { status: 'applied', findings: ['required-missing', 'wrong-type'] },
  },
  {
    name: 'a number beyond all numbers',
    body: withText('"answers":{"pain":1e999}'),
    notBy: jsonOnly,
    expect: { status: 'applied', findings: ['required-missing', 'wrong-type'] },
  },
  {
    name: 'half a character',
    body: withText('"answers":{"nausea":"\\ud800"}'),
    notBy: notProtobuf('a Protobuf string is UTF-8'),
    expect: { status: 'applied', findings: ['choice-unknown', 'required-missing'] },
  },
  {
    name: '__proto__ as a member',
    body: withText('"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}'),
    expect: { status: 'applied' },
  },
  {
    name: '__proto__ as an item',
    body: withText(
      '"answers":{"__proto__":{"polluted":true},"constructor":1,"toString":2,"hasOwnProperty":3}',
    ),
    expect: { status: 'applied', findings: ['item-unknown', 'required-missing'] },
  },
  ...hostile.map(
    (text): Case => ({
      name: `an answer ${JSON.stringify(text.slice(0, 20))}`,
      body: answering({ nausea: text + marker }),
      expect: { status: 'applied', findings: ['choice-unknown'] },
    }),
  ),
  ...hostile.slice(0, 5).map(
    (text): Case => ({
      name: `a form ${JSON.stringify(text)}`,
      body: changed({ form: text }),
      expect: { status: 'quarantined', code: 'unknown-form' },
    }),
  ),
]

export const refusedCases: Case[] = [...refusedBodies, ...refusedCallers]
