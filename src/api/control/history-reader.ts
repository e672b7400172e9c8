// Reads the history in a thread of its own, whose heap is small and gone afterwards: what a check of a million
// entries leaves behind would otherwise stay with the server for minutes.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Problem } from '../../system/problem.ts'

/** Which entries (positions, both ends included), and the two database files. */
export type HistoryOrder = {
  readonly journal: string
  readonly trial: string
  readonly from: number
  readonly to: number
}

/** Entries at a time: two bytes of memory each. */
const mostEntries = 10_000_000

/**
 * The lines of {@link HistoryOrder}'s entries in pieces; the thread ends with the last one, or when the reader leaves.
 * Throws a Problem for more than ten million entries.
 */
export function readHistory(order: HistoryOrder): AsyncGenerator<string> {
  if (order.to - order.from >= mostEntries)
    throw new Problem('submission.invalid', { member: 'to', expected: `at most ${mostEntries} entries` })
  return piecesOf(order)
}

async function* piecesOf(order: HistoryOrder): AsyncGenerator<string> {
  const thread = new Worker(new URL('./history-thread.ts', import.meta.url), {
    workerData: order,
    name: 'history',
    resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 6 },
  })
  try {
    for (;;) {
      thread.postMessage('next')
      const [piece] = (await once(thread, 'message')) as [string | undefined]
      if (piece === undefined) return
      yield piece
    }
  } finally {
    await thread.terminate()
  }
}
