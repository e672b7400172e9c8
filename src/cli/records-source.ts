// Where the commands that explain and prove values read: the databases of a data folder or of a cluster, on
// connections that cannot write. A running server goes on; nothing of it waits for the reader.
import { existsSync } from 'node:fs'
import { journalReader } from '../intake/journal-store.sqlite.ts'
import { derivationsIn } from '../processing/derivations.ts'
import { sqliteStores } from '../processing/stores.sqlite.ts'
import type { Stores } from '../processing/stores.ts'
import type { Derivations } from '../records/derivation.ts'
import { dataFolder } from '../storage/folder.ts'
import { openReader } from '../storage/sqlite.ts'
import { sqliteStatements } from '../storage/statements.sqlite.ts'
import type { Statements } from '../storage/statements.ts'

/** What such a command was told. An empty `database` means the data folder. */
export type RecordsFlags = { data: string; database?: string; json?: true; study?: string }

/** Records open for reading. `journal` and `trial` are the same database on a cluster. */
export type OpenRecords = AsyncDisposable & {
  readonly stores: Stores
  readonly journal: Statements
  readonly trial: Statements
}

/** Opens the records. Throws where there are none. */
export function openRecords({ data, database = '' }: RecordsFlags): Promise<OpenRecords> {
  return database === '' ? fromFolder(data) : fromCluster(database)
}

async function fromFolder(data: string): Promise<OpenRecords> {
  const folder = dataFolder(data)
  for (const file of [folder.trial, folder.journal])
    if (!existsSync(file))
      throw new Error(
        `${file} is not there; name the data folder of a server with --data, or the database of a cluster with --database`,
      )
  const [trial, journal] = [openReader(folder.trial, 16), openReader(folder.journal, 16)]
  return {
    stores: sqliteStores(trial, journalReader(journal)),
    journal: sqliteStatements(journal),
    trial: sqliteStatements(trial),
    async [Symbol.asyncDispose]() {
      trial.close()
      journal.close()
    },
  }
}

/** Everything read is of one moment. */
async function fromCluster(database: string): Promise<OpenRecords> {
  // Only here, so that the commands of one machine do not load the driver.
  const { openSnapshot } = await import('../storage/postgres-snapshot.ts')
  const { postgresStores } = await import('../processing/stores.postgres.ts')
  const { postgresStatements } = await import('../storage/statements.postgres.ts')
  const snapshot = await openSnapshot(database, 'records')
  const statements = postgresStatements(snapshot.client)
  return {
    stores: postgresStores(snapshot.client),
    journal: statements,
    trial: statements,
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  }
}

/** The derivations that read these records. */
export const derivationsFrom = ({ stores }: OpenRecords): Derivations => derivationsIn(stores)
