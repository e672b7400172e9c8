// Scenario "closed-loop": the highest rate of the ceiling and of Levee, 64 connections, in turns, so that a change
// of the machine's mood meets both. Levee starts on an empty folder each round, so every round is alike.
import { startCeiling } from '../ceiling-process.ts'
import type { SubmissionsOrder } from '../generator-spec.ts'
import { startLevee } from '../levee-process.ts'
import { type Measured, measure, median } from '../measure.ts'
import type { Target } from '../target.ts'

type Run = Measured<SubmissionsOrder>
export type ClosedLoopResult = {
  connections: number
  rounds: { ceiling: Run; levee: Run | undefined }[]
  ceilingPerSecond: number
  leveePerSecond: number | undefined
  /** Median over the rounds of Levee's rate by the ceiling's in the same round. */
  ratio: number | undefined
}

export const connections = 64

/** The order of one round. */
export const roundOrder = (quick: boolean, seed: number) => ({
  kind: 'submissions' as const,
  rate: 'closed' as const,
  curve: 'constant' as const,
  connections,
  durationSeconds: quick ? 5 : 12,
  warmUpSeconds: quick ? 2 : 4,
  seed,
})

/** Without Levee (`--ceiling-only`) only the ceiling's half is filled. */
export async function closedLoop(
  quick: boolean,
  withLevee: boolean,
  note: (line: string) => void,
): Promise<ClosedLoopResult> {
  const rounds: ClosedLoopResult['rounds'] = []
  for (let round = 1; round <= (quick ? 2 : 5); round++) {
    const order = roundOrder(quick, round)
    const run = async (target: Target) => {
      await using running = target
      const measured = await measure<SubmissionsOrder>(running, order)
      const { ratePerSecond, cpuMicrosPerRequest, counts } = measured.result
      note(
        `round ${round} ${running.name}: ${Math.round(ratePerSecond)}/s, server ${measured.usage.cpuShare.toFixed(2)} cores, ` +
          `generator ${cpuMicrosPerRequest.toFixed(1)} µs a request, not acknowledged ${counts.scheduled - counts.acknowledged}`,
      )
      return measured
    }
    const ceiling = await run(await startCeiling())
    rounds.push({ ceiling, levee: withLevee ? await run(await startLevee()) : undefined })
  }
  const leveeRuns = rounds.flatMap(({ levee }) => levee ?? [])
  const ratios = rounds.flatMap(({ ceiling, levee }) =>
    levee === undefined ? [] : [levee.result.ratePerSecond / ceiling.result.ratePerSecond],
  )
  return {
    connections,
    rounds,
    ceilingPerSecond: median(rounds.map(({ ceiling }) => ceiling.result.ratePerSecond)),
    leveePerSecond: withLevee ? median(leveeRuns.map(({ result }) => result.ratePerSecond)) : undefined,
    ratio: withLevee ? median(ratios) : undefined,
  }
}
