// Scenario "grown": millions of entries on disk (ten unless asked otherwise), then how long a start takes, and how the closed loop's rate compares
// with that of an empty folder in the same run. The entries are rescue doses, so that the mornings stay free for the
// measured round. Takes about ten minutes and 40 GB of disk.
import type { BatchesOrder, SubmissionsOrder } from '../generator-spec.ts'
import { settle } from '../levee-figures.ts'
import { dataFolder, startLevee } from '../levee-process.ts'
import { type Measured, measure } from '../measure.ts'
import { roundOrder } from './closed-loop.ts'

export type GrownResult = {
  entries: number
  /** From the command to the first 200 of /readyz, on that folder and on an empty one (demo data included). */
  startMs: number
  emptyStartMs: number
  empty: Measured<SubmissionsOrder>
  grown: Measured<SubmissionsOrder>
  /** The grown folder's rate by the empty one's. */
  ratio: number
}

/** Entries for each filling; between two the server catches up, so that it is never far behind. */
const portion = 500_000

export async function grown(
  { quick, entries: wanted }: { quick: boolean; entries: number },
  note: (line: string) => void,
): Promise<GrownResult> {
  const order = roundOrder(quick, 1)
  const { run: empty, readyMs: emptyStartMs } = await roundOn(undefined, order)
  using folder = dataFolder()
  const entries = await fill(folder.path, wanted, note)
  const { run, readyMs: startMs } = await roundOn(folder.path, order)
  const ratio = run.result.ratePerSecond / empty.result.ratePerSecond
  note(
    `start with ${entries} entries ${Math.round(startMs)} ms, empty ${Math.round(emptyStartMs)} ms; rate ${ratio.toFixed(3)} of the empty one`,
  )
  return { entries, startMs, emptyStartMs, empty, grown: run, ratio }
}

async function roundOn(folder: string | undefined, order: ReturnType<typeof roundOrder>) {
  await using target = await startLevee(folder)
  return { run: await measure<SubmissionsOrder>(target, order), readyMs: target.readyMs }
}

/** @returns the number of entries applied. */
async function fill(folder: string, wanted: number, note: (line: string) => void): Promise<number> {
  await using target = await startLevee(folder)
  for (let seed = 1; ; seed++) {
    await measure<BatchesOrder>(target, {
      kind: 'batches',
      perBatch: 100,
      connections: 8,
      mostUnits: Math.min(portion, wanted),
      eventsOnly: true,
      durationSeconds: 120,
      warmUpSeconds: 0,
      seed,
    })
    const { ledger } = await settle(target.port, 600)
    note(`${ledger.applied} entries`)
    if (ledger.received >= wanted) return ledger.received
  }
}
