// Reads what a trial recorded, straight from its databases, for tests that must see more than any role may.
import { join } from 'node:path'
import { openReader, type SQLInputValue } from '../../src/storage/sqlite.ts'

/** One row, by its columns. */
export type Row = Record<string, string | number | null>

/** Runs one reading statement on trial.db (or journal.db) of a data folder. */
export function readRows(
  folder: string,
  statement: string,
  values: SQLInputValue[] = [],
  database = 'trial.db',
): Row[] {
  const db = openReader(join(folder, database))
  try {
    return db.prepare(statement).all(...values) as Row[]
  } finally {
    db.close()
  }
}
