// One batch, one transaction: effects, held rows, audit entries, ledger, journal position, all or nothing (P3).
// Entries stream through it, read, evaluated and written one after the other, so that a batch of any size
// keeps one entry in memory.
import { isSigned } from '../intake/head.ts'
import type { JournalEntry } from '../intake/journal-store.ts'
import type { EmbeddedAuditLog } from '../records/audit-log.ts'
import type { conflictStore } from '../records/conflict-store.sqlite.ts'
import type { SqliteHeldStore } from '../records/held-store.sqlite.ts'
import type { Progress, SqliteLedgerStore } from '../records/ledger-store.sqlite.ts'
import type { signedEntries } from '../records/signature-check-store.sqlite.ts'
import { inTransaction } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { reached } from '../system/points.ts'
import { type Books, write } from './apply.ts'
import { noteConflicts } from './conflicts.ts'
import type { EmbeddedCourseBook } from './course-book.ts'
import { afterLane, type Decided, standingOf, willRetry } from './decide.ts'
import { count, type Tally } from './tally.ts'
import type { WorkerDeps } from './worker.ts'

/** Everything a batch writes to. */
export type BatchBooks = Books & {
  readonly held: SqliteHeldStore
  readonly ledger: SqliteLedgerStore
  readonly audit: EmbeddedAuditLog
  readonly courses: EmbeddedCourseBook
  readonly conflicts: ReturnType<typeof conflictStore>
  readonly signed: ReturnType<typeof signedEntries>
}

export type BatchWriter = {
  readonly progress: Progress
  /** Takes entries (in order, without holes) and moves the journal position to the last of them. */
  take(entries: Iterable<JournalEntry>, decide: (entry: JournalEntry) => Decided, to: number): void
  /** Writes a decided entry that had been held. */
  settle(decided: Decided): void
}

export function batchWriter(deps: WorkerDeps): BatchWriter {
  const { books, db, lanes } = deps
  const progress: Progress = books.ledger.progress()
  const taken = new Map([...books.ledger.rows()].map(([studyId, row]) => [studyId, row.taken]))

  const take: BatchWriter['take'] = (entries, decide, to) => {
    const now = deps.now()
    const at = new Date(now).toISOString()
    const next = { journalPosition: to, secondBodyId: progress.secondBodyId }
    const ahead = new Map(taken)
    const closing: Decided[] = []
    const receivedAt: number[] = []
    const inOneTransaction = (tx: Transaction) => {
      const tally: Tally = new Map()
      let position = progress.journalPosition
      for (const entry of entries) {
        position += 1
        refuseHole(entry, position, ahead)
        const decided = afterLane(decide(entry), closing)
        const standing = write(tx, books, decided, now, at)
        if (isSigned(entry)) books.signed.add(tx, entry)
        if (standing === 'retrying') closing.push(decided)
        count(tally, entry.studyId, standing, undefined)
        receivedAt.push(entry.receivedAt)
      }
      if (position !== to) throw new Error(`the journal has a hole: position ${position + 1} is missing`)
      for (const [studyId, row] of tally) {
        books.ledger.move(tx, studyId, row)
        books.audit.accountFor(studyId, ahead.get(studyId)!)
      }
      noteConflicts(tx, deps.journal, books.audit, books.conflicts, next, at)
      books.ledger.setProgress(tx, next)
      books.audit.save(tx)
      reached('processing.before-commit')
    }
    atOnce(inOneTransaction)
    reached('processing.after-commit')
    Object.assign(progress, next)
    for (const [studyId, n] of ahead) taken.set(studyId, n)
    for (const { lane, entry } of closing) lanes.close(lane, entry.position)
    deps.onApplied(receivedAt, now)
  }

  const settle = (decided: Decided) => {
    const now = deps.now()
    const { lane, entry } = decided
    const waits = willRetry(decided)
    atOnce((tx) => {
      const tally: Tally = new Map()
      const standing = write(tx, books, decided, now, new Date(now).toISOString())
      count(tally, entry.studyId, standing, standingOf(decided.before))
      for (const [studyId, row] of tally) books.ledger.move(tx, studyId, row)
      if (!waits) wakeNext(tx, deps, lane, entry.position, now)
      books.audit.save(tx)
    })
    if (waits) lanes.close(lane, entry.position)
    else lanes.open(lane, entry.position)
  }

  /** The audit log's head in memory follows the transaction: after a rollback it is read again. */
  const atOnce = (work: (tx: Transaction) => void) => {
    try {
      inTransaction(db, work)
    } catch (error) {
      books.audit.reload()
      books.courses.rolledBack()
      throw error
    }
  }

  return { progress, take, settle }
}

/** Positions and log indexes have no holes; a hole means that the journal lost or hides an entry. */
function refuseHole(entry: JournalEntry, position: number, taken: Map<string, number>): void {
  const logIndex = taken.get(entry.studyId) ?? 0
  if (entry.position !== position || entry.logIndex !== logIndex) {
    throw new Error(
      `the journal has a hole: position ${position} (log index ${logIndex} of ${entry.studyId}) was expected, ${entry.position} (${entry.logIndex}) came`,
    )
  }
  taken.set(entry.studyId, logIndex + 1)
}

/** When an entry leaves its lane, the next one behind it is due at once. */
function wakeNext(tx: Transaction, deps: WorkerDeps, lane: string, leaving: number, now: number): void {
  const next = deps.lanes.nextIn(lane, leaving)
  const row = next === undefined ? undefined : deps.books.held.at(next)
  if (row?.state === 'retrying') deps.books.held.put(tx, { ...row, nextAttemptAt: now })
}
