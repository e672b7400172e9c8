// What `levee doctor --database` asks of the PostgreSQL server itself. Every session is read-only, and unlike a node's
// it is opened whatever the settings are, because it is there to tell what is wrong with them.
import pg from 'pg'
import { types } from '../../storage/postgres-types.ts'

/** Milliseconds until a connection stands, and until a statement that reads every entry of a range has answered. */
const connectWithinMs = 5000
const answerWithinMs = 600_000

/** Connections for looking only. Disposing of it closes them. */
export type Look = AsyncDisposable & { readonly pool: pg.Pool }

/** Throws the driver's error if the server cannot be reached. */
export async function openLook(url: string): Promise<Look> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'levee doctor',
    max: 2,
    connectionTimeoutMillis: connectWithinMs,
    query_timeout: answerWithinMs,
    options: '-c default_transaction_read_only=on -c statement_timeout=0',
    types,
  })
  pool.on('error', () => {})
  try {
    ;(await pool.connect()).release()
  } catch (error) {
    await pool.end()
    throw error
  }
  return { pool, [Symbol.asyncDispose]: () => pool.end() }
}

/** Runs reads that belong to one moment. */
export async function inLookSnapshot<T>(
  { pool }: Look,
  read: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await read(client)
  } finally {
    await client.query('ROLLBACK').catch(() => {})
    client.release()
  }
}

export type ServerFacts = {
  readonly version: string
  readonly versionNumber: number
  readonly standby: boolean
  readonly role: string
  /** Whether this role sees the figures of other roles' sessions and of replication. */
  readonly monitors: boolean
  readonly databaseBytes: number
  /** Transactions until identifiers run out are 2^31 less this. */
  readonly frozenAge: number
  readonly local: boolean
  /** Patroni looks after the server; then it decides who confirms commits. */
  readonly patroni: boolean
}

export async function serverFacts({ pool }: Look): Promise<ServerFacts> {
  const { rows } = await pool.query<ServerFacts>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS "versionNumber",
       pg_is_in_recovery() AS standby, current_user AS role,
       pg_has_role(current_user, 'pg_monitor', 'USAGE') AS monitors,
       pg_database_size(current_database()) AS "databaseBytes",
       (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS "frozenAge",
       COALESCE(inet_server_addr() = inet_client_addr(), true) AS local,
       EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'Patroni%') AS patroni`,
  )
  return rows[0]!
}

/** Settings by name, as the configuration file writes them; those this role may not see are missing. */
export async function serverSettings({ pool }: Look, names: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1)',
    [names],
  )
  return new Map(rows.map((r) => [r.name, r.value]))
}

/** The server's clock in milliseconds since the epoch. */
export async function serverClock({ pool }: Look): Promise<number> {
  const { rows } = await pool.query<{ now: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  )
  return rows[0]!.now
}

export type Standby = {
  readonly name: string
  readonly address: string | null
  readonly state: string | null
  /** `sync` and `quorum` confirm commits; `potential` will when one of them is gone; `async` never does. */
  readonly sync: string | null
  readonly flushLagMs: number | null
  /** Bytes of the log that it has not flushed yet. */
  readonly behind: number | null
}

/** Only on the primary. */
export async function standbys({ pool }: Look): Promise<Standby[]> {
  const { rows } = await pool.query<Standby>(
    `SELECT application_name AS name, client_addr::text AS address, state, sync_state AS sync,
       (extract(epoch FROM flush_lag) * 1000)::float8 AS "flushLagMs",
       pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn)::float8 AS behind
     FROM pg_stat_replication WHERE application_name <> 'pg_basebackup' ORDER BY application_name`,
  )
  return rows
}

export type Slot = {
  readonly name: string
  readonly active: boolean
  /** `reserved`, `extended`, `unreserved` or `lost` (PostgreSQL documentation, pg_replication_slots). */
  readonly standing: string | null
  readonly keptBytes: number | null
}

/** Only on the primary. */
export async function replicationSlots({ pool }: Look): Promise<Slot[]> {
  const { rows } = await pool.query<Slot>(
    `SELECT slot_name AS name, active, wal_status AS standing,
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS "keptBytes"
     FROM pg_replication_slots ORDER BY slot_name`,
  )
  return rows
}

/** Bytes in the folder of the log; undefined where this role may not ask. */
export async function walBytes({ pool }: Look): Promise<number | undefined> {
  try {
    const { rows } = await pool.query<{ n: number }>('SELECT sum(size)::float8 AS n FROM pg_ls_waldir()')
    return rows[0]!.n
  } catch {
    return undefined
  }
}

/** How archiving goes; times in milliseconds since the epoch. */
export type Archiver = {
  readonly archived: number
  readonly failed: number
  readonly lastArchivedAt: number | null
  readonly lastFailedAt: number | null
}

export async function archiver({ pool }: Look): Promise<Archiver> {
  const { rows } = await pool.query<Archiver>(
    `SELECT archived_count AS archived, failed_count AS failed,
       (extract(epoch FROM last_archived_time) * 1000)::float8 AS "lastArchivedAt",
       (extract(epoch FROM last_failed_time) * 1000)::float8 AS "lastFailedAt" FROM pg_stat_archiver`,
  )
  return rows[0]!
}

/** Another session of this database; ages in milliseconds, null where nothing is open. */
export type Session = {
  readonly pid: number
  readonly name: string
  readonly state: string | null
  readonly transactionMs: number | null
  readonly idleMs: number | null
  readonly waitsForStandby: boolean
}

export async function sessions({ pool }: Look): Promise<Session[]> {
  const { rows } = await pool.query<Session>(
    `SELECT pid, application_name AS name, state,
       (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS "transactionMs",
       CASE WHEN state LIKE 'idle in transaction%'
         THEN (extract(epoch FROM clock_timestamp() - state_change) * 1000)::float8 END AS "idleMs",
       COALESCE(wait_event = 'SyncRep', false) AS "waitsForStandby"
     FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
       AND pid <> pg_backend_pid() AND application_name <> 'levee doctor' ORDER BY pid`,
  )
  return rows
}

/** Connections of all databases and kinds of client. */
export async function connectionCount({ pool }: Look): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  )
  return rows[0]!.n
}

/** Transactions that were prepared and neither committed nor rolled back; the age of the oldest in milliseconds. */
export async function preparedTransactions({ pool }: Look): Promise<{ count: number; oldestMs: number }> {
  const { rows } = await pool.query<{ count: number; oldestMs: number }>(
    `SELECT count(*)::int AS count,
       COALESCE(max(extract(epoch FROM clock_timestamp() - prepared)) * 1000, 0)::float8 AS "oldestMs"
     FROM pg_prepared_xacts`,
  )
  return rows[0]!
}

/** What autovacuum has left in a table of ours: rows alive and dead by its own estimate. */
export async function tableWaste(
  { pool }: Look,
  table: string,
): Promise<{ alive: number; dead: number; bytes: number } | undefined> {
  const { rows } = await pool.query<{ alive: number; dead: number; bytes: number }>(
    `SELECT n_live_tup AS alive, n_dead_tup AS dead, pg_table_size(relid) AS bytes
     FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = $1`,
    [table],
  )
  return rows[0]
}
