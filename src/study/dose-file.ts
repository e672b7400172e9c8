// The shape of a prescribed dose in study.yaml.
import { Type } from 'typebox'
import { clock, closed, id, words } from './file-schema.ts'

/** A dose and the items of the form that report it. */
export const doseSchema = Type.Object(
  {
    id,
    version: words,
    form: id,
    'taken-item': Type.String(),
    'time-item': Type.String(),
    'doses-per-day': Type.Literal(1),
    window: Type.Object({ opens: clock, closes: clock }, closed),
  },
  closed,
)
