// The journal's writer thread: the only connection that writes or checkpoints journal.db.
//
// States: opening → ready → (committing ⇄ idle) → stopped; any storage error except a full disk → failed.
// While one commit runs, further blocks queue at the port; the next commit takes all of them, up to a bound.
// There is no timer: a lone entry is committed at once, a flood forms large groups by itself.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type Arrival, packVerdicts, unpackArrivals, type Verdict } from './intake/arrival.ts'
import { commitGroup } from './intake/commit-group.ts'
import type { JournalThreadData, JournalThreadMessage } from './intake/journal.ts'
import { type OpenJournal, openJournal } from './intake/open-journal.ts'
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

type Block = Uint8Array

const data = workerData as JournalThreadData
const port = parentPort!
const say = (message: JournalThreadMessage) => port.postMessage(message)

await watchPoints(data.pointsModule)
const journal = open()
const wake = new Int32Array(data.wake)
let dirty = 0
/** Set by the first failed write or flush: nothing is committed or promised after it (fail-stop, reliability: D4). */
let failed = false
if (journal !== undefined) {
  port.on('message', (message: Block | 'stop') =>
    message === 'stop' ? stop(journal) : commitWaiting(journal, message),
  )
  say({
    kind: 'ready',
    position: journal.head.position,
    totals: [...journal.head.totals],
    previousStop: journal.previousStop,
  })
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
function commitWaiting(journal: OpenJournal, block: Block): void {
  let next: Block | 'stop' | undefined = block
  while (next !== undefined && next !== 'stop') {
    const group: Arrival[] = []
    let bytes = 0
    while (next !== undefined && next !== 'stop') {
      for (const arrival of unpackArrivals(next)) group.push(arrival)
      bytes += next.byteLength
      next = group.length < mostEntries && bytes < mostBytes ? receive() : undefined
    }
    const stopping = next === 'stop'
    commitOne(journal, group, bytes)
    if (stopping) {
      stop(journal)
      return
    }
    next = receive()
    if (dirty > (next === undefined ? checkpointAtRest : checkpointAlways)) {
      checkpointNow(journal)
    }
  }
  if (next === 'stop') stop(journal)
}

const receive = () =>
  (receiveMessageOnPort(port as never) as { message: Block | 'stop' } | undefined)?.message

function commitOne(journal: OpenJournal, group: Arrival[], bytes: number): void {
  const began = performance.now()
  let verdicts: Verdict[]
  try {
    if (failed) throw new Error('the storage failed before')
    verdicts = commitGroup(journal.store, journal.head, group, journal.key)
    dirty += bytes * 1.25 + commitOverhead
  } catch (error) {
    const failure = storageFailure(error)
    const why = failure === 'full' ? 'full' : failure === 'busy' ? 'overloaded' : 'io'
    verdicts = group.map(() => ({ kind: 'failed', why }))
    if (why === 'io' && !failed) say({ kind: 'failed', reason: (error as Error).message })
    if (why === 'io') failed = true
  }
  reached('journal.before-answer')
  say({
    kind: 'verdicts',
    verdicts: packVerdicts(verdicts),
    position: journal.head.position,
    commitMs: performance.now() - began,
  })
  Atomics.add(wake, 0, 1)
  Atomics.notify(wake, 0)
}

/** A full disk postpones it: the entries stay in the WAL, and new ones get 507 when that cannot grow either. */
function checkpointNow(journal: OpenJournal): void {
  try {
    checkpoint(journal.store.db)
    dirty = 0
  } catch (error) {
    if (storageFailure(error) !== 'full') throw error
  }
}

/** After a failure the file is left as it is: closing it would flush again what a flush has already lost. */
function stop(journal: OpenJournal): void {
  if (!failed) {
    try {
      inTransaction(journal.store.db, (tx) => journal.store.stop(tx, journal.boot, Date.now()))
      checkpoint(journal.store.db, 'TRUNCATE')
    } catch (error) {
      if (storageFailure(error) !== 'full') throw error
    }
    journal.store.db.close()
  }
  say({ kind: 'stopped' })
  port.close()
}
