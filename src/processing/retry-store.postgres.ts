// Held entries as the retrier and the batches of PostgreSQL need them. A held row changes only under the lock of its
// slot, so a row that says "attempting" under a free slot tells of an attempt that ended in a death.
import { type Held, heldOf } from '../records/held-store.ts'
import { clientOf, type Postgres, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'

/** A held entry that is due. */
export type Due = { readonly position: number; readonly slot: number }

/** What is due, the longest due first. */
export async function dueRetries(db: Queryable, now: number, most: number): Promise<Due[]> {
  const { rows } = await db.query<Due>(
    `SELECT position, slot FROM held WHERE state = 'retrying' AND next_attempt_at <= $1
     ORDER BY next_attempt_at, position LIMIT $2`,
    [now, most],
  )
  return rows
}

/** When the next retry is due, in milliseconds since the epoch. */
export async function nextRetry(db: Queryable): Promise<number | undefined> {
  const { rows } = await db.query<{ at: number | null }>(
    `SELECT MIN(next_attempt_at) AS at FROM held WHERE state = 'retrying'`,
  )
  return rows[0]?.at ?? undefined
}

/** The row of a held entry that is being retried. Whoever changes it holds its slot, so it needs no lock. */
export async function retryingAt(tx: Transaction, position: number): Promise<Held | undefined> {
  const { rows } = await clientOf(tx).query(`SELECT * FROM held WHERE position = $1 AND state = 'retrying'`, [
    position,
  ])
  return rows[0] === undefined ? undefined : heldOf(rows[0])
}

/** The closed lanes of these slots, and the entries that close them. */
export async function closedLanes(
  tx: Transaction,
  slots: readonly number[],
): Promise<{ lane: string; position: number }[]> {
  const { rows } = await clientOf(tx).query<{ lane: string; position: number }>(
    `SELECT lane, position FROM held WHERE state = 'retrying' AND slot = ANY($1::smallint[])`,
    [slots],
  )
  return rows
}

/** How many lanes are closed. */
export async function countClosedLanes(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `SELECT COUNT(DISTINCT lane) AS n FROM held WHERE state = 'retrying'`,
  )
  return rows[0]!.n
}

/** When an entry leaves its lane, the next one behind it is due at once. */
export async function wakeNext(
  tx: Transaction,
  { slot, position }: Due,
  lane: string,
  now: number,
): Promise<void> {
  await clientOf(tx).query(
    `UPDATE held SET next_attempt_at = $1 WHERE state = 'retrying' AND position = (
       SELECT MIN(position) FROM held WHERE state = 'retrying' AND slot = $2 AND lane = $3 AND position <> $4)`,
    [now, slot, lane, position],
  )
}

/**
 * Puts on record, on a connection apart, that an attempt begins or that it failed without a death. It need not be
 * flushed: it must survive the death of a node, not of the database.
 */
export async function noteAttempt(apart: Postgres, held: Held): Promise<void> {
  await apart.pool.query(
    `UPDATE held SET attempts = $2, attempting = $3 FROM set_config('synchronous_commit', 'off', true)
     WHERE position = $1 AND state = 'retrying'`,
    [held.position, held.attempts, held.attempting],
  )
}
