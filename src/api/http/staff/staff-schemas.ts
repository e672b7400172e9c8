// What the staff routes take and answer, as schemas.
import Type, { type TProperties } from 'typebox'

const closed = { additionalProperties: false }
const time = Type.String({ description: 'ISO 8601, UTC.' })
const date = Type.String({ description: 'ISO 8601 date at the site.' })
const position = (description?: string) =>
  Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    ...(description === undefined ? {} : { description }),
  })
const nullable = (of: Type.TSchema) => Type.Union([of, Type.Null()])

/** A text somebody must give. */
export const words = (description: string) =>
  Type.String({ minLength: 1, maxLength: 4000, pattern: '\\S', description })

export const NoteBody = Type.Object(
  { note: words('Kept with the record; the audit log proves it without saying it.') },
  closed,
)
export const ReasonBody = Type.Object({ reason: words('Becomes part of the audit log.') }, closed)

export const QuestionBody = Type.Object(
  {
    patientId: Type.String({ maxLength: 64 }),
    position: Type.Optional(position('The response it is about.')),
    item: Type.Optional(Type.String({ maxLength: 255, description: 'linkId of the item it is about.' })),
    note: words('The question.'),
  },
  closed,
)
export const ChangeBody = Type.Object(
  {
    position: position('The response to be changed.'),
    answers: Type.Record(Type.String({ minLength: 1, maxLength: 255 }), Type.Unknown(), {
      minProperties: 1,
      description: 'By linkId, as a device would send them; null takes an answer out.',
    }),
    source: words('What supports the change, from around the time of entry.'),
    reason: words('Why; becomes part of the audit log.'),
  },
  closed,
)
export const SignBody = Type.Object(
  {
    patientId: Type.String({ maxLength: 64 }),
    positions: Type.Array(position(), { minItems: 1, maxItems: 1000 }),
    meaning: words('What is declared with it, such as "I have reviewed these entries".'),
  },
  closed,
)
export const WithdrawBody = Type.Object(
  {
    reason: words('Becomes part of the audit log.'),
    effectiveAt: Type.Optional(
      Type.String({ maxLength: 64, description: 'An instant with its offset; now, where it is left out.' }),
    ),
  },
  closed,
)

const Transition = Type.Object({
  revision: Type.Integer(),
  transition: Type.String(),
  state: Type.String(),
  actor: Type.String(),
  role: nullable(Type.String()),
  at: time,
  said: nullable(Type.String()),
})
const recordMembers = {
  id: Type.Integer(),
  patientId: Type.String(),
  siteId: Type.String(),
  state: Type.String(),
  revision: Type.Integer({ description: 'Counts the transitions; the ETag.' }),
}
const record = (members: TProperties, description: string) =>
  Type.Object(
    { ...recordMembers, ...members, history: Type.Optional(Type.Array(Transition)) },
    { description },
  )

/** A page of records. */
export const pageSchema = (of: Type.TSchema) =>
  Type.Object(
    { items: Type.Array(of), next: nullable(Type.Union([Type.Integer(), Type.String()])) },
    { description: 'A page; `next` is the `after` of the following one, null at the end.' },
  )

export const AlertSchema = record(
  {
    rule: Type.String(),
    day: Type.String({ description: 'Local day of completion.' }),
    position: Type.Integer({ description: 'The response that raised it.' }),
    severity: Type.String(),
    audience: Type.Array(Type.String()),
    level: Type.Integer({ description: 'How often it was escalated.' }),
    escalatedTo: Type.Array(Type.String()),
    completedAt: nullable(time),
    receivedAt: nullable(time),
    raisedAt: time,
    acknowledgeBy: time,
  },
  'An alert.',
)
export const QuerySchema = record(
  {
    position: nullable(Type.Integer()),
    item: nullable(Type.String()),
    openedBy: Type.String(),
    openedAt: time,
  },
  'A query. Its words are in its history.',
)
export const ChangeSchema = record(
  {
    position: Type.Integer(),
    answers: Type.Record(Type.String(), Type.Unknown()),
    source: Type.String(),
    draftedBy: Type.String(),
    draftedAt: time,
  },
  'A data-change request.',
)
export const SignatureSchema = record(
  {
    staffId: Type.String(),
    name: Type.String(),
    meaning: Type.String(),
    signedAt: time,
    auditSize: Type.Integer(),
    auditRoot: Type.String(),
    sha256: Type.String(),
    positions: Type.Optional(Type.Array(Type.Integer())),
  },
  'A signature; `broken` asks to sign again.',
)
export const ResponseSchema = Type.Object(
  {
    position: Type.Integer(),
    patientId: Type.String(),
    siteId: Type.String(),
    form: Type.String(),
    formVersion: Type.String(),
    occasion: Type.String(),
    state: Type.String(),
    revision: Type.Integer(),
    version: Type.Integer({ description: 'From 1; each approved change makes a new one.' }),
    filledBy: Type.Integer({ description: 'The position that fills the occasion.' }),
    deviceSignature: Type.Union([
      Type.Object(
        {
          state: Type.String({ description: 'waiting, verified or failed' }),
          code: nullable(Type.String({ description: 'no-key, malformed, mismatch, missing or unreadable' })),
          device: Type.Integer(),
        },
        {
          description:
            'Whether what the device signed verifies; null where nothing was signed or to be signed.',
        },
      ),
      Type.Null(),
    ]),
    record: Type.Unknown({ description: 'The newest version as blinded staff may see it.' }),
    versions: Type.Array(
      Type.Object({
        version: Type.Integer(),
        recordedAt: time,
        changeId: nullable(Type.Integer()),
        record: Type.Unknown(),
      }),
    ),
    history: Type.Array(Transition),
    restricted: Type.Optional(Type.Unknown({ description: 'For unblinded staff only.' })),
  },
  { description: 'A response with its versions.' },
)
export const PatientSchema = Type.Object(
  {
    patientId: Type.String(),
    siteId: Type.String(),
    zone: Type.String(),
    language: Type.String(),
    status: Type.String(),
    enrolledOn: Type.String(),
    withdrawnAt: nullable(time),
    course: Type.Object({
      anchors: Type.Record(Type.String(), Type.Array(date), {
        description: 'Dates by anchor; one for each cycle where it repeats.',
      }),
      doseLevels: Type.Array(Type.Object({ dose: Type.String(), level: Type.String(), from: date })),
      holds: Type.Array(
        Type.Object({ dose: Type.String(), from: date, to: nullable(date), reason: Type.String() }),
      ),
      notEvaluable: Type.Array(Type.Object({ from: date, to: date, reason: Type.String() })),
    }),
  },
  { description: 'A patient, without the arm.' },
)
export const DeviationSchema = Type.Object(
  {
    id: Type.Integer(),
    patientId: Type.String(),
    rule: Type.String(),
    position: Type.Integer(),
    raisedAt: time,
  },
  { description: 'Restricted: a protocol deviation.' },
)
