// The entries of one virtual patient that were applied so far, for rules that look back and for windows that count once
// a day. Says what the history stores say, out of memory; the first entry of an occasion fills it.
import type { Placed } from '../../study/place.ts'
import type { Answers } from '../../study/plan.ts'
import { type EarlierEntry, type HistoryReader, mostEvents } from '../../study/rules/history.ts'

type Event = { readonly completedMs: number; readonly entry: EarlierEntry }
type FormEntries = { readonly byOccasion: Map<string, EarlierEntry>; readonly events: Event[] }

/** What was applied, and reading it. */
export type VirtualHistory = {
  of(form: string): HistoryReader
  /** `position` counts from 1. */
  apply(
    form: string,
    placed: Placed,
    entry: { readonly position: number; readonly answers: Answers; readonly completedAt: string },
    scores: EarlierEntry['scores'],
  ): void
}

/** An empty history. */
export function virtualHistory(): VirtualHistory {
  const forms = new Map<string, FormEntries>()
  const readers = new Map<string, HistoryReader>()
  const of = (form: string): FormEntries => {
    let entries = forms.get(form)
    if (entries === undefined) {
      entries = { byOccasion: new Map(), events: [] }
      forms.set(form, entries)
    }
    return entries
  }
  return {
    of(form) {
      let reader = readers.get(form)
      if (reader === undefined) {
        reader = readerOf(of(form))
        readers.set(form, reader)
      }
      return reader
    },
    apply(form, placed, { position, answers, completedAt }, scores) {
      const { byOccasion, events } = of(form)
      const entry: EarlierEntry = { position, version: 1, answers, scores, completedAt }
      if (!byOccasion.has(placed.occasion)) byOccasion.set(placed.occasion, entry)
      if (placed.found.by === 'event') events.push({ completedMs: placed.completedAtMs, entry })
    },
  }
}

const readerOf = ({ byOccasion, events }: FormEntries): HistoryReader => ({
  filled: (occasion) => byOccasion.get(occasion)?.position,
  entry: (occasion) => byOccasion.get(occasion),
  events: (fromMs, toMs) =>
    events
      .filter(({ completedMs }) => completedMs > fromMs && completedMs <= toMs)
      .sort((a, b) => b.completedMs - a.completedMs || b.entry.position - a.entry.position)
      .slice(0, mostEvents)
      .map(({ entry }) => entry),
})
