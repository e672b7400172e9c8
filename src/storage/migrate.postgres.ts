// Brings the PostgreSQL database to the newest schema, all or nothing, however many nodes start at once.
import { missingMigrations } from './migrations.ts'
import { clientOf, inPostgresTransaction, type Postgres, type Statement } from './postgres.ts'
import { lockClasses } from './postgres-locks.ts'

/** Milliseconds that a node waits for the migrations of its own or of another node. */
const patienceMs = 600_000

/**
 * Applies what is missing, in one transaction under an advisory lock: of nodes that start together one migrates and
 * the others wait and find nothing missing. Refuses a database that a newer, breaking migration has changed.
 */
export async function migratePostgres(db: Postgres): Promise<void> {
  await inPostgresTransaction(db, async (tx) => {
    const client = clientOf(tx)
    const run = (text: string) => {
      const statement: Statement = { text, query_timeout: patienceMs }
      return client.query(statement)
    }
    await run(`SET LOCAL lock_timeout = ${patienceMs}`)
    await run(`SELECT pg_advisory_xact_lock(${lockClasses.migration}, 0)`)
    // Not IF NOT EXISTS: a role that may not make tables would be refused although there is nothing to make.
    const { rows } = await run(`SELECT to_regclass('migrations') IS NULL AS missing`)
    if (rows[0].missing)
      await run(
        'CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking BOOLEAN NOT NULL)',
      )
    const applied = await run('SELECT number, name, breaking FROM migrations ORDER BY number')
    for (const m of missingMigrations('levee', applied.rows)) {
      await run(m.statements)
      await client.query('INSERT INTO migrations (number, name, breaking) VALUES ($1, $2, $3)', [
        m.number,
        m.name,
        m.breaking,
      ])
    }
  })
}
