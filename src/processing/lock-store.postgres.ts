// Who may do what now, among all nodes: locks of PostgreSQL that end with their transaction, and so with a node that
// dies. Order everywhere: plans, slots, attempts, held rows, audit heads, ledger rows.
import { slots } from '../intake/slot.ts'
import { acknowledgedStatement, clientOf, type Postgres, type Queryable } from '../storage/postgres.ts'
import { lockClasses } from '../storage/postgres-locks.ts'
import type { Transaction } from '../storage/transaction.ts'

/** The lock behind the last slot: batches share it, a publication has it alone, so that no batch sees two versions. */
const plansLock = slots

/** Keeps every plan as it is until the end of the transaction. */
export async function sharePlans(tx: Transaction): Promise<void> {
  await clientOf(tx).query('SELECT pg_advisory_xact_lock_shared($1, $2)', [lockClasses.slot, plansLock])
}

/** Waits for the batches that run; those that follow see what the transaction publishes. */
export async function ownPlans(tx: Transaction): Promise<void> {
  await clientOf(tx).query('SELECT pg_advisory_xact_lock($1, $2)', [lockClasses.slot, plansLock])
}

/** Waits until no batch and no retry works on a slot, and keeps them out until the end of the transaction. */
export async function lockSlot(tx: Transaction, slot: number): Promise<void> {
  await clientOf(tx).query('SELECT pg_advisory_xact_lock($1, $2)', [lockClasses.slot, slot])
}

/** Waits until no other node tends alerts; those it has tended are then seen as they stand. */
export async function ownAlertClock(tx: Transaction): Promise<void> {
  await clientOf(tx).query('SELECT pg_advisory_xact_lock($1, 0)', [lockClasses.alertClock])
}

/** Waits until no other node plans or claims reminders. */
export async function ownReminders(tx: Transaction): Promise<void> {
  await clientOf(tx).query('SELECT pg_advisory_xact_lock($1, 0)', [lockClasses.reminders])
}

/** The same without waiting: false if another transaction has the slot. */
export const tryLockSlot = (tx: Transaction, slot: number): Promise<boolean> =>
  tryLock(tx, lockClasses.slot, slot)

/** Whether it is this transaction's turn to sign checkpoints. */
export const takeCheckpointTurn = (tx: Transaction): Promise<boolean> =>
  tryLock(tx, lockClasses.checkpoint, 0)

async function tryLock(tx: Transaction, lockClass: number, which: number): Promise<boolean> {
  const { rows } = await clientOf(tx).query<{ mine: boolean }>(
    'SELECT pg_try_advisory_xact_lock($1, $2) AS mine',
    [lockClass, which],
  )
  return rows[0]!.mine
}

/** Returns after a flush, on the standby too, that began after all that is visible now was written. */
export async function flushedSoFar(db: Postgres): Promise<void> {
  await acknowledgedStatement(db, {
    name: 'flushed-so-far',
    text: "SELECT pg_logical_emit_message(true, 'levee', '')",
  })
}

/** Several reads of one moment, on a connection of their own. */
export async function inPostgresSnapshot<T>(db: Postgres, read: (db: Queryable) => Promise<T>): Promise<T> {
  const client = await db.pool.connect()
  let sound = false
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const result = await read(client)
    await client.query('COMMIT')
    sound = true
    return result
  } finally {
    client.release(!sound)
  }
}
