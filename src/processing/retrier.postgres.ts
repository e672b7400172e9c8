// Tries held entries again when they are due, on whichever node comes first. An attempt is one transaction that
// holds the entry's slot; that it began is on record on a connection apart, so that a death in it is known, and found
// at once, because the slot comes free with the node. An entry whose attempts end in deaths is evaluated alone, in a
// child with bounds and without the slot; that attempt counts as running until a moment on record. See retrier.ts.

import { heldStore } from '../records/held-store.postgres.ts'
import type { Held } from '../records/held-store.ts'
import { clientOf, inPostgresTransaction, postgresFailure } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import { reached } from '../system/points.ts'
import { writeDecided } from './batch-writer.postgres.ts'
import {
  type Decided,
  deathsUntilAlone,
  evaluateEntry,
  failed,
  killed,
  type Result,
  willRetry,
} from './decide.ts'
import { withHistory } from './gathered-history.postgres.ts'
import { lockSlot, sharePlans, tryLockSlot } from './lock-store.postgres.ts'
import { type Due, dueRetries, noteAttempt, retryingAt, wakeNext } from './retry-store.postgres.ts'
import { entryWithPatient, type WaitingEntry } from './waiting-store.postgres.ts'
import type { NodeDeps } from './worker.postgres.ts'

const most = 50
/** An attempt in a child counts as running for this long; the child's own limit is shorter. */
const attemptMs = 30_000

/** Evaluates one entry in a process of its own; rejects if that dies or takes too long; null if it could not read. */
export type EvaluateAlone = (position: number) => Promise<Result | null>

export type PostgresRetrier = {
  /** Tries what is due and not in another node's hands. Throws what the database throws. */
  run(): Promise<void>
  /** Resolves when no child runs any more. */
  settled(): Promise<void>
}

export function postgresRetrier(deps: NodeDeps, alone: EvaluateAlone): PostgresRetrier {
  const { db } = deps
  const running = new Map<number, Promise<void>>()

  /** The slot's holder tries here, or learns that the entry must be tried alone. */
  const attempt = async (due: Due): Promise<void> => {
    let begun: Held | undefined
    let forChild: Held | undefined
    try {
      await inPostgresTransaction(db, async (tx) => {
        await sharePlans(tx)
        const held = (await tryLockSlot(tx, due.slot)) ? await retryingAt(tx, due.position) : undefined
        if (held?.nextAttemptAt === undefined || held.nextAttemptAt > deps.now()) return
        const started = { ...held, attempts: held.attempts + 1, attempting: true }
        if (held.attempting && held.attempts >= deathsUntilAlone) {
          forChild = { ...started, nextAttemptAt: deps.now() + attemptMs }
          return heldStore(clientOf(tx)).putAll(tx, [forChild])
        }
        await noteAttempt(deps.apart, started)
        begun = started
        reached('processing.retry-begun')
        const entry = await entryWithPatient(tx, due.position)
        await settle(tx, due, {
          entry,
          before: started,
          lane: held.lane,
          result: await evaluated(tx, entry, started),
        })
      })
    } catch (error) {
      if (begun === undefined) throw error
      const { attempts } = begun
      await noteAttempt(deps.apart, { ...begun, attempts: attempts - 1, attempting: false }).catch(
        () => undefined,
      )
      if (postgresFailure(error) !== 'none') throw error
      await end(due, { ...begun, attempts: attempts - 1, attempting: false }, failed(attempts, deps))
    }
    if (forChild !== undefined) running.set(due.position, attemptAlone(due, forChild))
  }

  const evaluated = async (tx: Transaction, entry: WaitingEntry, { attempts }: Held): Promise<Result> => {
    const versions = await deps.versions(clientOf(tx))
    try {
      return await withHistory(tx, (history) =>
        deps.watched(() => evaluateEntry(entry, { versions, patient: () => entry.patient, history })),
      )
    } catch {
      return failed(attempts, deps)
    }
  }

  const attemptAlone = async (due: Due, started: Held): Promise<void> => {
    const result = await alone(due.position).catch(() => killed(started.attempts))
    // If the database is away, for the child or for us, the attempt is over at its time and another one follows.
    if (result !== null) await end(due, started, result).catch(() => undefined)
    running.delete(due.position)
  }

  /** The end of an attempt that did not hold the slot. Another one may have followed it by now: then it counts. */
  const end = (due: Due, before: Held, result: Result): Promise<void> =>
    inPostgresTransaction(db, async (tx) => {
      await lockSlot(tx, due.slot)
      const now = await retryingAt(tx, due.position)
      if (now?.attempts !== before.attempts || now.attempting !== before.attempting) return
      const entry = await entryWithPatient(tx, due.position)
      await settle(tx, due, { entry, before, lane: before.lane, result })
    })

  const settle = async (tx: Transaction, due: Due, decided: Decided): Promise<void> => {
    const now = deps.now()
    if (!willRetry(decided)) await wakeNext(tx, due, decided.lane, now)
    await writeDecided(tx, [decided], [], now)
    reached('processing.before-commit')
  }

  return {
    async run() {
      for (const due of await dueRetries(db.pool, deps.now(), most))
        if (!running.has(due.position)) await attempt(due)
    },
    async settled() {
      await Promise.all(running.values())
    },
  }
}
