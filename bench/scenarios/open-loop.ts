// Scenario "open-loop": latency at half the ceiling's rate, requests leaving on schedule, for both in turns; and for
// Levee the time from acknowledgement to application meanwhile. All connections are opened in the warm-up.
import { startCeiling } from '../ceiling-process.ts'
import type { SubmissionsOrder } from '../generator-spec.ts'
import { percentileBetween, readLag } from '../levee-figures.ts'
import { startLevee } from '../levee-process.ts'
import { type Measured, measure, median } from '../measure.ts'

type Run = Measured<SubmissionsOrder>
type LeveeRun = Run & { appliedLagP99Seconds: number | undefined }
export type OpenLoopResult = {
  rate: number
  rounds: { ceiling: Run; levee: LeveeRun | undefined }[]
  ceiling: { p50Ms: number; p99Ms: number }
  levee: { p50Ms: number; p99Ms: number } | undefined
  /** Levee at half its own closed-loop rate, where that is known: its latency when it is not overloaded. */
  ownHalf:
    | { rate: number; p50Ms: number; p99Ms: number; appliedLagP99Seconds: number | undefined }
    | undefined
  /** Seconds; the upper bound of the histogram's bucket, the worst round. */
  appliedLagP99Seconds: number | undefined
}

export async function openLoop(
  quick: boolean,
  withLevee: boolean,
  rates: { ceilingPerSecond: number; leveePerSecond: number | undefined },
  note: (line: string) => void,
): Promise<OpenLoopResult> {
  const rate = Math.round(rates.ceilingPerSecond / 2)
  const rounds: OpenLoopResult['rounds'] = []
  for (let round = 1; round <= (quick ? 1 : 3); round++) {
    const order = orderAt(rate, quick, round)
    const ceiling = await measureCeiling(order)
    const levee = withLevee ? await measureLevee(order) : undefined
    rounds.push({ ceiling, levee })
    note(
      `round ${round} at ${rate}/s: ceiling ${told(ceiling)}${levee === undefined ? '' : `; Levee ${told(levee)}`}`,
    )
  }
  const ownRate = Math.round((rates.leveePerSecond ?? 0) / 2)
  const own = ownRate > 0 ? await measureLevee(orderAt(ownRate, quick, 1)) : undefined
  if (own !== undefined) note(`at half its own rate, ${ownRate}/s: Levee ${told(own)}`)
  const leveeRuns = rounds.flatMap(({ levee }) => levee ?? [])
  const lags = leveeRuns.flatMap(({ appliedLagP99Seconds }) => appliedLagP99Seconds ?? [])
  return {
    rate,
    rounds,
    ceiling: middle(rounds.map(({ ceiling }) => ceiling)),
    levee: withLevee ? middle(leveeRuns) : undefined,
    ownHalf: own && { rate: ownRate, ...middle([own]), appliedLagP99Seconds: own.appliedLagP99Seconds },
    appliedLagP99Seconds: lags.length === 0 ? undefined : Math.max(...lags),
  }
}

type Wanted = Omit<SubmissionsOrder, 'port' | 'tokensFile'>

function orderAt(rate: number, quick: boolean, seed: number): Wanted {
  return {
    kind: 'submissions',
    rate,
    curve: 'constant',
    connections: 256,
    durationSeconds: quick ? 8 : 18,
    warmUpSeconds: quick ? 3 : 4,
    seed,
  }
}

async function measureCeiling(order: Wanted): Promise<Run> {
  await using target = await startCeiling()
  return await measure<SubmissionsOrder>(target, order)
}

async function measureLevee(order: Wanted): Promise<LeveeRun> {
  await using target = await startLevee()
  const before = await readLag(target.port)
  const measured = await measure<SubmissionsOrder>(target, order)
  return { ...measured, appliedLagP99Seconds: percentileBetween(before, await readLag(target.port), 0.99) }
}

function middle(runs: Run[]): { p50Ms: number; p99Ms: number } {
  return {
    p50Ms: median(runs.map(({ result }) => result.latency.p50Ms)),
    p99Ms: median(runs.map(({ result }) => result.latency.p99Ms)),
  }
}

function told({ result }: Run): string {
  const { p50Ms, p99Ms, maxMs } = result.latency
  return `p50 ${p50Ms} p99 ${p99Ms} max ${maxMs} ms, left late p99 ${result.departure.p99Ms} ms`
}
