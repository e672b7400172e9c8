// What must hold of a PostgreSQL connection before anything is written through it (P1), and after each commit before
// anybody is told that it is kept.
import type pg from 'pg'
import { UnfitServer } from './postgres-failure.ts'

/**
 * Where an acknowledged commit is: `standby`, flushed on the primary and on a standby; `one`, flushed on one machine
 * only, whose loss loses acknowledged diaries.
 */
export type Copies = 'standby' | 'one'

/** Older servers are not tried with Levee; as `server_version_num` has it. */
export const oldestServer = 150_000

/**
 * Set on each connection, whatever the role or the database say. Only warnings reach us, because the one that comes
 * with a COMMIT means that the wait for the standby was broken off. Nothing cancels a statement from the server's
 * side, because a cancelled COMMIT reports success. Waits for locks, sleeping transactions and dead clients are bounded.
 */
const session = {
  synchronous_commit: 'on',
  client_min_messages: 'warning',
  statement_timeout: '0',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '20s',
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '10000',
} as const

/** Read back and compared: the session's settings that the promises rest on, and the server's own. */
const needed = {
  synchronous_commit: session.synchronous_commit,
  client_min_messages: session.client_min_messages,
  statement_timeout: session.statement_timeout,
  default_transaction_isolation: session.default_transaction_isolation,
  fsync: 'on',
  full_page_writes: 'on',
  server_encoding: 'UTF8',
} as const

/**
 * Makes a new connection fit. Throws {@link UnfitServer} if the server is a standby, too old, or has a setting on which
 * the promises cannot rest. The settings are read by a statement of their own, so that a pooler that gives each
 * statement another session is found out.
 */
export async function checkConnection(client: pg.ClientBase, copies: Copies): Promise<void> {
  const names = Object.keys(session)
  const setAll = names.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`).join(', ')
  await client.query(`SELECT ${setAll}`, Object.entries(session).flat())
  const { rows } = await client.query<Record<string, unknown>>(
    `SELECT pg_is_in_recovery() AS standby, current_setting('server_version_num')::int AS version,
     (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name = ANY($1)) AS settings,
     current_setting('synchronous_standby_names') AS standbys`,
    [Object.keys(needed)],
  )
  const { standby, version, settings, standbys } = rows[0]!
  if (standby === true) throw new UnfitServer('this server is a standby', true)
  if (Number(version) < oldestServer) throw new UnfitServer(`server version ${version} is older than 15`)
  for (const [name, value] of Object.entries(needed)) {
    const read = (settings as Record<string, unknown>)[name]
    if (read !== value) throw new UnfitServer(`${name} is ${String(read)}, ${value} is needed`)
  }
  if (copies === 'standby' && String(standbys).trim() === '') throw new UnfitServer(noStandby)
}

const noStandby = 'synchronous_standby_names is empty, so a commit would not wait for a standby'

/**
 * Throws {@link UnfitServer} if commits have stopped to wait for a standby. Emptying `synchronous_standby_names` also
 * lets those commits go that were waiting, so this is asked after each commit that somebody will be told of.
 */
export async function checkStandbyNamed(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query({
    name: 'standby-named',
    text: `SELECT current_setting('synchronous_standby_names') AS standbys`,
  })
  if (String(rows[0]?.standbys).trim() === '') throw new UnfitServer(noStandby)
}
