// Reads what is to be moved from the two SQLite databases: page by page in the order of keys, so that memory stays
// small however much there is.
import type { Database, SQLInputValue } from '../../storage/sqlite.ts'
import type { SourceFacts, SourceRow, Value } from './moved-columns.ts'
import type { MovedTable } from './moved-tables.ts'

/** Rows and bytes of a page at most. */
const mostRows = 4000
const mostBytes = 4 * 1024 * 1024

/** A row in the form of its PostgreSQL table, with the values of its key. */
export type Row = { readonly key: readonly Value[]; readonly values: readonly Value[] }

export type Page = readonly Row[]

/** The migrations that a database has had. */
export function appliedMigrations(db: Database): { number: number; name: string; breaking: boolean }[] {
  return db
    .prepare('SELECT number, name, breaking FROM migrations ORDER BY number')
    .all()
    .map((r) => ({ number: Number(r.number), name: String(r.name), breaking: r.breaking === 1 }))
}

export function countRows(db: Database, table: MovedTable): number {
  return Number(db.prepare(`SELECT COUNT(*) AS n FROM ${table.name}`).get()?.n)
}

/** All rows of a table, in the order of its key. */
export function* pagesOf(db: Database, table: MovedTable, facts: SourceFacts): Generator<Page> {
  const columns = table.columns.map((c) => c.from).filter((name) => name !== undefined)
  const key = table.key.join(', ')
  const marks = table.key.map(() => '?').join(', ')
  const select = `SELECT ${columns.join(', ')} FROM ${table.name}`
  const first = db.prepare(`${select} ORDER BY ${key} LIMIT ${mostRows}`)
  const next = db.prepare(`${select} WHERE (${key}) > (${marks}) ORDER BY ${key} LIMIT ${mostRows}`)
  let last: readonly Value[] | undefined
  for (;;) {
    const page = pageOf(
      last === undefined ? first.iterate() : next.iterate(...(last as SQLInputValue[])),
      table,
      facts,
    )
    if (page.length === 0) return
    last = page.at(-1)!.key
    yield page
  }
}

function pageOf(rows: Iterable<SourceRow>, { columns, key }: MovedTable, facts: SourceFacts): Page {
  const page: Row[] = []
  let bytes = 0
  for (const row of rows) {
    const values = columns.map((c) => c.of(row, facts))
    page.push({ key: key.map((name) => row[name] as Value), values })
    for (const value of values) if (typeof value === 'string') bytes += value.length
    if (bytes >= mostBytes) break
  }
  return page
}
