// Held entries on both engines: one row for each position, whose state moves on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as postgres from '../../src/records/held-store.postgres.ts'
import * as sqlite from '../../src/records/held-store.sqlite.ts'
import type { Held, HeldFilter, HeldStore } from '../../src/records/held-store.ts'
import { clientOf } from '../../src/storage/postgres.ts'
import { engines, type Ground, openPostgresGround, type PostgresGround } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'
import { addEntries } from '../support/plain-entries.ts'
import { addPatients } from '../support/plain-patients.ts'
import { whenWaiting } from '../support/postgres-watch.ts'

const storeOn = (ground: Ground): HeldStore =>
  ground.name === 'sqlite' ? sqlite.heldStore(ground.trial) : postgres.heldStore(ground.db.pool)

const held = (position: number, other: Partial<Held> = {}): Held => ({
  position,
  studyId: 'S',
  patientId: 'P',
  lane: 'S P diary 2026-03-01',
  state: 'retrying',
  code: 'failed',
  attempts: 1,
  attempting: false,
  nextAttemptAt: 5000,
  heldAt: 1000,
  setAsideAt: undefined,
  ...other,
})

/** Puts rows, whose entries are added to the journal first. */
async function hold(ground: Ground, store: HeldStore, ...rows: Held[]): Promise<void> {
  await addEntries(ground, rows)
  await put(ground, store, ...rows)
}
const put = (ground: Ground, store: HeldStore, ...rows: Held[]) =>
  ground.transaction(async (tx) => {
    for (const row of rows) await store.put(tx, row)
  })

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground, store: HeldStore) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground, storeOn(ground))
    })
  const list = async (store: HeldStore, filter: Partial<HeldFilter>) => {
    const all: HeldFilter = { states: ['retrying', 'dead'], includeSetAside: true, after: 0, limit: 100 }
    return (await store.list({ ...all, ...filter })).map((h) => h.position)
  }

  on('nothing is held', async (_, store) => {
    assert.equal(await store.at(1), undefined)
    assert.deepEqual(await store.retrying(), [])
    assert.deepEqual(await list(store, {}), [])
  })

  on('rows come back whole, members that are not there too', async (ground, store) => {
    const rows = [
      held(1, { attempting: true, setAsideAt: 9 }),
      held(2, { nextAttemptAt: undefined, attempts: 0 }),
    ]
    await hold(ground, store, ...rows)
    for (const row of rows) assert.deepEqual(await store.at(row.position), row)
    assert.equal(await store.at(3), undefined)
  })

  on(
    'a second put moves the state on, and not whose entry it is or since when it is held',
    async (ground, store) => {
      await hold(ground, store, held(7))
      const moved = held(7, {
        state: 'dead',
        code: 'killer',
        attempts: 5,
        nextAttemptAt: undefined,
        setAsideAt: 8000,
      })
      await put(ground, store, { ...moved, studyId: 'T', patientId: 'Q', lane: 'other', heldAt: 9 })
      assert.deepEqual(await store.at(7), moved)
      await put(ground, store, held(7, { attempting: true }))
      assert.deepEqual(await store.at(7), held(7, { attempting: true }))
    },
  )

  on('what is being retried, in the order of positions', async (ground, store) => {
    const rows = [held(30), held(4), held(20, { state: 'dead' }), held(100, { code: 'behind' })]
    await hold(ground, store, ...rows)
    assert.deepEqual(await store.retrying(), [rows[1], rows[0], rows[3]])
  })

  on('lists by state, study, what is set aside, from after a position', async (ground, store) => {
    await hold(
      ground,
      store,
      held(40),
      held(10, { state: 'dead', setAsideAt: 1 }),
      held(30, { state: 'quarantined', studyId: 'T' }),
      held(20, { state: 'dead' }),
      held(50, { state: 'done' }),
    )
    assert.deepEqual(await list(store, {}), [10, 20, 40])
    assert.deepEqual(
      await list(store, { states: ['dead', 'quarantined', 'retrying', 'done'] }),
      [10, 20, 30, 40, 50],
    )
    assert.deepEqual(await list(store, { states: [] }), [])
    assert.deepEqual(await list(store, { includeSetAside: false }), [20, 40])
    assert.deepEqual(await list(store, { after: 10 }), [20, 40])
    assert.deepEqual(await list(store, { after: 10, limit: 1 }), [20])
    assert.deepEqual(await list(store, { limit: 0 }), [])
    assert.deepEqual(await list(store, { states: ['quarantined'], studyId: 'T' }), [30])
    assert.deepEqual(await list(store, { states: ['quarantined'], studyId: 'S' }), [])
  })

  on('lists by cause, patient and site; a patient who is not known is at none', async (ground, store) => {
    await addPatients(ground, ['P', '101'], ['Q', '102'])
    await hold(
      ground,
      store,
      held(1, { code: 'unknown-form' }),
      held(2, { patientId: 'Q' }),
      held(3, { patientId: 'nobody' }),
      held(4, { studyId: 'T' }),
    )
    assert.deepEqual(await list(store, { codes: ['failed'] }), [2, 3, 4])
    assert.deepEqual(await list(store, { codes: ['unknown-form', 'behind'] }), [1])
    assert.deepEqual(await list(store, { codes: [] }), [])
    assert.deepEqual(await list(store, { patientId: 'P' }), [1, 4])
    assert.deepEqual(await list(store, { sites: null }), [1, 2, 3, 4])
    assert.deepEqual(await list(store, { sites: ['101', '102'] }), [1, 2])
    assert.deepEqual(await list(store, { sites: ['102', '103'] }), [2])
    assert.deepEqual(await list(store, { sites: [] }), [])
    assert.deepEqual(
      await list(store, { studyId: 'S', patientId: 'P', codes: ['unknown-form'], sites: ['101'] }),
      [1],
    )
    assert.deepEqual(
      await list(store, { studyId: 'S', patientId: 'P', codes: ['failed'], sites: ['101'] }),
      [],
    )
  })

  on('large numbers are exact, texts come back as they were', async (ground, store) => {
    const most = Number.MAX_SAFE_INTEGER
    const late = held(most, { nextAttemptAt: most, heldAt: most, setAsideAt: most })
    const rows = hostileTexts.map((t, i) => held(i + 1, { studyId: t, patientId: t, lane: t, code: t }))
    await hold(ground, store, late, ...rows)
    assert.deepEqual(await store.retrying(), [...rows, late])
    for (const [i, studyId] of hostileTexts.entries())
      assert.deepEqual(await list(store, { studyId }), [i + 1])
  })

  on('nothing of a transaction that fails', async (ground, store) => {
    await hold(ground, store, held(1))
    const failing = ground.transaction(async (tx) => {
      await store.put(tx, held(1, { state: 'dead' }))
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.deepEqual(await store.at(1), held(1))
  })
}

test('postgres: many rows in one statement, each in the slot of its entry', async () => {
  await using ground = await openPostgresGround()
  const store = postgres.heldStore(ground.db.pool)
  await addEntries(
    ground,
    [3, 1, 2].map((position) => ({ position, slot: 40 * position })),
  )
  await ground.transaction((tx) => store.putAll(tx, []))
  await ground.transaction((tx) => store.putAll(tx, [held(2), held(1)]))
  await ground.transaction((tx) => store.putAll(tx, [held(3), held(1, { state: 'dead' })]))
  const { rows } = await ground.db.pool.query('SELECT position, state, slot FROM held ORDER BY position')
  assert.deepEqual(rows, [
    { position: 1, state: 'dead', slot: 40 },
    { position: 2, state: 'retrying', slot: 80 },
    { position: 3, state: 'retrying', slot: 120 },
  ])
})

test('postgres: an entry that the journal has not is not held, nor any that is put with it', async () => {
  await using ground = await openPostgresGround()
  const store = postgres.heldStore(ground.db.pool)
  await addEntries(ground, [{ position: 1 }])
  const failing = ground.transaction((tx) => store.putAll(tx, [held(1), held(2)]))
  await assert.rejects(failing, /not in the journal/)
  assert.equal(await store.at(1), undefined)
})

/** Two administrators give up entry 1 at once, at two nodes; the first commits when the second has had a while. */
async function giveUpTwice(ground: PostgresGround, lock: boolean, secondHadAWhile: () => Promise<void>) {
  const firstRead = Promise.withResolvers<void>()
  const giveUp = (between: () => Promise<void>) =>
    ground.transaction(async (tx) => {
      const store = postgres.heldStore(clientOf(tx), { lock })
      const before = (await store.at(1))!
      await between()
      if (before.state === 'dead') return 'too late'
      await store.put(tx, { ...before, state: 'dead' })
      return 'given up'
    })
  const first = giveUp(async () => {
    firstRead.resolve()
    await secondHadAWhile()
  })
  await firstRead.promise
  const second = giveUp(async () => {})
  return Promise.all([first, second])
}

test('postgres: of two who decide about one entry at once, the second sees what the first decided', async () => {
  await using ground = await openPostgresGround()
  await hold(ground, storeOn(ground), held(1))
  assert.deepEqual(await giveUpTwice(ground, true, () => whenWaiting(ground, 1)), ['given up', 'too late'])
})

test('control: without the lock both decide', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  await hold(ground, store, held(1))
  const secondDecided = async () => {
    while ((await store.at(1))?.state !== 'dead') await new Promise(setImmediate)
  }
  assert.deepEqual(await giveUpTwice(ground, false, secondDecided), ['given up', 'given up'])
})

test('postgres: a reader does not wait for who decides', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  await hold(ground, store, held(1))
  await ground.transaction(async (tx) => {
    await postgres.heldStore(clientOf(tx), { lock: true }).at(1)
    await store.put(tx, held(1, { state: 'dead' }))
    assert.equal((await store.at(1))?.state, 'retrying')
  })
  assert.equal((await store.at(1))?.state, 'dead')
})
