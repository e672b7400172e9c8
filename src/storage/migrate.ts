// Brings a SQLite database to the newest schema, all or nothing.
import { missingMigrations } from './migrations.ts'
import { type Database, inTransaction } from './sqlite.ts'

/** Which of the two databases. */
export type DatabaseName = 'journal' | 'trial'

/** Applies what is missing, in one transaction. Refuses a database that a newer, breaking migration has changed. */
export function migrate(db: Database, database: DatabaseName): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking INTEGER NOT NULL) STRICT',
  )
  const applied = db
    .prepare('SELECT number, name, breaking FROM migrations ORDER BY number')
    .all()
    .map((row) => ({ number: Number(row.number), name: String(row.name), breaking: row.breaking === 1 }))
  const missing = missingMigrations(database, applied)
  if (missing.length === 0) return
  inTransaction(db, () => {
    const note = db.prepare('INSERT INTO migrations (number, name, breaking) VALUES (?, ?, ?)')
    for (const m of missing) {
      db.exec(m.statements)
      note.run(m.number, m.name, m.breaking ? 1 : 0)
    }
  })
}
