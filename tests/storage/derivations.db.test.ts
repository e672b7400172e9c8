// The stores that explain and prove read on both engines: what stands now, what stood first, and nothing of others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivationStore } from '../../src/records/derivation-store.ts'
import { recomputeStore } from '../../src/records/recompute-store.ts'
import { postgresStatements } from '../../src/storage/statements.postgres.ts'
import { sqliteStatements } from '../../src/storage/statements.sqlite.ts'
import type { Statements, Value } from '../../src/storage/statements.ts'
import { engines, type Ground } from '../support/engines.ts'

const on = (ground: Ground): { trial: Statements; journal: Statements } => {
  if (ground.name === 'sqlite')
    return { trial: sqliteStatements(ground.trial), journal: sqliteStatements(ground.journal) }
  const both = postgresStatements(ground.db.pool)
  return { trial: both, journal: both }
}

/** Adds rows, each by its columns. */
async function add(
  ground: Ground,
  table: string,
  rows: readonly Readonly<Record<string, Value>>[],
): Promise<void> {
  await ground.transaction(async (tx) => {
    for (const row of rows) {
      const names = Object.keys(row)
      const marks = names.map(() => '?').join(', ')
      await on(ground).trial.change(
        tx,
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`,
        Object.values(row),
      )
    }
  })
}

const response = (position: number, more: Readonly<Record<string, Value>> = {}) => ({
  position,
  study_id: 'S',
  patient_id: 'P1',
  form: 'diary',
  form_version: '1',
  occasion: `2026-03-${String(position).padStart(2, '0')}`,
  recorded_at: 1,
  leaf_index: position * 10,
  salt: 'salt',
  effect: `{"n":${position}}`,
  restricted: null,
  ...more,
})
const occasion = (position: number, more: Readonly<Record<string, Value>> = {}) => ({
  study_id: 'S',
  occasion: `2026-03-${String(position).padStart(2, '0')}`,
  form: 'diary',
  patient_id: 'P1',
  position,
  status: 'on-time',
  ...more,
})
const version = (position: number, number: number) => ({
  position,
  version: number,
  change_id: number,
  recorded_at: 2,
  leaf_index: position * 10 + number,
  salt: 'salt',
  effect: `{"n":${position},"v":${number}}`,
  restricted: null,
})
const request = (id: number, position: number, answers: string) => ({
  change_id: id,
  study_id: 'S',
  patient_id: 'P1',
  position,
  answers,
  source: 's',
  drafted_by: 'a',
  drafted_at: 1,
  state: 'applied',
  revision: 3,
})

for (const engine of engines) {
  test(`${engine.name}: derivations read what stands: the newest version, filled occasions, a patient's own`, async () => {
    await using ground = await engine.open()
    const store = derivationStore(on(ground).trial)
    const many = Array.from({ length: 230 }, (_, i) => i + 1)
    await add(
      ground,
      'responses',
      many.map((n) => response(n, { occasion: `o-${n}`, ...(n === 4 ? { patient_id: 'P2' } : {}) })),
    )
    await add(ground, 'response_versions', [version(2, 2), version(2, 3)])
    await add(
      ground,
      'occasions',
      many.map((n) => occasion(n, { occasion: `o-${n}`, ...(n === 4 ? { patient_id: 'P2' } : {}) })),
    )
    const rows = await store.responses([1, 2, 9999])
    assert.deepEqual([...rows.keys()].sort(), [1, 2])
    assert.deepEqual([rows.get(1)?.effect, rows.get(2)?.effect], ['{"n":1}', '{"n":2,"v":3}'])
    const asked = many.map((n) => ({ form: 'diary', occasion: `o-${n}` }))
    const filled = await store.filled('S', 'P1', [...asked, { form: 'other', occasion: 'o-1' }])
    assert.equal(filled.length, 229, 'more than one statement holds, without the other patient')
    assert.deepEqual(filled[0], {
      form: 'diary',
      occasion: filled[0]?.occasion,
      position: Number(filled[0]?.occasion.slice(2)),
      status: 'on-time',
      standing: 'submitted',
      recordedAt: 1,
    })
    const events = [3, 4, 5, 6].map((n) => ({
      study_id: 'S',
      patient_id: n === 4 ? 'P2' : 'P1',
      form: 'diary',
      completed_at: 1000 - n,
      position: n,
    }))
    await add(ground, 'event_times', events)
    const eventsOf = () => store.eventsOf('S', 'P1', 'diary')
    assert.deepEqual(await eventsOf(), [3, 5, 6])
    await ground.transaction(async (tx) =>
      on(ground).trial.change(tx, "UPDATE occasions SET standing = 'void' WHERE position = 5", []),
    )
    assert.deepEqual(await eventsOf(), [3, 6], 'an event declared void reports no dose')
    assert.equal(await store.alert(1), undefined)
  })

  test(`${engine.name}: the proof reads responses with who fills their occasion, changes and what they asked for`, async () => {
    await using ground = await engine.open()
    const { trial, journal } = on(ground)
    const store = recomputeStore(trial, journal)
    await add(ground, 'responses', [
      response(1),
      response(2, { occasion: '2026-03-01' }),
      response(3, { occasion: 'x' }),
    ])
    await add(ground, 'occasions', [occasion(1)])
    await add(ground, 'scores', [{ position: 1, name: 's', value: 2.5, band: null }])
    await add(ground, 'change_requests', [request(2, 3, '{"a":1}'), request(3, 3, '{"b":null}')])
    await add(ground, 'response_versions', [version(3, 2), version(3, 3)])
    const read = await store.responses([1, 2, 3])
    assert.deepEqual(
      [1, 2, 3].map((n) => [read.get(n)?.filler, read.get(n)?.fillerLeaf, read.get(n)?.wasChanged]),
      [
        [1, 10, false],
        [1, 10, false],
        [null, null, true],
      ],
    )
    assert.equal(read.get(1)?.restricted, null)
    assert.deepEqual([...(await store.scores([1, 2])).keys()], [1])
    assert.equal((await store.changed(3, 33))?.version, 3)
    assert.equal(await store.changed(3, 34), undefined)
    assert.deepEqual(await store.wanted(3, 2), ['{"a":1}'])
    assert.deepEqual(await store.wanted(3, 3), ['{"a":1}', '{"b":null}'])
    const versions = await store.versions([1, 3])
    assert.deepEqual([...versions.keys()].sort(), ['1.1', '3.1', '3.2', '3.3'])
    assert.equal(await store.wasChosen('S', [1, 2]), false)
    assert.equal(await store.logSize('S'), 0)
    assert.deepEqual(await store.leaves('S', 0, 10), [])
    assert.equal((await store.entries([1])).size, 0)
  })
}
