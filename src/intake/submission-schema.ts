// The envelope of a submission (design §6) as one schema: it checks, it types, and it documents the API.
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { Problem } from '../system/problem.ts'

const name = (description: string) => Type.String({ minLength: 1, maxLength: 128, description })
const time = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 128,
    description: `${description} RFC 9557, with offset and IANA zone. Never rewritten.`,
  })

/** UUID of any version in its text form (RFC 9562); our own clients make version 7. */
export const uuidPattern = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'

/** Unknown members are kept with the raw bytes, not refused; what the answers mean is judged after the receipt. */
export const Submission = Type.Object(
  {
    submissionId: Type.String({
      pattern: uuidPattern,
      description: 'UUID made on the device; the same for every retry.',
    }),
    studyId: name('The study, as on the device token.'),
    patientId: name('The patient, as on the device token.'),
    form: name('The form filled in, for example daily-diary.'),
    formVersion: name('The version of the form that the patient saw.'),
    completedAt: time('When the patient pressed Send, by the device clock.'),
    answers: Type.Record(Type.String(), Type.Unknown(), {
      description:
        'By linkId: a boolean, number or string; an array where the item repeats; {"skipped": reason}.',
    }),
    occasion: Type.Optional(
      Type.String({ maxLength: 128, description: 'Which due instance: a date for a daily diary.' }),
    ),
    lateReason: Type.Optional(
      Type.Unknown({ description: 'Why it was completed late: a code, where the study asks for one.' }),
    ),
    startedAt: Type.Optional(time('When the form was opened, by the device clock.')),
    sentAt: Type.Optional(time('When the device sent this, by the device clock.')),
    uptimeMs: Type.Optional(
      Type.Number({ minimum: 0, description: 'Monotonic counter of the device, milliseconds.' }),
    ),
    deviceSequence: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Counts the submissions of this device.' }),
    ),
    language: Type.Optional(Type.String({ maxLength: 35, description: 'BCP 47 tag of the language shown.' })),
    // Of any type: what cannot be read is a finding, because nothing that a patient answered hangs on it.
    prompts: Type.Optional(
      Type.Unknown({
        description:
          'Prompts of edit checks that were shown: a list of {rule, at, before?, after?, confirmed}. Kept with the record.',
      }),
    ),
    // As the prompts: an entry is never refused for what it says of how it came about.
    elapsedMs: Type.Optional(
      Type.Unknown({
        description:
          'Time the form was open, milliseconds of a monotonic counter, summed over all its openings. Compared with startedAt and completedAt.',
      }),
    ),
    planSha256: Type.Optional(
      Type.Unknown({ description: 'SHA-256 of the form plan that was shown, lower-case hex.' }),
    ),
    originator: Type.Optional(
      Type.Unknown({
        description:
          'Who answered: {kind: "patient"} or {kind: "proxy", relationship, reason}; the patient, if left out. Anybody else is kept with the record.',
      }),
    ),
    answerTrail: Type.Optional(
      Type.Unknown({
        description:
          'Every change of an answer before it was sent: a list of {item, at, elapsedMs, value}. Kept in the source.',
      }),
    ),
    presentation: Type.Optional(
      Type.Unknown({
        description: 'How each item was shown when it was answered: {item: {widget, …}}. Kept in the source.',
      }),
    ),
    app: Type.Optional(Type.Object({}, { description: 'Name and version of the sending app.' })),
  },
  { $id: 'Submission', additionalProperties: true },
)
export type Submission = Static<typeof Submission>

const compiled = Compile(Submission)
const expectations: Record<string, string> = {
  submissionId: 'a UUID such as 0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
  answers: 'an object of answers by linkId',
  app: 'an object with name and version',
  uptimeMs: 'a number of milliseconds, 0 or more',
  deviceSequence: 'a whole number, 0 or more',
  occasion: 'a text of at most 128 characters',
  language: 'a BCP 47 language tag',
}
const plainExpectation = 'a text of 1 to 128 characters'

/** Returns the value as a submission, or throws `submission.invalid` naming the first member at fault. */
export function asSubmission(value: unknown): Submission {
  if (compiled.Check(value)) return value
  const error = compiled.Errors(value)[0]
  const missing = (error?.params as { requiredProperties?: string[] } | undefined)?.requiredProperties?.[0]
  const member = missing ?? error?.instancePath.split('/')[1] ?? ''
  if (member === '') throw new Problem('body.not-json', { reason: 'it is not an object' })
  throw new Problem('submission.invalid', { member, expected: expectations[member] ?? plainExpectation })
}
