// Scenario "backlog": a million entries sent in batches faster than they are applied; then how fast processing
// catches up, and how fast single submissions are answered while it does.
import type { BatchesOrder, SubmissionsOrder } from '../generator-spec.ts'
import { type LedgerReading, readLedger, type Settled, settle } from '../levee-figures.ts'
import { startLevee } from '../levee-process.ts'
import { type Measured, measure } from '../measure.ts'

export type BacklogResult = {
  /** Single submissions at `rate` before. */
  alone: Measured<SubmissionsOrder>
  filling: Measured<BatchesOrder>
  /** When the filling ended; `inFlight` is the backlog. */
  backlog: LedgerReading
  /** Single submissions at `rate` while the backlog is worked off. */
  rate: number
  meanwhile: Measured<SubmissionsOrder>
  /** From the end of those to nothing in flight. */
  settled: Settled
  /** Over the whole time from the end of the filling. */
  appliedPerSecond: number
}

export async function backlog(
  quick: boolean,
  ceilingPerSecond: number,
  note: (line: string) => void,
): Promise<BacklogResult> {
  await using target = await startLevee()
  const rate = Math.round(ceilingPerSecond / 8)
  const singles = {
    kind: 'submissions' as const,
    rate,
    curve: 'constant' as const,
    connections: 64,
    durationSeconds: quick ? 4 : 15,
    warmUpSeconds: 2,
  }
  const alone = await measure<SubmissionsOrder>(target, { ...singles, seed: 1 })
  const filling = await measure<BatchesOrder>(target, {
    kind: 'batches',
    perBatch: 100,
    connections: 16,
    mostUnits: quick ? 100_000 : 1_000_000,
    durationSeconds: 300,
    warmUpSeconds: 0,
    eventsOnly: true,
    seed: 1,
  })
  const before = await readLedger(target.port)
  const startMs = performance.now()
  note(
    `${before.received} received at ${Math.round(filling.result.unitsPerSecond)}/s, ${before.inFlight} in flight`,
  )
  const meanwhile = await measure<SubmissionsOrder>(target, { ...singles, seed: 2 })
  const settled = await settle(target.port, 600)
  const seconds = (performance.now() - startMs) / 1000
  const appliedPerSecond = (settled.ledger.applied - before.applied) / seconds
  note(
    `drained in ${seconds.toFixed(1)} s: ${Math.round(appliedPerSecond)}/s; meanwhile p99 ${meanwhile.result.latency.p99Ms} ms at ${rate}/s, before ${alone.result.latency.p99Ms} ms`,
  )
  return { alone, filling, backlog: before, rate, meanwhile, settled, appliedPerSecond }
}
