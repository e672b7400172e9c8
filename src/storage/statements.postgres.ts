// Statements on PostgreSQL: reads on the given connection, changes on that of their transaction.
import { clientOf, type Queryable } from './postgres.ts'
import type { Row, Statements, Value } from './statements.ts'

export function postgresStatements(db: Queryable) {
  const run = async (on: Queryable, text: string, values: readonly Value[]): Promise<Row[]> => {
    let n = 0
    const { rows } = await on.query(
      text.replaceAll('?', () => `$${++n}`),
      values.slice(),
    )
    return rows
  }
  return {
    rows: (text, values) => run(db, text, values),
    change: (tx, text, values) => run(clientOf(tx), text, values),
  } satisfies Statements
}
