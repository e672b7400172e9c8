// Scenario "batch": submissions a second through POST /v1/submissions/batch, 100 a request, against the single
// endpoint's in the same run.
import type { BatchesOrder, SubmissionsOrder } from '../generator-spec.ts'
import { startLevee } from '../levee-process.ts'
import { type Measured, measure, median } from '../measure.ts'
import { roundOrder } from './closed-loop.ts'

export type BatchResult = {
  perBatch: number
  connections: number
  rounds: { single: Measured<SubmissionsOrder>; batch: Measured<BatchesOrder> }[]
  singlePerSecond: number
  batchPerSecond: number
  ratio: number
}

const perBatch = 100
const connections = 16

export async function batch(quick: boolean, note: (line: string) => void): Promise<BatchResult> {
  const rounds: BatchResult['rounds'] = []
  for (let round = 1; round <= (quick ? 1 : 3); round++) {
    const single = await measureSingle(quick, round)
    const batches = await measureBatches(quick, round)
    rounds.push({ single, batch: batches })
    note(
      `round ${round}: single ${Math.round(single.result.ratePerSecond)}/s, batch ${Math.round(batches.result.unitsPerSecond)}/s, ` +
        `wrong answers ${batches.result.wrong}`,
    )
  }
  return {
    perBatch,
    connections,
    rounds,
    singlePerSecond: median(rounds.map(({ single }) => single.result.ratePerSecond)),
    batchPerSecond: median(rounds.map((r) => r.batch.result.unitsPerSecond)),
    ratio: median(rounds.map((r) => r.batch.result.unitsPerSecond / r.single.result.ratePerSecond)),
  }
}

async function measureSingle(quick: boolean, round: number): Promise<Measured<SubmissionsOrder>> {
  await using target = await startLevee()
  return await measure<SubmissionsOrder>(target, roundOrder(quick, round))
}

async function measureBatches(quick: boolean, round: number): Promise<Measured<BatchesOrder>> {
  await using target = await startLevee()
  return await measure<BatchesOrder>(target, {
    kind: 'batches',
    perBatch,
    connections,
    durationSeconds: quick ? 5 : 8,
    warmUpSeconds: quick ? 2 : 3,
    seed: round,
  })
}
