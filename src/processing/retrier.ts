// Tries held entries again when they are due. The attempt is on record before it begins, so that a death in
// it is known; an entry whose attempts end in deaths is evaluated alone, in a child with bounds.
import type { JournalEntry } from '../intake/journal-store.ts'
import type { Held } from '../records/held-store.ts'
import { storageFailure } from '../storage/failure.ts'
import { inTransaction } from '../storage/sqlite.ts'
import { deathsUntilAlone, failed, killed, type Result } from './decide.ts'
import type { ProcessingWorker, WorkerDeps } from './worker.ts'

const most = 50
/** An attempt counts as running for this long; the child's own limit is shorter. */
const attemptMs = 60_000

/** Evaluates one entry in a process of its own; rejects if that dies or takes too long. */
export type EvaluateAlone = (position: number) => Promise<Result>

export type Retrier = {
  /** Tries what is due. Throws only what must stop the process. */
  run(): void
  /** Resolves when no child runs any more. */
  settled(): Promise<void>
}

export function retrier(deps: WorkerDeps, worker: ProcessingWorker, alone: EvaluateAlone): Retrier {
  const running = new Map<number, Promise<void>>()
  // An attempt of an earlier life runs no more, so it need not be waited for.
  const interrupted = deps.books.held
    .retrying()
    .filter((held) => held.attempting && held.nextAttemptAt !== undefined)
  if (interrupted.length > 0) {
    inTransaction(deps.db, (tx) => {
      for (const held of interrupted) deps.books.held.put(tx, { ...held, nextAttemptAt: deps.now() })
    })
  }

  const begin = (held: Held): Held => {
    const started = {
      ...held,
      attempts: held.attempts + 1,
      attempting: true,
      nextAttemptAt: deps.now() + attemptMs,
    }
    inTransaction(deps.db, (tx) => deps.books.held.put(tx, started))
    return started
  }
  const end = (entry: JournalEntry, before: Held, result: Result) => {
    const decided = { entry, lane: before.lane, before }
    try {
      worker.settle({ ...decided, result })
    } catch (error) {
      if (storageFailure(error) !== 'none') throw error
      worker.settle({ ...decided, result: failed(before.attempts, deps) })
    }
  }
  const attemptHere = (entry: JournalEntry, started: Held) => {
    let result: Result
    try {
      result = worker.evaluateEntry(entry)
    } catch {
      result = failed(started.attempts, deps)
    }
    end(entry, started, result)
  }
  const attemptAlone = async (entry: JournalEntry, started: Held) => {
    end(entry, started, await alone(entry.position).catch(() => killed(started.attempts)))
    running.delete(entry.position)
  }

  return {
    run() {
      for (const held of deps.books.held.due(deps.now(), most)) {
        if (running.has(held.position)) continue
        const [entry] = deps.journal.entriesUpTo(held.position - 1, held.position)
        if (entry === undefined) throw new Error(`entry ${held.position} is held but not in the journal`)
        const started = begin(held)
        if (held.attempting && held.attempts >= deathsUntilAlone)
          running.set(held.position, attemptAlone(entry, started))
        else attemptHere(entry, started)
      }
    },
    async settled() {
      await Promise.all(running.values())
    },
  }
}
