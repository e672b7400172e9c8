// The processing of the journal, one batch after the other.
//
// Way of an entry: waiting (in the journal) → applied | quarantined | retrying → applied | quarantined | dead.
// A batch is one transaction: effects, audit, ledger and journal position, all or nothing (P3). If it fails
// for one entry's sake, its entries are done one by one and only that entry is held. After a death in the
// middle, the interrupted entries are done one by one; an entry that two deaths point to runs in a child (alone.ts).
import type { JournalEntry, JournalReader } from '../intake/journal-store.sqlite.ts'
import type { Submission } from '../intake/submission-schema.ts'
import type { Held } from '../records/held-store.sqlite.ts'
import type { Progress, Standing } from '../records/ledger-store.sqlite.ts'
import type { Patient } from '../records/patient-store.sqlite.ts'
import { storageFailure } from '../storage/failure.ts'
import { type Database, inTransaction, type Transaction } from '../storage/sqlite.ts'
import type { StudyPlan } from '../study/plan.ts'
import { reached } from '../system/points.ts'
import { type Books, count, type Decided, type Result, type Tally, write } from './apply.ts'
import { type Attempt, interruptedAttempt, writeAttempt } from './attempt-marker.ts'
import { backOffMs, mostAttempts } from './back-off.ts'
import { noteConflicts } from './conflicts.ts'
import { evaluate } from './effect.ts'
import { laneOf, type Lanes } from './lane.ts'

/** What the worker works with; `deps` because every one is made elsewhere. */
export type WorkerDeps = {
  readonly db: Database
  readonly journal: JournalReader
  readonly books: Books
  readonly lanes: Lanes
  readonly plan: (studyId: string) => StudyPlan | undefined
  readonly patient: (studyId: string, patientId: string) => Patient | undefined
  readonly attemptFile: string
  readonly now: () => number
  readonly random: () => number
  /** Called after each commit with the entries taken in it. */
  readonly onApplied: (entries: readonly JournalEntry[], at: number) => void
}

const batchSize = 500
const batchBytes = 8 * 1024 * 1024
/** Deaths after which an entry runs alone. */
const deathsUntilAlone = 2

export type ProcessingWorker = {
  /** Takes the next batch; returns how many entries it took. Throws only what must stop the process. */
  takeBatch(): number
  position(): number
  /** Evaluates one entry in this thread; throws what the evaluation throws. */
  evaluateEntry(entry: JournalEntry): { result: Result; lane: string }
  /** Commits decided entries that had been held. */
  writeHeld(decided: Decided): void
}

export function processingWorker(deps: WorkerDeps): ProcessingWorker {
  const { books } = deps
  const progress: Progress = books.ledger.progress()
  const taken = new Map([...books.ledger.rows()].map(([studyId, row]) => [studyId, row.taken]))
  let interrupted: Attempt | undefined = interruptedAttempt(deps.attemptFile, progress.journalPosition)

  const evaluateEntry = (entry: JournalEntry): { result: Result; lane: string } => {
    const submission = JSON.parse(entry.body.toString()) as Submission
    const lane = laneOf(submission)
    reached('processing.evaluate', entry.submissionId)
    const plan = deps.plan(entry.studyId)
    if (plan === undefined) return { lane, result: { kind: 'quarantine', code: 'unknown-study', findings: [] } }
    const patient = deps.patient(entry.studyId, entry.patientId)
    if (patient === undefined) return { lane, result: { kind: 'quarantine', code: 'unknown-patient', findings: [] } }
    return { lane, result: evaluate({ plan, patient, entry, submission }) }
  }

  /** Decides what becomes of an entry; never throws, because one entry's trouble is its own (P5). */
  const decide = (entry: JournalEntry): Decided => {
    try {
      const { result, lane } = evaluateEntry(entry)
      if (deps.lanes.closedBy(lane) === undefined) return { entry, lane, result, before: undefined }
      return { entry, lane, result: behind, before: undefined }
    } catch {
      return { entry, lane: laneOfBody(entry), result: failed(1, deps), before: undefined }
    }
  }

  const commit = (decided: readonly Decided[], next: Progress) => {
    const now = deps.now()
    const at = new Date(now).toISOString()
    const closing: Decided[] = []
    const ahead = new Map<string, number>()
    try {
      inTransaction(deps.db, (tx) => {
        const tally: Tally = new Map()
        const closed = new Set<string>()
        for (const d of decided) {
          const ready = closed.has(d.lane) ? { ...d, result: behind } : d
          const standing = write(tx, books, ready, now, at)
          if (standing === 'retrying') {
            closed.add(d.lane)
            closing.push(ready)
          }
          count(tally, d.entry.studyId, standing, undefined)
        }
        for (const [studyId, row] of tally) {
          books.ledger.move(tx, studyId, row)
          ahead.set(studyId, (taken.get(studyId) ?? 0) + row.taken)
          books.audit.accountFor(studyId, ahead.get(studyId)!)
        }
        noteConflicts(tx, deps.journal, books.audit, next, at)
        books.ledger.setProgress(tx, next)
        books.audit.save(tx)
        reached('processing.before-commit')
      })
    } catch (error) {
      books.audit.reload()
      throw error
    }
    reached('processing.after-commit')
    Object.assign(progress, next)
    for (const [studyId, n] of ahead) taken.set(studyId, n)
    for (const d of closing) deps.lanes.close(d.lane, d.entry.position)
    deps.onApplied(decided.map((d) => d.entry), now)
  }

  const takeOneByOne = (entries: readonly JournalEntry[], deaths: number) => {
    for (const entry of entries) {
      const { position } = entry
      writeAttempt(deps.attemptFile, { from: position, to: position, deaths })
      const next = { journalPosition: position, secondBodyId: progress.secondBodyId }
      const decided = deaths >= deathsUntilAlone ? suspected(entry, deaths, deps.now()) : decide(entry)
      try {
        commit([decided], next)
      } catch (error) {
        if (storageFailure(error) !== 'none') throw error
        commit([{ ...decided, result: failed(1, deps) }], next)
      }
    }
  }

  const takeBatch = (): number => {
    const from = progress.journalPosition
    const entries = deps.journal.entriesAfter(from, batchSize, batchBytes)
    const waitingConflicts = entries.length === 0 && deps.journal.secondBodiesAfter(progress.secondBodyId, 1).length > 0
    if (waitingConflicts) commit([], { ...progress })
    if (entries.length === 0) return 0
    refuseGaps(entries, from, taken)
    if (interrupted !== undefined) {
      const { to, deaths } = interrupted
      const suspects = entries.filter((e) => e.position <= to)
      if (suspects.length > 0) {
        takeOneByOne(suspects, deaths)
        if (suspects.length < entries.length || progress.journalPosition >= to) interrupted = undefined
        return suspects.length
      }
      interrupted = undefined
    }
    reached('processing.before-batch')
    const to = entries.at(-1)!.position
    writeAttempt(deps.attemptFile, { from: from + 1, to, deaths: 0 })
    try {
      commit(entries.map(decide), { journalPosition: to, secondBodyId: progress.secondBodyId })
    } catch (error) {
      if (storageFailure(error) !== 'none') throw error
      takeOneByOne(entries, 0)
    }
    return entries.length
  }

  const writeHeld = (decided: Decided) => {
    const now = deps.now()
    const at = new Date(now).toISOString()
    const { lane, entry } = decided
    const waits = decided.result.kind === 'hold' && decided.result.state === 'retrying'
    try {
      inTransaction(deps.db, (tx) => {
        const tally: Tally = new Map()
        count(tally, entry.studyId, write(tx, books, decided, now, at), standingOf(decided.before))
        for (const [studyId, row] of tally) books.ledger.move(tx, studyId, row)
        if (!waits) wakeNext(tx, deps, lane, entry.position, now)
        books.audit.save(tx)
      })
    } catch (error) {
      books.audit.reload()
      throw error
    }
    if (waits) deps.lanes.close(lane, entry.position)
    else deps.lanes.open(lane, entry.position)
  }

  return { takeBatch, evaluateEntry, writeHeld, position: () => progress.journalPosition }
}

/** Waits for the earlier entry of its lane, which wakes it. */
const behind: Result = { kind: 'hold', state: 'retrying', code: 'behind', attempts: 0, attempting: false, nextAttemptAt: undefined }

/** The result of an attempt that threw: try again later, or, after enough attempts, a dead letter. */
export function failed(attempts: number, deps: Pick<WorkerDeps, 'now' | 'random'>): Result {
  const dead = attempts >= mostAttempts
  const nextAttemptAt = dead ? undefined : deps.now() + backOffMs(attempts, deps.random())
  return { kind: 'hold', state: dead ? 'dead' : 'retrying', code: 'failed', attempts, attempting: false, nextAttemptAt }
}

/** An entry that deaths point to is held as if its attempt had not ended, so that it is next tried alone. */
function suspected(entry: JournalEntry, deaths: number, now: number): Decided {
  const result: Result = { kind: 'hold', state: 'retrying', code: 'killer', attempts: deaths, attempting: true, nextAttemptAt: now }
  return { entry, lane: laneOfBody(entry), result, before: undefined }
}

function laneOfBody(entry: JournalEntry): string {
  return laneOf(JSON.parse(entry.body.toString()) as Submission)
}

/** Where a held entry stood in the ledger; `done` never comes back. */
const standingOf = (held: Held | undefined): Standing | undefined =>
  held === undefined || held.state === 'done' ? undefined : held.state

/** When an entry leaves its lane, the next one behind it is due at once. */
function wakeNext(tx: Transaction, deps: WorkerDeps, lane: string, leaving: number, now: number): void {
  const next = deps.lanes.nextIn(lane, leaving)
  const row = next === undefined ? undefined : deps.books.held.at(next)
  if (row?.state === 'retrying') deps.books.held.put(tx, { ...row, nextAttemptAt: now })
}

/** Positions and log indexes have no holes; a hole means that the journal lost or hides an entry. */
function refuseGaps(entries: readonly JournalEntry[], from: number, taken: ReadonlyMap<string, number>): void {
  const expected = new Map(taken)
  let position = from
  for (const entry of entries) {
    position += 1
    const logIndex = expected.get(entry.studyId) ?? 0
    if (entry.position !== position || entry.logIndex !== logIndex) {
      throw new Error(
        `the journal has a hole: after position ${position - 1} comes ${entry.position} (log index ${entry.logIndex} of ${entry.studyId}, ${logIndex} expected)`,
      )
    }
    expected.set(entry.studyId, logIndex + 1)
  }
}
