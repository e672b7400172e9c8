// The processing of the journal, one batch after the other.
//
// Way of an entry: waiting (in the journal) → applied | quarantined | retrying → applied | quarantined | dead.
// If a batch fails for one entry's sake, its entries are taken one by one and only that entry is held. After a
// death in the middle of a batch, its entries are taken one by one; an entry that two deaths point to is held
// and then runs in a child (alone.ts). So no entry stands in the way of another patient's (P5).
import type { SqliteJournalReader } from '../intake/journal-store.sqlite.ts'
import type { JournalEntry } from '../intake/journal-store.ts'
import { storageFailure } from '../storage/failure.ts'
import type { Database } from '../storage/sqlite.ts'
import { reached } from '../system/points.ts'
import { type Attempt, interruptedAttempt, writeAttempt } from './attempt-marker.ts'
import { type BatchBooks, batchWriter } from './batch-writer.ts'
import {
  type Decided,
  deathsUntilAlone,
  decide,
  evaluateEntry,
  failed,
  type Result,
  type Surroundings,
  suspected,
} from './decide.ts'
import type { Lanes } from './lane.ts'

/** What the worker works with; all of it is made elsewhere. */
export type WorkerDeps = Surroundings & {
  readonly db: Database
  readonly journal: SqliteJournalReader
  readonly books: BatchBooks
  readonly lanes: Lanes
  readonly attemptFile: string
  /** Called before each entry that is taken by itself: a slow disk is not an endless evaluation. */
  readonly alive: () => void
  /** Called after each commit with the receipt times of the entries taken in it. */
  readonly onApplied: (receivedAt: readonly number[], at: number) => void
}

/** Entries in a batch at most: long enough to share a flush among many, short enough to let staff actions in. */
export const batchSize = 1000

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

  const decideHere = (entry: JournalEntry) => decide(entry, deps)

  const takeOneByOne = (to: number, deaths: number) => {
    while (progress.journalPosition < to) {
      const position = progress.journalPosition + 1
      deps.alive()
      writeAttempt(deps.attemptFile, { from: position, to: position, deaths })
      const suspect = deaths >= deathsUntilAlone
      const entries = deps.journal.entriesUpTo(position - 1, position)
      try {
        writer.take(entries, suspect ? (entry) => suspected(entry, deaths, deps) : decideHere, position)
      } catch (error) {
        if (storageFailure(error) !== 'none') throw error
        const again = deps.journal.entriesUpTo(position - 1, position)
        writer.take(again, (entry) => ({ ...decide(entry, deps), result: failed(1, deps) }), position)
      }
    }
  }

  const takeBatch = (): number => {
    const from = progress.journalPosition
    const to = Math.min(deps.journal.lastPosition(), from + batchSize)
    if (to === from) {
      if (deps.journal.secondBodiesAfter(progress.secondBodyId, 1).length > 0) writer.take([], decideHere, to)
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
      writer.take(deps.journal.entriesUpTo(from, to), decideHere, to)
    } catch (error) {
      if (storageFailure(error) !== 'none') throw error
      takeOneByOne(to, 0)
    }
    return to - from
  }

  return {
    takeBatch,
    position: () => progress.journalPosition,
    evaluateEntry: (entry) => evaluateEntry(entry, deps),
    settle: writer.settle,
  }
}
