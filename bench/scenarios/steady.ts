// Scenario "steady": Levee for minutes at half the ceiling's rate, or at six tenths of its own closed-loop rate
// where that is less: peak and growth of the memory of all its processes, latency, the time from acknowledgement to
// application, and whether the ledger balances at the end.
import type { SubmissionsOrder } from '../generator-spec.ts'
import { percentileBetween, readLag, type Settled, settle } from '../levee-figures.ts'
import { startLevee } from '../levee-process.ts'
import { type Measured, measure } from '../measure.ts'

export type SteadyResult = {
  rate: number
  seconds: number
  run: Measured<SubmissionsOrder>
  /** Seconds; the upper bound of the histogram's bucket. */
  appliedLagP99Seconds: number | undefined
  /** What was left to apply when the load ended. */
  settled: Settled
}

/** Both rates are those of the closed loop in this run. */
export async function steady(
  { quick, seconds }: { quick: boolean; seconds: number },
  { ceilingPerSecond, leveePerSecond }: { ceilingPerSecond: number; leveePerSecond: number },
  note: (line: string) => void,
): Promise<SteadyResult> {
  await using target = await startLevee()
  const rate = Math.round(Math.min(ceilingPerSecond / 2, 0.6 * leveePerSecond))
  note(`${rate}/s for ${seconds} s`)
  const before = await readLag(target.port)
  const run = await measure<SubmissionsOrder>(target, {
    kind: 'submissions',
    rate,
    curve: 'constant',
    connections: 256,
    durationSeconds: seconds,
    warmUpSeconds: quick ? 5 : 10,
    seed: 1,
  })
  const appliedLagP99Seconds = percentileBetween(before, await readLag(target.port), 0.99)
  const { usage, result } = run
  note(
    `peak ${usage.peakRssMb.toFixed(0)} MB, slope ${usage.rssSlopeMbPerMinute.toFixed(1)} MB/min, ` +
      `p99 ${result.latency.p99Ms} ms, applied lag p99 ${appliedLagP99Seconds} s`,
  )
  return { rate, seconds, run, appliedLagP99Seconds, settled: await settle(target.port, 60) }
}
