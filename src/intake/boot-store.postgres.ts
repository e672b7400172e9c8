// Statements on PostgreSQL about a node of intake itself: its start, its end, whether it can commit, its calls to
// processing.
import { acknowledgedStatement, type Postgres, type Queryable } from '../storage/postgres.ts'

/** How the life of this node before this one ended; asked before {@link boot}. */
export async function previousStop(db: Queryable, node: string): Promise<'first' | 'clean' | 'unclean'> {
  const { rows } = await db.query<{ stopped_at: number | null }>(
    'SELECT stopped_at FROM boots WHERE node = $1 ORDER BY id DESC LIMIT 1',
    [node],
  )
  if (rows[0] === undefined) return 'first'
  return rows[0].stopped_at === null ? 'unclean' : 'clean'
}

/** Commits the start of this node and returns the boot's id. */
export async function boot(db: Postgres, node: string, startedAt: number, version: string): Promise<number> {
  const { rows } = await acknowledgedStatement<{ id: number }>(db, {
    text: 'INSERT INTO boots (node, started_at, version) VALUES ($1, $2, $3) RETURNING id',
    values: [node, startedAt, version],
  })
  return rows[0]!.id
}

/** Commits the orderly end of this node. */
export async function noteStop(db: Postgres, bootId: number, stoppedAt: number): Promise<void> {
  await acknowledgedStatement(db, {
    text: 'UPDATE boots SET stopped_at = $2 WHERE id = $1',
    values: [bootId, stoppedAt],
  })
}

/** The last position that any group may have drawn: after a restore it must not lie before the last entry. */
export async function drawnUpTo(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ up_to: number }>(
    'SELECT CASE WHEN is_called THEN last_value + 511 ELSE last_value - 1 END AS up_to FROM groups',
  )
  return rows[0]!.up_to
}

/** Writes something to the log and waits for its flush and the standby, as every answer must. */
export async function confirmOnce(db: Postgres): Promise<void> {
  await acknowledgedStatement(db, { text: `SELECT pg_logical_emit_message(true, 'levee', '')` })
}

/** Wakes processing. Its commit waits for no flush, since it holds a lock that all notifying commits share. */
export async function ringProcessing(db: Queryable): Promise<void> {
  await db.query({
    name: 'journal-ring',
    text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify('levee_entries', '')`,
  })
}
