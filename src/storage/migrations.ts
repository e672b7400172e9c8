// The plain SQL files in migrations/, and which of them a database lacks. A file's first line is `-- safe: journal` or
// `-- breaking: levee`: code older than the last breaking migration of a database refuses it, code older than a safe
// one may go on.
import { readdirSync, readFileSync } from 'node:fs'

/** SQLite has two databases; PostgreSQL holds everything in one, `levee`. */
export type MigratedDatabase = 'journal' | 'trial' | 'levee'

/** A migration as it stands in its file. */
export type Migration = {
  readonly number: number
  readonly name: string
  readonly breaking: boolean
  readonly statements: string
}

/** A migration as a database remembers it. */
export type Applied = Omit<Migration, 'statements'>

const folder = new URL('../../migrations/', import.meta.url)
const fileName = /^(\d{4})-[a-z0-9-]+\.(?:sqlite|postgres)\.sql$/
const firstLine = /^-- (safe|breaking): (journal|trial|levee)\n/

/** The migrations of one database, in order. Throws if a file's name or first line is not as agreed. */
export function migrationsOf(database: MigratedDatabase): Migration[] {
  const engine = database === 'levee' ? 'postgres' : 'sqlite'
  const all: Migration[] = []
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(`.${engine}.sql`)) continue
    const name = fileName.exec(file)
    const statements = readFileSync(new URL(file, folder), 'utf8')
    const head = firstLine.exec(statements)
    if (name === null || head === null || (head[2] === 'levee') !== (engine === 'postgres'))
      throw new Error(`migrations/${file}: name or first line is not as agreed`)
    if (head[2] !== database) continue
    all.push({ number: Number(name[1]), name: file, breaking: head[1] === 'breaking', statements })
  }
  return all
}

/** The migrations a database lacks. Throws if a newer version's breaking migration has changed it. */
export function missingMigrations(database: MigratedDatabase, applied: readonly Applied[]): Migration[] {
  const known = migrationsOf(database)
  const newest = known.at(-1)?.number ?? 0
  const unknown = applied.find((m) => m.number > newest && m.breaking)
  if (unknown !== undefined) {
    throw new Error(
      `the ${database} database was changed by ${unknown.name}; this version of Levee is too old for it`,
    )
  }
  const done = new Set(applied.map((m) => m.number))
  return known.filter((m) => !done.has(m.number))
}
