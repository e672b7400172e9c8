// Statements on SQLite are prepared once, and never more of them are kept than a bound: their texts follow from lists
// that callers give.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Database, openReader } from './sqlite.ts'
import { sqliteStatements } from './statements.sqlite.ts'

test('a text is prepared once, and ten thousand texts do not stay', () => {
  using db = openReader(':memory:')
  const texts: string[] = []
  const counting = {
    prepare(text: string) {
      texts.push(text)
      return db.prepare(text)
    },
  }
  const { rows } = sqliteStatements(counting as unknown as Database)
  const first = () => assert.deepEqual({ ...rows('SELECT ? AS one', [1])[0] }, { one: 1 })
  first()
  first()
  assert.equal(texts.length, 1)
  for (let n = 0; n < 10_000; n++) rows(`SELECT ${n}`, [])
  first()
  assert.equal(texts.filter((text) => text === 'SELECT ? AS one').length, 2, 'it was let go meanwhile')
})
