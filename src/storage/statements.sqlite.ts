// Statements on SQLite.
import type { Database, StatementSync } from './sqlite.ts'
import type { Row, Statements, Value } from './statements.ts'

export function sqliteStatements(db: Database) {
  const prepared = new Map<string, StatementSync>()
  const all = (text: string, values: readonly Value[]): Row[] => {
    let statement = prepared.get(text)
    if (statement === undefined) {
      statement = db.prepare(text)
      prepared.set(text, statement)
    }
    return statement.all(...values) as Row[]
  }
  return { rows: all, change: (_tx, text, values) => all(text, values) } satisfies Statements
}
