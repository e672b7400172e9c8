// Conflicts on both engines: each waits until one person has set it aside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as postgres from '../../src/records/conflict-store.postgres.ts'
import * as sqlite from '../../src/records/conflict-store.sqlite.ts'
import type { Conflict, ConflictFilter, ConflictStore } from '../../src/records/conflict-store.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'
import { addPatients } from '../support/plain-patients.ts'
import { whenWaiting } from '../support/postgres-watch.ts'

const storeOn = (ground: Ground): ConflictStore =>
  ground.name === 'sqlite' ? sqlite.conflictStore(ground.trial) : postgres.conflictStore(ground.db.pool)

const conflict = (secondBodyId: number, other: Partial<Conflict> = {}): Conflict => ({
  secondBodyId,
  studyId: 'S',
  patientId: 'P',
  position: 10 * secondBodyId,
  noticedAt: 1000,
  setAsideAt: undefined,
  ...other,
})
const add = (ground: Ground, store: ConflictStore, ...conflicts: Conflict[]) =>
  ground.transaction(async (tx) => {
    for (const one of conflicts) await store.add(tx, one)
  })
const setAside = (ground: Ground, store: ConflictStore, id: number, now: number) =>
  ground.transaction(async (tx) => store.setAside(tx, id, now))

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground, store: ConflictStore) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground, storeOn(ground))
    })

  on('no conflict', async (ground, store) => {
    assert.deepEqual(await store.list(true, 10), [])
    assert.equal(await setAside(ground, store, 1, 1), undefined)
  })

  on('listed in the order they were noticed, as many as asked for', async (ground, store) => {
    await add(ground, store, conflict(3), conflict(1), conflict(20))
    assert.deepEqual(await store.list(false, 10), [conflict(1), conflict(3), conflict(20)])
    assert.deepEqual(await store.list(false, 2), [conflict(1), conflict(3)])
    assert.deepEqual(await store.list(false, 0), [])
  })

  on('set aside once, by the first who does', async (ground, store) => {
    await add(ground, store, conflict(1), conflict(2))
    assert.deepEqual(await setAside(ground, store, 1, 5000), conflict(1, { setAsideAt: 5000 }))
    assert.equal(await setAside(ground, store, 1, 6000), undefined)
    assert.equal(await setAside(ground, store, 99, 6000), undefined)
    assert.deepEqual(await store.list(false, 10), [conflict(2)])
    assert.deepEqual(await store.list(true, 10), [conflict(1, { setAsideAt: 5000 }), conflict(2)])
  })

  on('a second body makes one conflict', async (ground, store) => {
    await add(ground, store, conflict(1))
    await assert.rejects(add(ground, store, conflict(2), conflict(1, { patientId: 'Q' })), /unique/i)
    assert.deepEqual(await store.list(true, 10), [conflict(1)])
  })

  on('one by its id, and those of a study by patient, site and what is set aside', async (ground, store) => {
    await addPatients(ground, ['P', '101'], ['Q', '102'])
    const rows = [
      conflict(1),
      conflict(2, { patientId: 'Q' }),
      conflict(3, { patientId: 'nobody' }),
      conflict(4, { studyId: 'T' }),
      conflict(5),
    ]
    await add(ground, store, ...rows)
    await setAside(ground, store, 5, 9)
    assert.deepEqual(await store.one(3), rows[2])
    assert.equal(await store.one(6), undefined)
    const of = async (filter: Partial<ConflictFilter>) => {
      const all = { studyId: 'S', sites: null, includeSetAside: false, after: 0, limit: 10 }
      return (await store.of({ ...all, ...filter })).map((c) => c.secondBodyId)
    }
    assert.deepEqual(await of({}), [1, 2, 3])
    assert.deepEqual(await of({ studyId: 'T' }), [4])
    assert.deepEqual(await of({ includeSetAside: true }), [1, 2, 3, 5])
    assert.deepEqual(await of({ after: 1, limit: 1 }), [2])
    assert.deepEqual(await of({ sites: ['101', '103'] }), [1])
    assert.deepEqual(await of({ sites: [] }), [])
    assert.deepEqual(await of({ patientId: 'Q' }), [2])
    assert.deepEqual(await of({ patientId: 'Q', sites: ['101'] }), [])
  })

  on('large numbers are exact, texts come back as they were', async (ground, store) => {
    const most = Number.MAX_SAFE_INTEGER
    const rows = hostileTexts.map((t, i) => conflict(i + 1, { studyId: t, patientId: t }))
    const last = conflict(most, { position: most, noticedAt: most })
    await add(ground, store, ...rows, last)
    assert.deepEqual(await store.list(false, 100), [...rows, last])
    assert.equal((await setAside(ground, store, most, most))?.setAsideAt, most)
  })
}

test('postgres: of two who set one conflict aside at once, one does', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  await add(ground, store, conflict(1))
  const holds = Promise.withResolvers<void>()
  const first = ground.transaction(async (tx) => {
    const mine = await store.setAside(tx, 1, 5)
    holds.resolve()
    await whenWaiting(ground, 1)
    return mine
  })
  await holds.promise
  assert.equal(await setAside(ground, store, 1, 6), undefined)
  assert.deepEqual(await first, conflict(1, { setAsideAt: 5 }))
})

test('postgres: many in one statement', async () => {
  await using ground = await openPostgresGround()
  const store = postgres.conflictStore(ground.db.pool)
  await ground.transaction((tx) => store.addAll(tx, []))
  await ground.transaction((tx) => store.addAll(tx, [conflict(2), conflict(1)]))
  assert.deepEqual(await store.list(false, 10), [conflict(1), conflict(2)])
})
