// What rules and alerts say in study.yaml besides their condition: how far they look back, and who is called next.
import { type Static, Type } from 'typebox'
import { closed, id, list } from '../file-schema.ts'
import type { LookBack } from './history.ts'

/** `days` and `occasions` for scheduled forms, `hours` for those without a schedule. */
export const looksBackSchema = Type.Union([
  Type.Object({ days: Type.Integer({ minimum: 1, maximum: 100 }) }, closed),
  Type.Object({ occasions: Type.Integer({ minimum: 1, maximum: 100 }) }, closed),
  Type.Object({ hours: Type.Number({ exclusiveMinimum: 0, maximum: 744 }) }, closed),
])
/** The ladder of an alert that nobody acknowledges; hours count from when it was raised, and rise. */
export const escalateSchema = list(
  Type.Object({ 'after-hours': Type.Number({ exclusiveMinimum: 0, maximum: 8760 }), to: list(id) }, closed),
)
export type LooksBackFile = Static<typeof looksBackSchema>

/** The look-back as rules use it. */
export function lookBackOf(file: LooksBackFile): LookBack {
  if ('days' in file) return { unit: 'days', count: file.days }
  return 'occasions' in file
    ? { unit: 'occasions', count: file.occasions }
    : { unit: 'hours', count: file.hours }
}
