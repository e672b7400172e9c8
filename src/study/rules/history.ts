// Earlier entries of the same form and patient, as rules look back on them. Processing supplies the reader; the record
// keeps which entries were looked at, so that the evaluation can be repeated exactly (P11).
import type { Answers } from '../plan.ts'

/** How far a rule looks back: due days or occasions of a scheduled form, hours for one that has no schedule. */
export type LookBack = { readonly unit: 'days' | 'occasions' | 'hours'; readonly count: number }

/** An entry that was applied before, as its record shows it. */
export type EarlierEntry = {
  /** Its place in the journal. */
  readonly position: number
  /** 1 as it was applied; more where a change was approved since. */
  readonly version: number
  readonly answers: Answers
  readonly scores: readonly { readonly id: string; readonly value: number | null }[]
  /** As the device wrote it. */
  readonly completedAt: string
}

/** Reads entries of one form and patient that were applied before this one in the journal's order. */
export type HistoryReader = {
  /** The position of the entry that fills an occasion. */
  filled(occasion: string): number | undefined
  /** The entry that fills an occasion. */
  entry(occasion: string): EarlierEntry | undefined
  /** Entries of a form without schedule, completed after `fromMs` and not after `toMs`, the latest first. */
  events(fromMs: number, toMs: number): readonly EarlierEntry[]
}

/** Events that a rule looks back on at most, the latest. */
export const mostEvents = 200

/** An occasion that was due, and on which day. */
export type DueOccasion = { readonly occasion: string; readonly date: string }

/** The occasions of the form that were due for the patient before the one that is judged. */
export type DueBefore = {
  /** The last so many, the latest first. */
  before(count: number): Iterable<DueOccasion>
  /** Those due on the last so many calendar days, the latest first. */
  within(days: number): Iterable<DueOccasion>
  /** The first of all, if this is not it. */
  first(): DueOccasion | undefined
  /** Whether the day counts as missed when nothing fills it. */
  isEvaluable(date: string): boolean
}

/** What was looked at: by occasion the entry that filled it, null where none did; and the events. */
export type Looked = {
  readonly filled: { readonly [occasion: string]: number | null }
  readonly events?: readonly number[]
  /** By position, of those that a change had made another version of. */
  readonly versions?: { readonly [position: string]: number }
}

/** For where there is nothing earlier. */
export const noHistory: HistoryReader = {
  filled: () => undefined,
  entry: () => undefined,
  events: () => [],
}

/** The reader that shows again what was looked at when the entry was judged; `entryAt` reads a version of a record. */
export function historyAsLooked(
  looked: Looked,
  entryAt: (position: number, version: number) => EarlierEntry | undefined,
): HistoryReader {
  const at = (position: number) => entryAt(position, looked.versions?.[position] ?? 1)
  return {
    filled: (occasion) => looked.filled[occasion] ?? undefined,
    entry(occasion) {
      const position = looked.filled[occasion]
      return position === undefined || position === null ? undefined : at(position)
    },
    events: () => (looked.events ?? []).flatMap((position) => at(position) ?? []),
  }
}

/** An earlier entry of its visible record (the JSON text of an applied effect). */
export function earlierOf(position: number, effect: string, version = 1): EarlierEntry {
  const record = JSON.parse(effect) as {
    answers: Answers
    scores: EarlierEntry['scores']
    device: { completedAt: string }
  }
  const { answers, scores, device } = record
  return { position, version, answers, scores, completedAt: device.completedAt }
}
