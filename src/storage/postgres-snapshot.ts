// One moment of a PostgreSQL database for many reads: a transaction that sees what was committed before its first read
// and can write nothing. It holds nobody up, but while it is open rows that others replace cannot be cleared away.
import { openPostgres, type Queryable } from './postgres.ts'

/** Reads of one moment, until it is disposed of. */
export type Snapshot = AsyncDisposable & { readonly client: Queryable }

/** Opens a snapshot on a connection of its own. Throws as `openPostgres` does. */
export async function openSnapshot(url: string, name: string): Promise<Snapshot> {
  const db = await openPostgres(url, { copies: 'one', name, connections: 1 })
  const client = await db.pool.connect()
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  return {
    client,
    async [Symbol.asyncDispose]() {
      // A connection that is lost has no transaction any more.
      await client.query('ROLLBACK').catch(() => {})
      client.release()
      await db[Symbol.asyncDispose]()
    },
  }
}
