import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MigratedDatabase, migrationsOf, missingMigrations } from './migrations.ts'

const databases: MigratedDatabase[] = ['journal', 'trial', 'levee']

for (const database of databases) {
  test(`${database}: each migration has a number of its own, in order`, () => {
    const numbers = migrationsOf(database).map((m) => m.number)
    assert.ok(numbers.length > 0)
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    )
  })

  test(`${database}: what is applied is not missing; a newer breaking one is refused, a newer safe one is not`, () => {
    const known = migrationsOf(database)
    assert.deepEqual(missingMigrations(database, []), known)
    assert.deepEqual(missingMigrations(database, known), [])
    const newer = { number: 9999, name: '9999-newer.sql', breaking: false }
    assert.deepEqual(missingMigrations(database, [...known, newer]), [])
    assert.throws(
      () => missingMigrations(database, [...known, { ...newer, breaking: true }]),
      /9999-newer\.sql; this version of Levee is too old/,
    )
  })
}
