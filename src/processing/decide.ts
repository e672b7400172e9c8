// What becomes of one entry, decided without writing anything; both engines decide by this file.
import { hash } from 'node:crypto'
import { marksOf } from '../intake/head.ts'
import type { JournalEntry } from '../intake/journal-store.ts'
import type { Held } from '../records/held-store.ts'
import type { PatientForm } from '../records/history-store.ts'
import type { Standing } from '../records/ledger-store.ts'
import type { Patient } from '../records/patient-store.ts'
import type { HistoryReader } from '../study/rules/history.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { reached } from '../system/points.ts'
import { backOffMs, mostAttempts } from './back-off.ts'
import { contextOf } from './context-of-entry.ts'
import { evaluate, type Outcome } from './effect.ts'
import { type Lanes, laneOf } from './lane.ts'
import { type ReadEntry, readEntry } from './read-entry.ts'

/** An outcome, or why there is none yet. */
export type Result =
  | Outcome
  | {
      readonly kind: 'hold'
      readonly state: 'retrying' | 'dead'
      readonly code: string
      readonly attempts: number
      readonly attempting: boolean
      readonly nextAttemptAt: number | undefined
    }

/** Waits for the earlier entry of its lane, which wakes it. */
export const behind: Result = {
  kind: 'hold',
  state: 'retrying',
  code: 'behind',
  attempts: 0,
  attempting: false,
  nextAttemptAt: undefined,
}

/** Evaluated alone, in a child, and it took the child with it. */
export const killed = (attempts: number): Result => ({
  kind: 'hold',
  state: 'dead',
  code: 'killer',
  attempts,
  attempting: false,
  nextAttemptAt: undefined,
})

/** One entry with its result, ready to be written. `before` is its held row, if it was held until now. */
export type Decided = {
  readonly entry: JournalEntry
  readonly lane: string
  readonly result: Result
  readonly before: Held | undefined
}

/** What an entry is decided by. */
export type Surroundings = {
  readonly versions: (studyId: string) => StudyVersions | undefined
  readonly patient: (studyId: string, patientId: string) => Patient | undefined
  /** Earlier entries of a patient's form, for rules that look back. */
  readonly history: (of: PatientForm) => HistoryReader
  readonly lanes: Pick<Lanes, 'size' | 'closedBy'>
  readonly now: () => number
  readonly random: () => number
}

/** What an evaluation needs of them. */
export type Evaluated = Pick<Surroundings, 'versions' | 'patient' | 'history'>

/** Deaths after which an entry runs alone. */
export const deathsUntilAlone = 2

/** Decides what becomes of an entry; never throws, because one entry's trouble is its own (P5). */
export function decide(entry: JournalEntry, s: Surroundings): Decided {
  if (isDamaged(entry)) {
    return { entry, lane: `entry ${entry.position}`, result: damagedResult, before: undefined }
  }
  const submission = readEntry(entry)
  let result: Result
  try {
    result = evaluateSubmission(entry, submission, s)
  } catch {
    result = failed(1, s)
  }
  const lane = laneOf(submission)
  const waits = s.lanes.size > 0 && s.lanes.closedBy(lane) !== undefined
  return { entry, lane, result: waits ? behind : result, before: undefined }
}

/** Evaluates one entry; throws what the evaluation throws. */
export function evaluateEntry(entry: JournalEntry, s: Evaluated): Result {
  return isDamaged(entry) ? damagedResult : evaluateSubmission(entry, readEntry(entry), s)
}

function evaluateSubmission(entry: JournalEntry, submission: ReadEntry, s: Evaluated): Result {
  reached('processing.evaluate', submission.submissionId)
  const versions = s.versions(entry.studyId)
  if (versions === undefined) return { kind: 'quarantine', code: 'unknown-study', findings: [] }
  const patient = s.patient(entry.studyId, entry.patientId)
  if (patient === undefined) return { kind: 'quarantine', code: 'unknown-patient', findings: [] }
  const { studyId, patientId } = entry
  const context = contextOf(versions, {
    patient,
    receivedAt: entry.receivedAt,
    submission,
    marks: marksOf(entry.head),
    history: (form) => s.history({ studyId, patientId, form }),
  })
  return evaluate(context)
}

/** The result of an attempt that threw: try again later, or, after enough attempts, a dead letter. */
export function failed(attempts: number, deps: Pick<Surroundings, 'now' | 'random'>): Result {
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
export function suspected(
  entry: JournalEntry,
  deaths: number,
  { lanes, now }: Pick<Surroundings, 'lanes' | 'now'>,
): Decided {
  const lane = laneOf(readEntry(entry))
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

/** An entry waits when an earlier one of its lane was held in this very batch. */
export function afterLane(decided: Decided, closing: readonly Decided[]): Decided {
  if (closing.length === 0) return decided
  return closing.some((c) => c.lane === decided.lane) ? { ...decided, result: behind } : decided
}

/** Whether the entry will be tried again, and so closes its lane. */
export const willRetry = ({ result }: Decided): boolean =>
  result.kind === 'hold' && result.state === 'retrying'

/** Where a held entry stood in the ledger; `done` never comes back. */
export const standingOf = (held: Held | undefined): Standing | undefined =>
  held === undefined || held.state === 'done' ? undefined : held.state
