// The journal's writer thread: the only connection that writes or checkpoints journal.db.
//
// States: opening → ready → (committing ⇄ idle) → stopped; any storage error except a full disk → failed.
// While one commit runs, further blocks queue at the port; the next commit takes all of them, up to a bound.
// There is no timer: a lone entry is committed at once, a flood forms large groups by itself.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type Arrival, type ArrivalBlock, unpackArrivals, type Verdict } from './intake/arrival.ts'
import { commitGroup } from './intake/commit-group.ts'
import { openJournal, type OpenJournal } from './intake/open-journal.ts'
import type { JournalThreadData, JournalThreadMessage } from './intake/journal.ts'
import { storageFailure } from './storage/failure.ts'
import { checkpoint, inTransaction } from './storage/sqlite.ts'
import { reached, watchPoints } from './system/points.ts'

/** A commit takes at most this much, so that one flush stays short (design: 500 rows or 4 MiB). */
const mostEntries = 500
const mostBytes = 4 * 1024 * 1024
/** WAL bytes after which a checkpoint is due: at rest, and even under load (about 1 ms each, measured). */
const checkpointAtRest = 1024 * 1024
const checkpointAlways = 4 * 1024 * 1024
/** What a commit writes beyond its rows: about five pages of 4 KiB. */
const commitOverhead = 5 * 4096

const data = workerData as JournalThreadData
const port = parentPort!
const say = (message: JournalThreadMessage) => port.postMessage(message)

await watchPoints(data.pointsModule)
const journal = open()
const wake = new Int32Array(data.wake)
let dirty = 0
if (journal !== undefined) {
  port.on('message', (message: ArrivalBlock | 'stop') => (message === 'stop' ? stop(journal) : commitWaiting(journal, message)))
  say({ kind: 'ready', position: journal.head.position, totals: [...journal.head.totals], previousStop: journal.previousStop })
}

function open(): OpenJournal | undefined {
  try {
    return openJournal(data)
  } catch (error) {
    say({ kind: 'refused', reason: (error as Error).message })
    return undefined
  }
}

/** Commits the block and whatever else has arrived meanwhile, group by group, until the port is empty. */
function commitWaiting(journal: OpenJournal, block: ArrivalBlock): void {
  let next: ArrivalBlock | 'stop' | undefined = block
  while (next !== undefined && next !== 'stop') {
    const group: Arrival[] = []
    let bytes = 0
    while (next !== undefined && next !== 'stop') {
      for (const arrival of unpackArrivals(next)) group.push(arrival)
      bytes += next.bodies.byteLength
      next = group.length < mostEntries && bytes < mostBytes ? receive() : undefined
    }
    const stopping = next === 'stop'
    commitOne(journal, group, bytes)
    if (stopping) return stop(journal)
    next = receive()
    if (dirty > (next === undefined ? checkpointAtRest : checkpointAlways)) {
      checkpoint(journal.store.db)
      dirty = 0
    }
  }
  if (next === 'stop') stop(journal)
}

const receive = () => (receiveMessageOnPort(port as never) as { message: ArrivalBlock | 'stop' } | undefined)?.message

function commitOne(journal: OpenJournal, group: Arrival[], bytes: number): void {
  const began = performance.now()
  let verdicts: Verdict[]
  try {
    verdicts = commitGroup(journal.store, journal.head, group, journal.key)
    dirty += bytes * 1.25 + commitOverhead
  } catch (error) {
    const failure = storageFailure(error)
    const why = failure === 'full' ? 'full' : failure === 'busy' ? 'overloaded' : 'io'
    verdicts = group.map(() => ({ kind: 'failed', why }))
    if (why === 'io') say({ kind: 'failed', reason: (error as Error).message })
  }
  reached('journal.before-answer')
  say({ kind: 'verdicts', verdicts, position: journal.head.position, commitMs: performance.now() - began })
  Atomics.add(wake, 0, 1)
  Atomics.notify(wake, 0)
}

function stop(journal: OpenJournal): void {
  inTransaction(journal.store.db, (tx) => journal.store.stop(tx, journal.boot, Date.now()))
  checkpoint(journal.store.db, 'TRUNCATE')
  journal.store.db.close()
  say({ kind: 'stopped' })
  port.close()
}
