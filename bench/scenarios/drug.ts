// Scenario "drug": pages a second of GET /drug/ATC-A01, 64 connections, closed loop.
import type { GetOrder } from '../generator-spec.ts'
import { startLevee } from '../levee-process.ts'
import { type Measured, measure } from '../measure.ts'

export type DrugResult = { path: string; run: Measured<GetOrder>; perSecond: number }

export async function drug(quick: boolean, note: (line: string) => void): Promise<DrugResult> {
  await using target = await startLevee()
  const path = '/drug/ATC-A01'
  const run = await measure<GetOrder>(target, {
    kind: 'get',
    path,
    connections: 64,
    durationSeconds: quick ? 5 : 10,
    warmUpSeconds: 2,
    seed: 1,
  })
  note(
    `${Math.round(run.result.unitsPerSecond)}/s, p99 ${run.result.latency.p99Ms} ms, wrong answers ${run.result.wrong}`,
  )
  return { path, run, perSecond: run.result.unitsPerSecond }
}
