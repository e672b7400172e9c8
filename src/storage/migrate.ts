// Brings a database to the newest schema by the plain SQL files in migrations/, in one transaction.
// A file's first line is `-- safe: journal` or `-- breaking: trial`: code older than the last breaking
// migration refuses to open the database, code older than a safe one may.
import { readdirSync, readFileSync } from 'node:fs'
import { type Database, inTransaction } from './sqlite.ts'

/** Which of the two databases a migration belongs to. */
export type DatabaseName = 'journal' | 'trial'
type Migration = { number: number; name: string; breaking: boolean; statements: string }

const folder = new URL('../../migrations/', import.meta.url)
const fileName = /^(\d{4})-([a-z0-9-]+)\.sqlite\.sql$/
const firstLine = /^-- (safe|breaking): (journal|trial)\n/

/** The migrations of one database, in order. Throws if a file's name or first line is not as agreed. */
export function migrationsOf(database: DatabaseName): Migration[] {
  const all: Migration[] = []
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.sqlite.sql')) continue
    const name = fileName.exec(file)
    const statements = readFileSync(new URL(file, folder), 'utf8')
    const head = firstLine.exec(statements)
    if (name === null || head === null)
      throw new Error(`migrations/${file}: name or first line is not as agreed`)
    if (head[2] !== database) continue
    all.push({ number: Number(name[1]), name: file, breaking: head[1] === 'breaking', statements })
  }
  return all
}

/** Applies what is missing. Refuses a database that a newer, breaking migration has changed. */
export function migrate(db: Database, database: DatabaseName): void {
  const known = migrationsOf(database)
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking INTEGER NOT NULL) STRICT',
  )
  const applied = db.prepare('SELECT number, name, breaking FROM migrations ORDER BY number').all()
  const newest = known.at(-1)?.number ?? 0
  const unknown = applied.find((row) => Number(row.number) > newest && row.breaking === 1)
  if (unknown !== undefined) {
    throw new Error(
      `the ${database} database was changed by ${unknown.name}; this version of Levee is too old for it`,
    )
  }
  const done = new Set(applied.map((row) => Number(row.number)))
  const missing = known.filter((m) => !done.has(m.number))
  if (missing.length === 0) return
  inTransaction(db, () => {
    const note = db.prepare('INSERT INTO migrations (number, name, breaking) VALUES (?, ?, ?)')
    for (const m of missing) {
      db.exec(m.statements)
      note.run(m.number, m.name, m.breaking ? 1 : 0)
    }
  })
}
