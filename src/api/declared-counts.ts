// How many entries devices have declared that have not arrived, each once, by study: what the ledger cannot count, because it is not
// here.
import { setImmediate } from 'node:timers/promises'
import type { JournalReader } from '../intake/journal-store.ts'
import { type DeclaredStore, notArrived } from '../records/declared-store.ts'

/** Devices looked at; those beyond it are not counted, and no installation has had a tenth of them at once. */
const mostDevices = 20_000
/** Devices looked at in one go: on embedded storage each look-up is made on this thread, and the doors wait meanwhile. */
const atOnce = 50
/** Counting that took longer than this, in milliseconds, holds for so many times as long: a twentieth of the time at most. */
const costlyMs = 20
const restFactor = 20

/** Counts anew when it is asked, unless that was costly a short time ago. */
export function declaredCounts({
  declared,
  journal,
}: {
  readonly declared: Pick<DeclaredStore, 'open'>
  readonly journal: Pick<JournalReader, 'find'>
}): () => Promise<ReadonlyMap<string, number>> {
  let counts: Promise<ReadonlyMap<string, number>> | undefined
  let until = 0
  const count = async () => {
    // An entry that a phone and the one in its place both name is one.
    const byStudy = new Map<string, Set<string>>()
    let last = 0
    for (let seen = 0; seen < mostDevices; seen += atOnce) {
      const some = await declared.open(atOnce, last)
      for (const { studyId, patientId, entries } of some) {
        const missing = await notArrived(journal, studyId, patientId, entries)
        if (missing.length === 0) continue
        const ids = byStudy.get(studyId) ?? new Set()
        byStudy.set(studyId, ids)
        for (const { submissionId } of missing) ids.add(`${patientId}\0${submissionId}`)
      }
      if (some.length < atOnce) break
      last = some.at(-1)!.deviceId
      await setImmediate()
    }
    return new Map([...byStudy].map(([studyId, ids]) => [studyId, ids.size]))
  }
  return () => {
    if (counts !== undefined && performance.now() < until) return counts
    const began = performance.now()
    until = Number.POSITIVE_INFINITY
    const now = count().finally(() => {
      const tookMs = performance.now() - began
      until = performance.now() + (tookMs < costlyMs ? 0 : tookMs * restFactor)
    })
    // A failure is told once and not remembered.
    now.catch(() => {
      counts = undefined
    })
    counts = now
    return now
  }
}
