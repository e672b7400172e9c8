// The thread that reads the history: a piece for each 'next' it is sent, then `undefined`, then it ends.
import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from '../../storage/sqlite.ts'
import { standBack } from '../../system/thread-priority.ts'
import { historyLines } from './history.ts'
import type { HistoryOrder } from './history-reader.ts'
import { standingsReader } from './standings-store.sqlite.ts'

// Receiving and processing come before whoever checks them.
standBack(10)
const { journal, trial, from, to } = workerData as HistoryOrder
const databases = [openReader(journal), openReader(trial)] as const
const lines = historyLines(standingsReader(...databases), from, to)
const port = parentPort!
port.on('message', async () => {
  const { value, done } = await lines.next()
  port.postMessage(value)
  if (done !== true) return
  for (const db of databases) db.close()
  port.close()
})
