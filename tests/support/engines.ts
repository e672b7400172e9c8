// Both storage engines for the suites of stores: `for (const engine of engines) test(…)`. Each case opens a ground of
// its own, with the newest schema and no rows, and makes the twin stores it is about on it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../src/storage/migrate.ts'
import { inPostgresTransaction, openPostgres, type Postgres } from '../../src/storage/postgres.ts'
import { type Database, inTransactionAsync, openWriter } from '../../src/storage/sqlite.ts'
import type { Transaction } from '../../src/storage/transaction.ts'
import { sharedPostgres } from './postgres-server.ts'

/** What both grounds offer. */
type Shared = AsyncDisposable & {
  /** Runs work in a write transaction: rolled back if it throws. On SQLite of `trial`, unless `journal` is named. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, database?: 'trial' | 'journal'): Promise<T>
}

/** Two new databases on files. */
export type SqliteGround = Shared & {
  readonly name: 'sqlite'
  readonly journal: Database
  readonly trial: Database
}

/** A new database of the shared server. */
export type PostgresGround = Shared & {
  readonly name: 'postgres'
  readonly db: Postgres
  readonly url: string
}

/** `ground.name` tells which twin to make. */
export type Ground = SqliteGround | PostgresGround

/** An engine under its name, for titles of tests. */
export type Engine = { readonly name: Ground['name']; open(): Promise<Ground> }

/** Both engines; no suite may leave one out. */
export const engines: readonly Engine[] = [
  { name: 'sqlite', open: openSqliteGround },
  { name: 'postgres', open: openPostgresGround },
]

/** A ground on SQLite. */
export async function openSqliteGround(): Promise<SqliteGround> {
  const folder = await mkdtemp(join(tmpdir(), 'levee-store-'))
  const open = (database: 'trial' | 'journal') => {
    const db = openWriter(join(folder, `${database}.db`))
    migrate(db, database)
    return db
  }
  const databases = { journal: open('journal'), trial: open('trial') }
  return {
    name: 'sqlite',
    ...databases,
    transaction: (work, database = 'trial') => inTransactionAsync(databases[database], work),
    async [Symbol.asyncDispose]() {
      databases.journal.close()
      databases.trial.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A ground on PostgreSQL, with one copy. */
export async function openPostgresGround(): Promise<PostgresGround> {
  const server = await sharedPostgres()
  const url = await server.freshDatabase()
  const db = await openPostgres(url, { copies: 'one', name: 'test', connections: 8 })
  return {
    name: 'postgres',
    db,
    url,
    transaction: (work) => inPostgresTransaction(db, work),
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]()
      await server.dropDatabase(url)
    },
  }
}
