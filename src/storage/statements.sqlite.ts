// Statements on SQLite.
import type { Database, StatementSync } from './sqlite.ts'
import type { Row, Statements, Value } from './statements.ts'

/** A list of sites or states makes a text of its own for each length; callers must not fill the memory with them. */
const mostPrepared = 500

export function sqliteStatements(db: Database) {
  const prepared = new Map<string, StatementSync>()
  const all = (text: string, values: readonly Value[]): Row[] => {
    let statement = prepared.get(text)
    if (statement === undefined) {
      if (prepared.size === mostPrepared) prepared.clear()
      statement = db.prepare(text)
      prepared.set(text, statement)
    }
    return statement.all(...values) as Row[]
  }
  return { rows: all, change: (_tx, text, values) => all(text, values) } satisfies Statements
}
