// The shape of a prescription: what a patient was to take, when, in which zone, with holds and dose changes.
// The meaning of every member is in docs/adherence.md. Unknown members are refused.
import { type Static, type TSchema, Type } from 'typebox'

const closed = { additionalProperties: false }
const words = Type.String({ minLength: 1, pattern: '\\S' })
const list = <T extends TSchema>(of: T) => Type.Array(of, { minItems: 1 })
const clock = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM in quotes' })
const date = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  description: 'a date such as 2026-03-01',
})
const moment = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9])?$',
  description: 'a date, or a date and time such as 2026-03-01T12:00, where the patient is',
})
const minutes = Type.Integer({ minimum: 0, maximum: 1440 })

/** A dose level: `times` or `per-day`, each with `amount` units, from a moment until the next level or `to`. */
const regimen = Type.Object(
  {
    from: moment,
    to: Type.Optional(date),
    times: Type.Optional(list(clock)),
    'per-day': Type.Optional(Type.Integer({ minimum: 1, maximum: 24 })),
    amount: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    'every-days': Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
    weekdays: Type.Optional(list(Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))),
  },
  closed,
)

/** Ordered by the investigator, or not to be judged: both ends belong to it. */
const span = Type.Object({ from: moment, to: moment, reason: words }, closed)

const prescription = {
  id: words,
  version: words,
  patient: Type.Optional(words),
  unit: Type.Optional(words),
  zone: words,
  zones: Type.Optional(list(Type.Object({ from: date, zone: words }, closed))),
  period: Type.Optional(Type.Object({ from: Type.Optional(date), to: Type.Optional(date) }, closed)),
  regimens: list(regimen),
  holds: Type.Optional(Type.Array(span)),
  'not-evaluable': Type.Optional(Type.Array(span)),
  window: Type.Optional(
    Type.Object(
      {
        'minutes-before': Type.Optional(minutes),
        'minutes-after': Type.Optional(minutes),
        opens: Type.Optional(clock),
        closes: Type.Optional(clock),
      },
      closed,
    ),
  ),
  'timing-tolerance': Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })),
  'holiday-hours': Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  'day-starts': Type.Optional(clock),
  unrecorded: Type.Optional(Type.Enum(['not-taken', 'unknown'])),
  band: Type.Optional(Type.Array(Type.Number({ minimum: 0 }), { minItems: 2, maxItems: 2 })),
}

export const prescriptionSchema = Type.Object(prescription, closed)
/** One prescription for everybody, or one for each patient. */
export const prescriptionsSchema = Type.Object({ prescriptions: list(prescriptionSchema) }, closed)

export type PrescriptionFile = Static<typeof prescriptionSchema>
export type RegimenFile = Static<typeof regimen>
export type SpanFile = Static<typeof span>
