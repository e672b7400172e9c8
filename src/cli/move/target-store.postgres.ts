// Writes what is moved into PostgreSQL and reads it back. Each page is one transaction that first locks the row of the
// installation, so that two moves cannot fill one database in turns, and none fills one that is in use.
import { clientOf, inPostgresTransaction, type Postgres, type Queryable } from '../../storage/postgres.ts'
import type { Transaction } from '../../storage/transaction.ts'
import type { Value } from './moved-columns.ts'
import type { MovedTable } from './moved-tables.ts'
import type { Row } from './source-store.sqlite.ts'

/** The installation's row: the ids of its keys, and whether it is being filled. */
export type Standing = { readonly receiptKey: string; readonly logKey: string; readonly moving: boolean }

export async function standingOf(db: Queryable): Promise<Standing | undefined> {
  const { rows } = await db.query<Standing>(
    'SELECT receipt_key AS "receiptKey", log_key AS "logKey", moving FROM installation',
  )
  return rows[0]
}

/** Whether any table holds anything that belongs to an installation. */
export async function holdsAnything(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM entries) OR EXISTS (SELECT FROM studies) OR EXISTS (SELECT FROM boots)
       OR EXISTS (SELECT FROM audit_entries) OR EXISTS (SELECT FROM devices) AS some`,
  )
  return rows[0]!.some
}

/** Marks an empty database as being filled. False if an installation was there first. */
export async function claim(db: Postgres, keys: { receiptKey: string; logKey: string }): Promise<boolean> {
  return inPostgresTransaction(db, async (tx) => {
    const done = await clientOf(tx).query(
      'INSERT INTO installation (receipt_key, log_key, moving) VALUES ($1, $2, true) ON CONFLICT DO NOTHING',
      [keys.receiptKey, keys.logKey],
    )
    return done.rowCount === 1
  })
}

/** Runs work that fills the database. Throws if it is in use by now. */
export async function whileFilling<T>(db: Postgres, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return inPostgresTransaction(db, async (tx) => {
    const { rows } = await clientOf(tx).query<{ moving: boolean }>(
      'SELECT moving FROM installation FOR UPDATE',
    )
    if (rows[0]?.moving !== true)
      throw new Error('another move has finished meanwhile; nothing is to be done')
    return work(tx)
  })
}

/** At most so many rows after one key up to another, both optional, in order. */
export async function rowsBetween(
  db: Queryable,
  table: MovedTable,
  after: readonly Value[] | undefined,
  upTo: readonly Value[] | undefined,
  most: number,
): Promise<Row[]> {
  const key = table.key.join(', ')
  const values: Value[] = []
  const bound = (sign: string, to: readonly Value[]) => {
    const marks = to.map((value) => {
      values.push(value)
      return `$${values.length}`
    })
    return `(${key}) ${sign} (${marks.join(', ')})`
  }
  const where = [after && bound('>', after), upTo && bound('<=', upTo)].filter((part) => part !== undefined)
  const { rows } = await db.query<Record<string, unknown>>(
    `SELECT ${table.columns.map((c) => c.name).join(', ')} FROM ${table.name}
     ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY ${key} LIMIT ${most}`,
    values,
  )
  return rows.map((row) => ({
    key: table.key.map((name) => row[name] as Value),
    values: table.columns.map((c) => travelling(row[c.name])),
  }))
}

const travelling = (value: unknown): Value =>
  Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : (value as Value)

/** Adds rows; of a table that changes, those that are there take the new values. */
export async function put(tx: Transaction, table: MovedTable, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const names = table.columns.map((c) => c.name)
  const list = names.join(', ')
  const fullKey = table.fullKey ?? table.key
  const others = names.filter((name) => !fullKey.includes(name))
  const changed = `DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`
  const records = rows.map(({ values }) => Object.fromEntries(names.map((name, i) => [name, values[i]])))
  await clientOf(tx).query({
    name: `move-${table.name}`,
    text: `INSERT INTO ${table.name} (${list}) SELECT ${list} FROM json_populate_recordset(NULL::${table.name}, $1)
      ${table.changes ? `ON CONFLICT (${fullKey.join(', ')}) ${changed}` : ''}`,
    values: [JSON.stringify(records)],
  })
}

/** Everything after a position waits for processing, and nothing before it. Returns how many. */
export async function letWait(tx: Transaction, after: number): Promise<number> {
  const client = clientOf(tx)
  await client.query('DELETE FROM waiting')
  const done = await client.query(
    'INSERT INTO waiting (slot, position) SELECT slot, position FROM entries WHERE position > $1',
    [after],
  )
  return done.rowCount ?? 0
}

/** New rows and groups get numbers above those that were moved. */
export async function goOnAbove(tx: Transaction, tables: readonly MovedTable[]): Promise<void> {
  const client = clientOf(tx)
  await client.query(`SELECT setval('groups', (SELECT COALESCE(max(position), 0) + 1 FROM entries), false)`)
  for (const { name, identity } of tables) {
    if (identity === undefined) continue
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), (SELECT COALESCE(max(${identity}), 0) + 1 FROM ${name}), false)`,
      [name, identity],
    )
  }
}

/** Nodes may work on the database from the commit on. */
export async function markFilled(tx: Transaction): Promise<void> {
  await clientOf(tx).query('UPDATE installation SET moving = false')
}

/** The planner knows nothing of tables that were just filled. */
export async function analyze(db: Postgres): Promise<void> {
  await inPostgresTransaction(db, async (tx) => {
    await clientOf(tx).query('ANALYZE')
  })
}

/** First positions of signed groups, at most about `most` of them, spread evenly, the last one included. */
export async function someGroups(db: Queryable, most: number): Promise<number[]> {
  const { rows } = await db.query<{ first: number }>(
    `SELECT first FROM (
       SELECT first, row_number() OVER (ORDER BY first) AS nth, count(*) OVER () AS all_of_them FROM receipt_groups
     ) AS g WHERE nth = all_of_them OR (nth - 1) % GREATEST(1, all_of_them / $1::bigint) = 0 ORDER BY first`,
    [most],
  )
  return rows.map((r) => r.first)
}
