// The schemas: what is committed is what the migrations make, and the two engines keep the same things. If the first
// fails, run `npm run docs` and look at the difference.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Database } from '../../src/storage/sqlite.ts'
import { schemaFiles } from '../../tools/generate.ts'
import { openPostgresGround, openSqliteGround } from '../support/engines.ts'

for (const [name, text] of await schemaFiles()) {
  test(`${name} is up to date`, () =>
    assert.equal(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'), text))
}

/** A column: its table and name, the kind of its values, and whether it may be null. */
type Column = { readonly at: string; readonly kind: string; readonly nullable: boolean }

/** What only one engine has. SQLite marks its place, PostgreSQL has several nodes and lets rows wait. */
const onlySqlite = [/^progress\./]
const onlyPostgres = [
  /^(waiting|retries|installation|attempts)\./,
  /^(entries|held)\.slot$/,
  /^boots\.node$/,
  /^totals\.(node|writer)$/,
  /^second_bodies\.noticed_at$/,
  /^outbox\.(number|claimed_by|claimed_until)$/,
]

/** Types that hold the same values. */
const kinds: Record<string, string> = {
  INTEGER: 'whole',
  bigint: 'whole',
  integer: 'whole',
  smallint: 'whole',
  boolean: 'whole',
  TEXT: 'text',
  text: 'text',
  BLOB: 'bytes',
  bytea: 'bytes',
  uuid: 'bytes',
  REAL: 'real',
  'double precision': 'real',
  ARRAY: 'array',
}

test('both engines keep the same columns, but for what is listed', async () => {
  await using sqlite = await openSqliteGround()
  await using postgres = await openPostgresGround()
  const { rows } = await postgres.db.pool.query(
    `SELECT table_name || '.' || column_name AS at, data_type AS kind, is_nullable = 'YES' AS nullable
     FROM information_schema.columns WHERE table_schema = 'public'`,
  )
  const without = (columns: Column[], patterns: RegExp[]) =>
    columns
      .filter(({ at }) => !patterns.some((pattern) => pattern.test(at)))
      .map((c) => ({ ...c, kind: kinds[c.kind] ?? c.kind }))
      .sort((a, b) => (a.at < b.at ? -1 : 1))
  const kept = without([...columnsOf(sqlite.journal), ...columnsOf(sqlite.trial)], onlySqlite)
  assert.ok(kept.length > 80)
  assert.deepEqual(without(rows as Column[], onlyPostgres), uniqueByPlace(kept))
  for (const pattern of onlySqlite)
    assert.ok([...columnsOf(sqlite.journal), ...columnsOf(sqlite.trial)].some((c) => pattern.test(c.at)))
  for (const pattern of onlyPostgres) assert.ok((rows as Column[]).some((c) => pattern.test(c.at)))
})

/** Both SQLite databases have a table of migrations. */
const uniqueByPlace = (columns: Column[]): Column[] =>
  columns.filter((column, i) => column.at !== columns[i - 1]?.at)

function columnsOf(db: Database): Column[] {
  const rows = db
    .prepare(
      `SELECT t.name || '.' || c.name AS place, c.type, c."notnull" OR c.pk > 0 AS needed
       FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c
       WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all()
  return rows.map((r) => ({ at: String(r.place), kind: String(r.type), nullable: r.needed === 0 }))
}

test('PostgreSQL compares keys byte by byte, as SQLite does', async () => {
  await using postgres = await openPostgresGround()
  const { rows } = await postgres.db.pool.query(
    `SELECT attrelid::regclass || '.' || attname AS at FROM pg_index
     JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey::int[])
     WHERE indrelid::regclass::text NOT LIKE 'pg_%' AND atttypid = 'text'::regtype AND attcollation <> '"C"'::regcollation`,
  )
  assert.deepEqual(rows, [])
})
