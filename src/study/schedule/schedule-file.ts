// The shape of anchors, visits, travel and schedules in study.yaml. What belongs together is checked by
// compile-schedule.ts, which can say what is missing for which recurrence.
import { type Static, Type } from 'typebox'
import { clock, closed, closing, id, list, text } from '../file-schema.ts'

const steps = Type.Integer({ minimum: 1, maximum: 366 })
const days = Type.Integer({ minimum: -3650, maximum: 3650 })
const untilDays = Type.Integer({ minimum: 0, maximum: 3650 })

/** Dates of a patient that days are counted from, besides `enrolled`. */
export const anchorsSchema = list(
  Type.Object(
    {
      id,
      title: text,
      repeats: Type.Optional(Type.Boolean({ description: 'one date for each cycle' })),
      ends: Type.Optional(Type.Boolean({ description: 'from its date on nothing else becomes due' })),
      'expected-day': Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 3650,
          description: 'days after the enrolment, for counts and simulation only',
        }),
      ),
      'every-days': Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 3650,
          description: 'of an anchor that repeats: how often it is expected, for counts and simulation only',
        }),
      ),
    },
    closed,
  ),
)

/** Visits of the protocol: the anchor's date plus `day`, with a window of calendar days around it. */
export const visitsSchema = list(
  Type.Object(
    {
      id,
      title: text,
      anchor: Type.Optional(id),
      day: days,
      window: Type.Object({ before: untilDays, after: untilDays }, closed),
    },
    closed,
  ),
)

/** Where windows are while the patient travels. */
export const travelSchema = Type.Enum(['follow-device', 'home-zone', 'once-a-day'])

const oneSchedule = Type.Object(
  {
    every: Type.Union([
      Type.Enum(['day', 'week', 'event', 'visit', 'once', 'listed']),
      Type.Object(
        { days: Type.Optional(steps), months: Type.Optional(steps) },
        { ...closed, minProperties: 1, maxProperties: 1 },
      ),
    ]),
    anchor: Type.Optional(id),
    'from-day': Type.Optional(days),
    'to-day': Type.Optional(days),
    'on-days': Type.Optional(list(days)),
    until: Type.Optional(id),
    visits: Type.Optional(list(id)),
    window: Type.Optional(
      Type.Object(
        {
          opens: clock,
          closes: closing,
          'closes-days-later': Type.Optional(Type.Integer({ minimum: 0, maximum: 366 })),
        },
        closed,
      ),
    ),
    'justify-after-days': Type.Optional(untilDays),
    'locks-after-days': Type.Optional(untilDays),
    reminder: Type.Optional(clock),
    travel: Type.Optional(travelSchema),
  },
  closed,
)

/** When a form is due: one schedule, or several that never make it due on the same day. */
export const scheduleSchema = Type.Union([oneSchedule, list(oneSchedule)])

/** A schedule as written. */
export type ScheduleFile = Static<typeof oneSchedule>
