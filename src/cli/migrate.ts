// `levee migrate`: brings the schema of a cluster's database to this version, as the role that owns the tables, and
// grants another role what nodes need. With it no node has to be able to change tables.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import pg from 'pg'
import { inPostgresTransaction, type Postgres } from '../storage/postgres.ts'
import { WronglyCalled } from './failures.ts'
import { addDatabaseFlag } from './flags.ts'

type Flags = { database?: string; grantTo?: string; json?: true }

const grants = new URL('../../migrations/postgres-grants.sql', import.meta.url)

export function migrateCommand(program: Command): void {
  const command = program
    .command('migrate')
    .description("bring a cluster's database to this version, and grant a role what nodes need")
    .option('--grant-to <role>', 'the role that nodes connect as; it exists already')
    .option('--json', 'print JSON')
  addDatabaseFlag(command)
    .addHelpText(
      'after',
      '\nExample:\n  levee migrate --database postgres://levee_owner@db.example/levee --grant-to levee_node\nSafe to run again. Nodes that own the tables do the first half by themselves when they start.\n',
    )
    .action(migrate)
}

async function migrate({ database = '', grantTo, json }: Flags): Promise<void> {
  if (!/^postgres(ql)?:\/\//.test(database))
    throw new WronglyCalled('--database takes a URL such as postgres://levee_owner@db.example/levee')
  const { openPostgres } = await import('../storage/postgres.ts')
  const { migratePostgres } = await import('../storage/migrate.postgres.ts')
  const { appliedMigrations } = await import('./doctor/cluster-store.postgres.ts')
  // Nobody is told of what is written here, so it need not wait for a standby.
  await using db = await openPostgres(database, { copies: 'one', name: 'migrate', connections: 1 })
  const before = (await appliedMigrations(db.pool)) ?? []
  await migratePostgres(db)
  const after = (await appliedMigrations(db.pool)) ?? []
  const applied = after.map((m) => m.name).filter((name) => !before.some((m) => m.name === name))
  if (grantTo !== undefined) await grant(db, grantTo)
  if (json)
    return console.log(JSON.stringify({ applied, newest: after.at(-1)?.name, grantedTo: grantTo ?? null }))
  const did = applied.length === 0 ? 'The schema was up to date' : `Applied ${applied.join(', ')}`
  console.log(grantTo === undefined ? `${did}.` : `${did}. ${grantTo} may do what nodes do.`)
}

/** Grants a role what nodes need, and takes back whatever else it had; all or nothing. */
export async function grant(db: Postgres, role: string): Promise<void> {
  const statements = readFileSync(grants, 'utf8').replaceAll(':"role"', pg.escapeIdentifier(role))
  await inPostgresTransaction(db, async ({ client }) => {
    await client.query(statements)
  })
}
