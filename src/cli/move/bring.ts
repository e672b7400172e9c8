// Brings the rows over and holds them against their source. Both walk the source page by page and compare with what
// the target holds in the same range of keys, so a run that was cut off anywhere is taken up by the next: what is there
// and equal stays, what is missing comes, and nothing is believed that was not read back.
import { createHash, hash } from 'node:crypto'
import { clientOf, type Postgres } from '../../storage/postgres.ts'
import type { Database } from '../../storage/sqlite.ts'
import type { SourceFacts, Value } from './moved-columns.ts'
import { lineOf, type MovedTable, movedTables } from './moved-tables.ts'
import { countRows, type Page, pagesOf, type Row } from './source-store.sqlite.ts'
import { put, rowsBetween, whileFilling } from './target-store.postgres.ts'

export type Source = {
  readonly journal: Database
  readonly trial: Database
  readonly facts: SourceFacts
}

/** Hears which table is in hand, how many rows are done and how many there are in all tables. */
export type Tell = (table: string, done: number, total: number) => void

/** Rows in all tables of the source. */
export const rowsOf = (source: Source): number =>
  movedTables.reduce((sum, table) => sum + countRows(source[table.from], table), 0)

/**
 * Makes the target hold every row of the source; returns how many had to be written. Throws if the target holds another
 * row than the source where rows never change, or a body of the source is not what its SHA-256 says.
 */
export async function bringAll(source: Source, target: Postgres, tell: Tell): Promise<number> {
  const total = rowsOf(source)
  let [done, written] = [0, 0]
  for (const table of movedTables) {
    let after: readonly Value[] | undefined
    for (const page of pagesOf(source[table.from], table, source.facts)) {
      if (table.name === 'entries') checkBodies(table, page)
      written += await bringPage(target, table, after, page)
      after = page.at(-1)!.key
      done += page.length
      tell(table.name, done, total)
    }
  }
  return written
}

async function bringPage(
  target: Postgres,
  table: MovedTable,
  after: readonly Value[] | undefined,
  page: Page,
): Promise<number> {
  return whileFilling(target, async (tx) => {
    const there = await rowsBetween(clientOf(tx), table, after, page.at(-1)!.key, page.length + 1)
    const known = new Map(there.map((row) => [lineOf(row.key), lineOf(row.values)]))
    const missing = page.filter((row) => {
      const line = known.get(lineOf(row.key))
      if (line !== undefined && line !== lineOf(row.values) && !table.changes) throw otherRow(table, row)
      return line !== lineOf(row.values)
    })
    await put(tx, table, missing)
    return missing.length
  })
}

const otherRow = ({ name }: MovedTable, { key }: Row): Error =>
  new Error(
    `the target holds another row than the source in ${name} at ${key.join(', ')}: it is of another installation or was altered. Move into an empty database`,
  )

function checkBodies({ columns }: MovedTable, page: Page): void {
  const at = (name: string) => columns.findIndex((c) => c.name === name)
  const [position, sha256, body] = [at('position'), at('sha256'), at('body')]
  for (const { values } of page) {
    const bytes = Buffer.from(String(values[body]).slice(2), 'hex')
    if (hash('sha256', bytes, 'hex') !== values[sha256]) {
      throw new Error(
        `the body of entry ${values[position]} has another SHA-256 in the source than on record: nothing is wrong with the target; see levee doctor --data`,
      )
    }
  }
}

/** A table that was read back: rows, and SHA-256 over them, one line of JSON for each in the order of keys. */
export type Verified = { readonly table: string; readonly rows: number; readonly sha256: string }

/** Reads every row back. Throws at the first that is missing, different or one too many. */
export async function verifyAll(source: Source, target: Postgres, tell: Tell): Promise<Verified[]> {
  const total = rowsOf(source)
  const verified: Verified[] = []
  let done = 0
  for (const table of movedTables) {
    const digest = createHash('sha256')
    const before = done
    let after: readonly Value[] | undefined
    for (const page of pagesOf(source[table.from], table, source.facts)) {
      const there = await rowsBetween(target.pool, table, after, page.at(-1)!.key, page.length + 1)
      for (const line of sameLines(table, page, there)) digest.update(`${line}\n`)
      after = page.at(-1)!.key
      done += page.length
      tell(table.name, done, total)
    }
    const [extra] = await rowsBetween(target.pool, table, after, undefined, 1)
    if (extra !== undefined) throw tooMany(table, extra)
    verified.push({ table: table.name, rows: done - before, sha256: digest.digest('hex') })
  }
  return verified
}

/** The lines of a page, read back. */
function* sameLines(table: MovedTable, page: Page, there: readonly Row[]): Generator<string> {
  for (const [i, row] of page.entries()) {
    const found = there[i]
    const line = lineOf(row.values)
    if (found === undefined || lineOf(found.key) !== lineOf(row.key)) {
      const known = new Set(page.map(({ key }) => lineOf(key)))
      const extra = there.find(({ key }) => !known.has(lineOf(key)))
      if (extra !== undefined) throw tooMany(table, extra)
      throw new Error(`${table.name} lacks the row at ${row.key.join(', ')}`)
    }
    if (lineOf(found.values) !== line) throw otherRow(table, row)
    yield line
  }
}

const tooMany = ({ name }: MovedTable, { key }: Row): Error =>
  new Error(
    `the target holds a row in ${name} at ${key.join(', ')} that the source has not: move into an empty database`,
  )
