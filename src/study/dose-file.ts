// The shape of the prescribed doses in study.yaml: what is to be taken when, and which answers report it.
import { type Static, Type } from 'typebox'
import { clock, closed, id, list, text, words } from './file-schema.ts'

const item = Type.String({ description: 'a linkId of the form' })
const minutes = Type.Integer({ minimum: 0, maximum: 1440 })
const perDay = Type.Integer({ minimum: 1, maximum: 24, description: 'doses a day without prescribed times' })
const amount = Type.Number({ exclusiveMinimum: 0, description: 'units of one dose' })

/** How one dose of a day is reported. A report without `taken` tells of a dose by any of its other items. */
const report = Type.Object(
  {
    taken: Type.Optional(item),
    time: Type.Optional(item),
    amount: Type.Optional(item),
    count: Type.Optional(item),
  },
  closed,
)

/** What is prescribed from one day after an anchor to another; days count as in schedules, 0 is the anchor's date. */
const regimen = Type.Object(
  {
    anchor: Type.Optional(id),
    'from-day': Type.Optional(Type.Integer({ minimum: -3660, maximum: 36600 })),
    'to-day': Type.Optional(Type.Integer({ minimum: -3660, maximum: 36600 })),
    times: Type.Optional(list(clock)),
    'per-day': Type.Optional(perDay),
    amount: Type.Optional(amount),
    'every-days': Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
    weekdays: Type.Optional(list(Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))),
  },
  closed,
)

/** A step of a titration. What it says stands above the regimen; what it leaves out is the regimen's. */
const level = Type.Object(
  {
    title: Type.Optional(text),
    amount: Type.Optional(amount),
    times: Type.Optional(list(clock)),
    'per-day': Type.Optional(perDay),
  },
  closed,
)

const timeline = {
  regimens: Type.Optional(list(regimen)),
  levels: Type.Optional(Type.Record(id, level, { minProperties: 1 })),
  'start-level': Type.Optional(id),
}

/** A dose and the items of the form that report it. */
export const doseSchema = Type.Object(
  {
    id,
    version: words,
    title: Type.Optional(text),
    picture: Type.Optional(words),
    unit: Type.Optional(words),
    form: id,
    'taken-item': Type.Optional(item),
    'time-item': Type.Optional(item),
    'amount-item': Type.Optional(item),
    'count-item': Type.Optional(item),
    reports: Type.Optional(list(report)),
    'doses-per-day': Type.Optional(perDay),
    ...timeline,
    window: Type.Optional(
      Type.Object(
        {
          opens: Type.Optional(clock),
          closes: Type.Optional(clock),
          'minutes-before': Type.Optional(minutes),
          'minutes-after': Type.Optional(minutes),
        },
        closed,
      ),
    ),
    'timing-tolerance': Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })),
    'holiday-hours': Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    'day-starts': Type.Optional(clock),
    unrecorded: Type.Optional(Type.Enum(['not-taken', 'unknown'])),
    band: Type.Optional(Type.Array(Type.Number({ minimum: 0 }), { minItems: 2, maxItems: 2 })),
    'hold-reasons': Type.Optional(
      Type.Array(Type.Object({ id, title: text }, closed), {
        minItems: 1,
        description: 'the only reasons for which the dose may be held',
      }),
    ),
  },
  closed,
)

/** Under `restricted`: by arm and dose what that arm is prescribed instead. */
export const restrictedDosesSchema = Type.Record(id, Type.Record(id, Type.Object(timeline, closed)))

export type DoseFile = Static<typeof doseSchema>
export type DoseTimelineFile = Pick<DoseFile, 'regimens' | 'levels' | 'start-level'>
export type DoseRegimenFile = NonNullable<DoseFile['regimens']>[number]
