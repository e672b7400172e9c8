// Opens PostgreSQL with the settings our promises rest on, and commits so that nothing is called kept in doubt (P1).
// A commit counts only when the server said COMMIT on a live connection, without a warning, and still waits for its
// standby afterwards; everything else is InDoubt.
import { Socket } from 'node:net'
import pg from 'pg'
import { type Copies, checkConnection, checkStandbyNamed } from './postgres-checks.ts'
import { InDoubt, postgresFailure } from './postgres-failure.ts'
import { listenOn } from './postgres-listen.ts'
import { type Statement, types } from './postgres-types.ts'
import type { Transaction } from './transaction.ts'

export type { Copies } from './postgres-checks.ts'
export { InDoubt, type PostgresFailure, postgresFailure, UnfitServer } from './postgres-failure.ts'
export type { Statement } from './postgres-types.ts'

/** An open database: connections that were checked before their first use. Disposing of it closes them all. */
export type Postgres = AsyncDisposable & {
  /** For reads, one statement each. Writes that anybody is told of go through the functions of this file. */
  readonly pool: pg.Pool
  /** Who we are, as `pg_stat_activity` shows it. */
  readonly name: string
  readonly copies: Copies
  /**
   * Listens to a channel over a connection of its own until the handle is disposed of. Payloads sent while the
   * connection was lost are lost; `onReconnect` is called when it is back. Neither callback may throw.
   */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<AsyncDisposable>
}

/** What runs a statement: a pool, or the connection of a transaction. */
export type Queryable = pg.Pool | pg.PoolClient

/** How to open a database. */
export type PostgresOptions = {
  readonly copies: Copies
  /** The node's name. */
  readonly name: string
  /** Connections at most. */
  readonly connections: number
  /**
   * How long a statement, a COMMIT that waits for its standby included, may go unanswered, in milliseconds. After it
   * the connection is dropped and a commit is in doubt. A single query may ask for more with `query_timeout`.
   */
  readonly answerWithinMs?: number
}

/** A write transaction on one connection. */
export type PostgresTransaction = Transaction & { readonly client: pg.PoolClient }

/** Milliseconds until a connection is made or comes free. */
const connectWithinMs = 5000
const standardAnswerMs = 10_000

/** Warnings that each connection has had. */
const warnings = new WeakMap<pg.ClientBase, number>()
const warningsOf = (client: pg.ClientBase): number => warnings.get(client) ?? 0

/**
 * Opens a database and makes a first connection. Throws `UnfitServer` if the server is a standby or its settings are
 * not fit, and the driver's error if it cannot be reached. Later connections are checked alike.
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<Postgres> {
  const { copies, name, connections, answerWithinMs = standardAnswerMs } = options
  const config: pg.ClientConfig = {
    connectionString: url,
    application_name: `levee ${name}`,
    connectionTimeoutMillis: connectWithinMs,
    query_timeout: answerWithinMs,
    stream: liveSocket,
    types,
  }
  const pool = new pg.Pool({
    ...config,
    max: connections,
    idleTimeoutMillis: 60_000,
    verify(client: pg.PoolClient, done: (error?: Error) => void) {
      watch(client)
      checkConnection(client, copies).then(() => done(), done)
    },
  } as pg.PoolConfig)
  pool.on('error', () => {}) // an idle connection was lost; the pool has dropped it
  const open = async () => {
    const client = watch(new pg.Client(config))
    await client.connect()
    try {
      await checkConnection(client, copies)
    } catch (error) {
      await client.end()
      throw error
    }
    return client
  }
  try {
    ;(await pool.connect()).release()
  } catch (error) {
    await pool.end()
    throw error
  }
  const listeners = new AsyncDisposableStack()
  return {
    pool,
    name,
    copies,
    listen: async (channel, onPayload, onReconnect) =>
      listeners.use(await listenOn(open, channel, onPayload, onReconnect)),
    async [Symbol.asyncDispose]() {
      await listeners.disposeAsync()
      await pool.end()
    },
  }
}

/** A socket on which a peer that went without a word is noticed after about ten seconds. */
function liveSocket(): Socket {
  const socket = new Socket()
  return socket.once('connect', () => socket.setKeepAlive(true, 5000, 2000, 3))
}

/** Counts warnings. A lost connection rejects what waits for it, so the event needs no answer of its own. */
function watch<C extends pg.ClientBase>(client: C): C {
  client.on('notice', () => warnings.set(client, warningsOf(client) + 1))
  return client.on('error', () => {}) as C
}

/** Transactions that are open now. */
const running = new WeakMap<Transaction, pg.PoolClient>()

/** The connection of a transaction. Throws if it is not an open one of {@link inPostgresTransaction}. */
export function clientOf(tx: Transaction): pg.PoolClient {
  const client = running.get(tx)
  if (client === undefined) throw new Error('not an open transaction on PostgreSQL')
  return client
}

/**
 * Runs `work` in BEGIN … COMMIT on one connection and returns its result after the commit is flushed, on the standby
 * too unless there is one copy only. If `work` throws, or a statement fails, nothing is kept and the error is
 * rethrown. If the outcome of the COMMIT is not certain, throws {@link InDoubt}.
 */
export async function inPostgresTransaction<T>(
  db: Postgres,
  work: (tx: PostgresTransaction) => Promise<T>,
): Promise<T> {
  return withClient(db, async (client) => {
    const tx = { client } as PostgresTransaction
    const before = warningsOf(client)
    await client.query('BEGIN')
    running.set(tx, client)
    let result: T
    try {
      result = await work(tx)
    } catch (error) {
      if (!isLost(error)) await client.query('ROLLBACK')
      throw error
    } finally {
      running.delete(tx)
    }
    await confirmed(db, client, before, async () => {
      const { command } = await client.query('COMMIT')
      if (command !== 'COMMIT') throw new Error('a statement of the transaction had failed; nothing was kept')
    })
    return result
  })
}

/**
 * Runs one statement that commits by itself and returns its result after the commit is flushed, as in
 * {@link inPostgresTransaction}. A statement that the server refuses has kept nothing; its error is rethrown. If the
 * outcome is not certain, throws {@link InDoubt}.
 */
export async function acknowledgedStatement<R extends pg.QueryResultRow>(
  db: Postgres,
  statement: Statement,
): Promise<pg.QueryResult<R>> {
  return withClient(db, (client) =>
    confirmed(db, client, warningsOf(client), () => client.query<R>(statement)),
  )
}

/** Sends what commits, and returns only if the commit is beyond doubt. */
async function confirmed<R>(
  db: Postgres,
  client: pg.PoolClient,
  warningsBefore: number,
  send: () => Promise<R>,
): Promise<R> {
  let result: R
  try {
    result = await send()
  } catch (error) {
    if (isLost(error)) throw new InDoubt('the connection was lost', error)
    throw error
  }
  if (warningsOf(client) !== warningsBefore) throw new InDoubt('the server warned instead of waiting')
  if (db.copies === 'one') return result
  try {
    await checkStandbyNamed(client)
  } catch (error) {
    throw new InDoubt('the standby did not confirm', error)
  }
  return result
}

/** Lends a connection; one that was lost, is in doubt or leads to a standby is not used again. */
async function withClient<T>(db: Postgres, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect()
  let sound = false
  try {
    const result = await work(client)
    sound = true
    return result
  } catch (error) {
    sound = !isLost(error) && postgresFailure(error) !== 'read-only'
    throw error
  } finally {
    client.release(!sound)
  }
}

const isLost = (error: unknown): boolean => postgresFailure(error) === 'lost'
