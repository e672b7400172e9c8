// Deals a simulation out to threads in parts of equal size and adds the results in the order of the patients, so that
// neither the number of threads nor their speed can be seen in the outcome.
import { Worker } from 'node:worker_threads'
import { dayNumber } from '../../study/calendar-date.ts'
import { emptyTally, mergeTally, type Tally } from '../../study/simulate/tally.ts'
import type { SimulationOrder } from './order.ts'

/** Patients `from` to `to` (exclusive) of the span with this index. */
export type Part = { readonly span: number; readonly from: number; readonly to: number }

/** Patients of one part: few enough for a steady progress bar and for little memory. */
const patientsOfPart = 200

/** Runs the order on so many threads; one tally for each span. Rejects where a thread fails. */
export async function runSimulation(
  order: SimulationOrder,
  threads: number,
  progress: (patientsDone: number, patientsTotal: number) => void,
): Promise<Tally[]> {
  const parts = partsOf(order)
  const tallies = order.spans.map(({ from, to }) => emptyTally(dayNumber(to) - dayNumber(from) + 1))
  const waiting = new Map<number, Tally>()
  let next = 0
  let merged = 0
  let done = 0
  const finish = (index: number, tally: Tally): void => {
    waiting.set(index, tally)
    for (let ready = waiting.get(merged); ready !== undefined; ready = waiting.get(merged)) {
      waiting.delete(merged)
      mergeTally(tallies[parts[merged]!.span]!, ready)
      merged += 1
    }
    done += tally.patients
    progress(done, order.patients * order.spans.length)
  }
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./thread.ts', import.meta.url), {
        workerData: order,
        name: 'simulate',
      })
      let current = -1
      const take = (): void => {
        current = next++
        const part = parts[current]
        if (part === undefined) void worker.terminate().then(() => resolve())
        else worker.postMessage(part)
      }
      worker.on('message', (tally: Tally) => {
        finish(current, tally)
        take()
      })
      worker.once('error', reject)
      take()
    })
  await Promise.all(Array.from({ length: Math.min(threads, parts.length) }, work))
  return tallies
}

function partsOf({ spans, patients }: SimulationOrder): Part[] {
  const parts: Part[] = []
  for (const span of spans.keys())
    for (let from = 0; from < patients; from += patientsOfPart)
      parts.push({ span, from, to: Math.min(patients, from + patientsOfPart) })
  return parts
}
