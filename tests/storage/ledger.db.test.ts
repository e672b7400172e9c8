// The ledger on both engines: rows are sums of moves, whoever makes them and in whatever order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as postgres from '../../src/records/ledger-store.postgres.ts'
import * as sqlite from '../../src/records/ledger-store.sqlite.ts'
import type { LedgerRow, LedgerStore } from '../../src/records/ledger-store.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'

const storeOn = (ground: Ground): LedgerStore =>
  ground.name === 'sqlite' ? sqlite.ledgerStore(ground.trial) : postgres.ledgerStore(ground.db.pool)

const none: LedgerRow = { taken: 0, applied: 0, quarantined: 0, retrying: 0, dead: 0 }
const row = (by: Partial<LedgerRow>): LedgerRow => ({ ...none, ...by })
const move = (ground: Ground, store: LedgerStore, studyId: string, by: LedgerRow) =>
  ground.transaction(async (tx) => store.move(tx, studyId, by))
const rows = async (store: LedgerStore) => Object.fromEntries(await store.rows())

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground, store: LedgerStore) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground, storeOn(ground))
    })

  on('no study', async (_, store) => {
    assert.deepEqual(await rows(store), {})
  })

  on('P4: moves add up, also those that take away, for each study alone', async (ground, store) => {
    await move(ground, store, 'S', { taken: 10, applied: 5, quarantined: 3, retrying: 2, dead: 0 })
    await move(ground, store, 'T', row({ taken: 1, dead: 1 }))
    await move(ground, store, 'S', row({ applied: 1, retrying: -2, dead: 1 }))
    await move(ground, store, 'S', none)
    assert.deepEqual(await rows(store), {
      S: { taken: 10, applied: 6, quarantined: 3, retrying: 0, dead: 1 },
      T: row({ taken: 1, dead: 1 }),
    })
  })

  on('several moves in one transaction, and none of one that fails', async (ground, store) => {
    const twice = (fails: boolean) =>
      ground.transaction(async (tx) => {
        await store.move(tx, 'S', row({ taken: 1, applied: 1 }))
        await store.move(tx, 'S', row({ taken: 1, dead: 1 }))
        if (fails) throw new Error('on purpose')
      })
    await twice(false)
    await assert.rejects(twice(true), /on purpose/)
    assert.deepEqual(await rows(store), { S: row({ taken: 2, applied: 1, dead: 1 }) })
  })

  on('large numbers are exact, studies may be called anything', async (ground, store) => {
    const most = Number.MAX_SAFE_INTEGER
    for (const text of hostileTexts) {
      await move(ground, store, text, row({ taken: most - 1, applied: -most }))
      await move(ground, store, text, row({ taken: 1, applied: most }))
    }
    const sums = hostileTexts.map((text) => [text, row({ taken: most })])
    assert.deepEqual(await rows(store), Object.fromEntries(sums))
  })
}

test('postgres: many studies in one statement', async () => {
  await using ground = await openPostgresGround()
  const store = postgres.ledgerStore(ground.db.pool)
  const by = new Map([
    ['T', row({ taken: 1, applied: 1 })],
    ['S', row({ taken: 2, dead: 2 })],
  ])
  await ground.transaction((tx) => store.moveAll(tx, new Map()))
  await ground.transaction((tx) => store.moveAll(tx, by))
  await ground.transaction((tx) => store.moveAll(tx, by))
  assert.deepEqual(await rows(store), { S: row({ taken: 4, dead: 4 }), T: row({ taken: 2, applied: 2 }) })
})

test('P4: postgres: what several nodes move at once adds up', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const moves = Array.from({ length: 40 }, (_, i) =>
    move(ground, store, `S${i % 2}`, row({ taken: 1, applied: 1 })),
  )
  await Promise.all(moves)
  const twenty = row({ taken: 20, applied: 20 })
  assert.deepEqual(await rows(store), { S0: twenty, S1: twenty })
})
