// Lets an evaluation look back although it cannot wait: what it asks for and is not known yet is read, and it runs again,
// until it asks for nothing new. Pure evaluations come to the same end as if all had been known at once.
import type { EarlierStore } from '../../records/earlier-store.ts'
import type { EarlierEntry, HistoryReader } from '../../study/rules/history.ts'

/** The entry that is evaluated: what came before its position in the journal is earlier. */
type Looking = { readonly studyId: string; readonly patientId: string; readonly position: number }

/** An evaluation asks for what follows from what it read; this many rounds are a bug. */
const mostRounds = 20

export async function lookingBack<T>(
  store: EarlierStore,
  { studyId, patientId, position }: Looking,
  evaluate: (history: (form: string) => HistoryReader) => T,
): Promise<T> {
  const entries = new Map<string, EarlierEntry | undefined>()
  const events = new Map<string, readonly EarlierEntry[]>()
  for (let round = 0; round < mostRounds; round++) {
    const missing = new Map<string, () => Promise<void>>()
    const history = (form: string): HistoryReader => {
      const of = { studyId, patientId, form }
      const entry = (occasion: string): EarlierEntry | undefined => {
        const key = JSON.stringify([form, occasion])
        if (!entries.has(key))
          missing.set(key, async () => void entries.set(key, await store.entry(of, occasion, position)))
        return entries.get(key)
      }
      return {
        entry,
        filled: (occasion) => entry(occasion)?.position,
        events(fromMs, toMs) {
          const key = JSON.stringify([form, fromMs, toMs])
          if (!events.has(key))
            missing.set(key, async () => void events.set(key, await store.events(of, fromMs, toMs, position)))
          return events.get(key) ?? []
        },
      }
    }
    const result = evaluate(history)
    if (missing.size === 0) return result
    for (const read of missing.values()) await read()
  }
  throw new Error(`the evaluation of entry ${position} never stops asking`)
}
