// How SQLite reads the lists of staff: page by page along an index, on the thread that also answers devices. A plan that
// reads or sorts a whole table takes longer with each day of a trial.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { staffStores } from '../../src/processing/staff-stores.ts'
import { sqliteStatements } from '../../src/storage/statements.sqlite.ts'
import type { Statements, Value } from '../../src/storage/statements.ts'
import { openSqliteGround } from '../support/engines.ts'

test('a page of a list, a signature and the events of a patient are found by an index, without sorting a table', async () => {
  await using ground = await openSqliteGround()
  const statements = sqliteStatements(ground.trial)
  const plans: string[] = []
  const planOf = (text: string, values: readonly Value[]): string =>
    statements
      .rows(`EXPLAIN QUERY PLAN ${text}`, values)
      .map((row) => String(row.detail))
      .join('; ')
  const explaining: Statements = {
    rows(text, values) {
      plans.push(planOf(text, values))
      return []
    },
    change: () => [],
  }
  const { alerts, queries, changes, signatures, derivations } = staffStores(explaining)
  const lists = [alerts, queries, changes, signatures]
  const page = { after: 0, limit: 50 }
  for (const store of lists) {
    await store.list('S', { sites: null, ...page })
    await store.list('S', { sites: ['one', 'two'], states: ['open'], ...page })
  }
  await changes.deviations('S', null, 0, 50)
  await signatures.positions(1)
  await signatures.about('S', [1], 'signed')
  await derivations.responses([1])
  for (const plan of plans) assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/)
  assert.equal(plans.length, 12)
  plans.length = 0
  // One patient's own records may be sorted, but not looked for among all.
  for (const store of lists) await store.list('S', { sites: null, patientId: 'P', ...page })
  await derivations.eventsOf('S', 'P', 'diary')
  for (const plan of plans)
    assert.match(plan, /^SEARCH \w+ USING (\w+ )*(INDEX|PRIMARY KEY)[^;]*patient_id=\?/)
  assert.match(planOf("SELECT position FROM responses WHERE patient_id = 'P'", []), /SCAN/, 'control')
})
