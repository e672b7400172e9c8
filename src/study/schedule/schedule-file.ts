// The shape of a form's schedule in study.yaml.
import { type Static, Type } from 'typebox'
import { clock, closed, closing } from '../file-schema.ts'

/** When a form is due. */
export const scheduleSchema = Type.Union([
  Type.Object({ every: Type.Literal('event') }, closed),
  Type.Object(
    {
      every: Type.Union([Type.Literal('day'), Type.Literal('week')]),
      window: Type.Object(
        {
          opens: clock,
          closes: closing,
          'closes-days-later': Type.Integer({ minimum: 0, maximum: 31 }),
        },
        closed,
      ),
      'locks-after-days': Type.Integer({ minimum: 0, maximum: 3650 }),
      reminder: Type.Optional(clock),
    },
    closed,
  ),
])

/** A schedule as written. */
export type ScheduleFile = Static<typeof scheduleSchema>
