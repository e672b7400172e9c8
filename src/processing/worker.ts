// The processing of the journal, one batch after the other.
//
// Way of an entry: waiting (in the journal) → applied | quarantined | retrying → applied | quarantined | dead.
// If a batch fails for one entry's sake, its entries are taken one by one and only that entry is held. After a
// death in the middle of a batch, its entries are taken one by one; an entry that two deaths point to is held
// and then runs in a child (alone.ts). So no entry stands in the way of another patient's (P5).
import { hash } from 'node:crypto'
import type { SqliteJournalReader } from '../intake/journal-store.sqlite.ts'
import type { JournalEntry } from '../intake/journal-store.ts'
import type { Submission } from '../intake/submission-schema.ts'
import type { Patient } from '../records/patient-store.ts'
import { storageFailure } from '../storage/failure.ts'
import type { Database } from '../storage/sqlite.ts'
import type { StudyPlan } from '../study/plan.ts'
import { reached } from '../system/points.ts'
import { type Books, behind, type Decided, type Result } from './apply.ts'
import { type Attempt, interruptedAttempt, writeAttempt } from './attempt-marker.ts'
import { backOffMs, mostAttempts } from './back-off.ts'
import { batchWriter } from './batch-writer.ts'
import { evaluate } from './effect.ts'
import { type Lanes, laneOf } from './lane.ts'

/** What the worker works with; all of it is made elsewhere. */
export type WorkerDeps = {
  readonly db: Database
  readonly journal: SqliteJournalReader
  readonly books: Books
  readonly lanes: Lanes
  readonly plan: (studyId: string) => StudyPlan | undefined
  readonly patient: (studyId: string, patientId: string) => Patient | undefined
  readonly attemptFile: string
  readonly now: () => number
  readonly random: () => number
  /** Called before each entry that is taken by itself: a slow disk is not an endless evaluation. */
  readonly alive: () => void
  /** Called after each commit with the receipt times of the entries taken in it. */
  readonly onApplied: (receivedAt: readonly number[], at: number) => void
}

/** Entries in a batch at most: long enough to share a flush among many, short enough to let staff actions in. */
export const batchSize = 1000
/** Deaths after which an entry runs alone. */
const deathsUntilAlone = 2

export type ProcessingWorker = {
  /** Takes the next batch; returns how many entries it took. Throws only what must stop the process. */
  takeBatch(): number
  position(): number
  /** Evaluates one entry in this thread; throws what the evaluation throws. */
  evaluateEntry(entry: JournalEntry): Result
  /** Commits a decided entry that had been held. */
  settle(decided: Decided): void
}

export function processingWorker(deps: WorkerDeps): ProcessingWorker {
  const writer = batchWriter(deps)
  const { progress } = writer
  let interrupted: Attempt | undefined = interruptedAttempt(deps.attemptFile, progress.journalPosition)

  const evaluateSubmission = (entry: JournalEntry, submission: Submission): Result => {
    reached('processing.evaluate', submission.submissionId)
    const plan = deps.plan(entry.studyId)
    if (plan === undefined) return { kind: 'quarantine', code: 'unknown-study', findings: [] }
    const patient = deps.patient(entry.studyId, entry.patientId)
    if (patient === undefined) return { kind: 'quarantine', code: 'unknown-patient', findings: [] }
    return evaluate({ plan, patient, receivedAt: entry.receivedAt, submission })
  }

  /** Decides what becomes of an entry; never throws, because one entry's trouble is its own (P5). */
  const decide = (entry: JournalEntry): Decided => {
    if (isDamaged(entry)) {
      return { entry, lane: `entry ${entry.position}`, result: damagedResult, before: undefined }
    }
    const submission = JSON.parse(entry.body) as Submission
    let result: Result
    try {
      result = evaluateSubmission(entry, submission)
    } catch {
      result = failed(1, deps)
    }
    const lane = laneOf(submission)
    const waits = deps.lanes.size > 0 && deps.lanes.closedBy(lane) !== undefined
    return { entry, lane, result: waits ? behind : result, before: undefined }
  }

  const takeOneByOne = (to: number, deaths: number) => {
    while (progress.journalPosition < to) {
      const position = progress.journalPosition + 1
      deps.alive()
      writeAttempt(deps.attemptFile, { from: position, to: position, deaths })
      const suspect = deaths >= deathsUntilAlone
      const entries = deps.journal.entriesUpTo(position - 1, position)
      try {
        writer.take(entries, suspect ? (entry) => suspected(entry, deaths, deps) : decide, position)
      } catch (error) {
        if (storageFailure(error) !== 'none') throw error
        const again = deps.journal.entriesUpTo(position - 1, position)
        writer.take(again, (entry) => ({ ...decide(entry), result: failed(1, deps) }), position)
      }
    }
  }

  const takeBatch = (): number => {
    const from = progress.journalPosition
    const to = Math.min(deps.journal.lastPosition(), from + batchSize)
    if (to === from) {
      if (deps.journal.secondBodiesAfter(progress.secondBodyId, 1).length > 0) writer.take([], decide, to)
      return 0
    }
    if (interrupted !== undefined) {
      const { to: last, deaths } = interrupted
      interrupted = undefined
      takeOneByOne(last, deaths)
      return last - from
    }
    reached('processing.before-batch')
    writeAttempt(deps.attemptFile, { from: from + 1, to, deaths: 0 })
    try {
      writer.take(deps.journal.entriesUpTo(from, to), decide, to)
    } catch (error) {
      if (storageFailure(error) !== 'none') throw error
      takeOneByOne(to, 0)
    }
    return to - from
  }

  return {
    takeBatch,
    position: () => progress.journalPosition,
    evaluateEntry: (entry) =>
      isDamaged(entry) ? damagedResult : evaluateSubmission(entry, JSON.parse(entry.body) as Submission),
    settle: writer.settle,
  }
}

/** The result of an attempt that threw: try again later, or, after enough attempts, a dead letter. */
export function failed(attempts: number, deps: Pick<WorkerDeps, 'now' | 'random'>): Result {
  const dead = attempts >= mostAttempts
  const nextAttemptAt = dead ? undefined : deps.now() + backOffMs(attempts, deps.random())
  return {
    kind: 'hold',
    state: dead ? 'dead' : 'retrying',
    code: 'failed',
    attempts,
    attempting: false,
    nextAttemptAt,
  }
}

/** Whether the bytes are not those that were received (P6): nobody may act on them. */
const isDamaged = (entry: JournalEntry): boolean => hash('sha256', entry.body, 'hex') !== entry.sha256

/** A named person must bring the right bytes back, from the device or from a copy of the journal. */
const damagedResult: Result = { kind: 'quarantine', code: 'damaged-in-journal', findings: [] }

/**
 * An entry that deaths point to is held as if its attempt had not ended, so that it is next tried alone: at
 * once, or when the earlier entry of its lane wakes it.
 */
function suspected(
  entry: JournalEntry,
  deaths: number,
  { lanes, now }: Pick<WorkerDeps, 'lanes' | 'now'>,
): Decided {
  const lane = laneOf(JSON.parse(entry.body) as Submission)
  const result: Result = {
    kind: 'hold',
    state: 'retrying',
    code: 'killer',
    attempts: deaths,
    attempting: true,
    nextAttemptAt: lanes.closedBy(lane) === undefined ? now() : undefined,
  }
  return { entry, lane, result, before: undefined }
}
