// Scenario "grown": millions of entries on disk (ten unless asked otherwise), then how long a start takes, and how the
// closed loop's rate compares with that of an empty folder, in turns. Filling and rounds send rescue doses, which have
// no occasion to share, so that every round on the grown folder is alike. Before each round the disk is quiet: what the
// filling left to the kernel is written first, as it would be after a night. Takes about a quarter of an hour and 40 GB of disk.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { BatchesOrder, SubmissionsOrder } from '../generator-spec.ts'
import { settle } from '../levee-figures.ts'
import { dataFolder, startLevee } from '../levee-process.ts'
import { type Measured, measure, median, type Wanted } from '../measure.ts'
import { roundOrder } from './closed-loop.ts'

export type GrownResult = {
  entries: number
  /** From the command to the first 200 of /readyz, on that folder and on an empty one (demo data included). */
  startMs: number
  emptyStartMs: number
  rounds: { empty: Measured<SubmissionsOrder>; grown: Measured<SubmissionsOrder> }[]
  /** Median over the rounds of the grown folder's rate by the empty one's in the same round. */
  ratio: number
}

/** Entries for each filling; between two the server catches up, so that it is never far behind. */
const portion = 500_000

export async function grown(
  { quick, entries: wanted }: { quick: boolean; entries: number },
  note: (line: string) => void,
): Promise<GrownResult> {
  using folder = dataFolder()
  const entries = await fill(folder.path, wanted, note)
  const rounds: GrownResult['rounds'] = []
  const starts: { startMs: number; emptyStartMs: number }[] = []
  for (let round = 1; round <= (quick ? 2 : 5); round++) {
    const order = { ...roundOrder(quick, round), eventsOnly: true }
    const { run: empty, readyMs: emptyStartMs } = await roundOn(undefined, order)
    const { run: grown, readyMs: startMs } = await roundOn(folder.path, order)
    rounds.push({ empty, grown })
    starts.push({ startMs, emptyStartMs })
    const [before, after] = [empty.result.ratePerSecond, grown.result.ratePerSecond]
    note(
      `round ${round}: empty ${Math.round(before)}/s, grown ${Math.round(after)}/s, ${(after / before).toFixed(3)}`,
    )
  }
  const ratio = median(
    rounds.map(({ empty, grown }) => grown.result.ratePerSecond / empty.result.ratePerSecond),
  )
  const startMs = median(starts.map((start) => start.startMs))
  const emptyStartMs = median(starts.map((start) => start.emptyStartMs))
  note(`start with ${entries} entries ${Math.round(startMs)} ms, empty ${Math.round(emptyStartMs)} ms`)
  return { entries, startMs, emptyStartMs, rounds, ratio }
}

async function roundOn(folder: string | undefined, order: Wanted<SubmissionsOrder>) {
  await promisify(execFile)('sync')
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
