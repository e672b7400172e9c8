// Earlier entries of a patient's form, for rules that look back: by occasion, and events by when they were completed.
// Entries that were made void are not there; of one that was changed, the version in force counts.
import type { EarlierEntry } from '../study/rules/history.ts'
import { earlierOf } from '../study/rules/history.ts'

/** Whose entries. */
export type PatientForm = { readonly studyId: string; readonly patientId: string; readonly form: string }

/** An event's row. */
export type EventRow = PatientForm & {
  /** Milliseconds since the epoch, by the device clock. */
  readonly completedAt: number
  readonly position: number
}

/** An entry's record as either engine returns it: as it was applied, and as it was changed last. */
export type HistoryRow = {
  readonly position: number
  readonly effect: string
  readonly version: number | null
  readonly changed: string | null
}

/** The entry of its row. */
export const earlierOfRow = ({ position, effect, version, changed }: HistoryRow): EarlierEntry =>
  earlierOf(position, changed ?? effect, version ?? 1)

/** What both engines select of an entry: `o` is its occasion, `r` its response, `v` its newest change. */
export const historyJoins = `JOIN responses AS r ON r.position = o.position
  LEFT JOIN response_versions AS v ON v.position = o.position
    AND v.version = (SELECT MAX(version) FROM response_versions WHERE position = o.position)`
