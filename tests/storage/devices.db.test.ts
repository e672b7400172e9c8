// Devices on both engines: ids never come back, a revoked device stays on record, and its token counts no more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as postgres from '../../src/identity/device-store.postgres.ts'
import * as sqlite from '../../src/identity/device-store.sqlite.ts'
import type { DeviceStore, NewDevice } from '../../src/identity/device-store.ts'
import { tokenHash } from '../../src/identity/token.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'
import { payloadsOn, whenWaiting } from '../support/postgres-watch.ts'

const storeOn = (ground: Ground): DeviceStore =>
  ground.name === 'sqlite' ? sqlite.deviceStore(ground.trial) : postgres.deviceStore(ground.db.pool)

const device = (token: string, patientId: string, label = 'phone', studyId = 'S'): NewDevice => ({
  studyId,
  patientId,
  tokenSha256: tokenHash(token),
  label,
})
const add = (ground: Ground, store: DeviceStore, ...devices: NewDevice[]) =>
  ground.transaction(async (tx) => store.addAll(tx, devices, 1000))
const revoke = (ground: Ground, store: DeviceStore, ids: string[], label?: string, now = 2000) =>
  ground.transaction(async (tx) => (await store.revokeAll(tx, 'S', ids, label, now)).map((d) => d.deviceId))
/** What a device that was issued on the command line has not. */
const bare = { kind: 'token', app: null, form: null, expiresAt: null, replacedAt: null }
const standing = async (store: DeviceStore) => new Map(await store.inGoodStanding())

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground, store: DeviceStore) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground, storeOn(ground))
    })

  on('no device', async (ground, store) => {
    assert.deepEqual(await store.inGoodStanding(), [])
    assert.deepEqual(await store.of('S', 'P'), [])
    assert.deepEqual(await add(ground, store), [])
    assert.deepEqual(await revoke(ground, store, ['P']), [])
    assert.deepEqual(await revoke(ground, store, []), [])
  })

  on('added devices come back in their order, with rising ids', async (ground, store) => {
    const wanted = Array.from({ length: 100 }, (_, i) => device(`token ${(i * 37) % 100}`, `P${i % 7}`))
    const added = await add(ground, store, ...wanted)
    assert.deepEqual(
      added.map(({ studyId, patientId }) => ({ studyId, patientId })),
      wanted.map(({ studyId, patientId }) => ({ studyId, patientId })),
    )
    assert.ok(added.every(({ deviceId }, i) => i === 0 || deviceId > added[i - 1]!.deviceId))
    const known = await standing(store)
    for (const [i, { tokenSha256 }] of wanted.entries()) assert.deepEqual(known.get(tokenSha256), added[i])
    const [next] = await add(ground, store, device('next', 'P'))
    assert.ok(next!.deviceId > added.at(-1)!.deviceId)
  })

  on('a token belongs to one device for ever, also after it was revoked', async (ground, store) => {
    await add(ground, store, device('t', 'P'))
    await revoke(ground, store, ['P'])
    await assert.rejects(add(ground, store, device('u', 'Q'), device('t', 'Q')), /unique/i)
    assert.deepEqual(await store.of('S', 'Q'), [])
  })

  on(
    'revoked are the devices of these patients, or those with the label; each once',
    async (ground, store) => {
      const [a, b, c, d, e] = await add(
        ground,
        store,
        device('a', 'P'),
        device('b', 'Q', 'tablet'),
        device('c', 'P', 'tablet'),
        device('d', 'R'),
        device('e', 'P', 'phone', 'T'),
      )
      assert.deepEqual(await revoke(ground, store, ['P', 'unknown', 'Q'], 'tablet'), [
        b!.deviceId,
        c!.deviceId,
      ])
      assert.deepEqual(await revoke(ground, store, ['P', 'Q'], 'Tablet'), [])
      assert.deepEqual(await revoke(ground, store, ['Q', 'P', 'R'], undefined, 3000), [
        a!.deviceId,
        d!.deviceId,
      ])
      assert.deepEqual(await revoke(ground, store, ['P', 'Q', 'R'], undefined, 4000), [])
      assert.deepEqual([...(await standing(store))], [[tokenHash('e'), e]])
      const seen = (await store.of('S', 'P')).map((view) => ({ ...view }))
      assert.deepEqual(seen, [
        { ...bare, deviceId: a!.deviceId, label: 'phone', issuedAt: 1000, revokedAt: 3000 },
        { ...bare, deviceId: c!.deviceId, label: 'tablet', issuedAt: 1000, revokedAt: 2000 },
      ])
    },
  )

  on('labels of any kind come back as they were, and are revoked by name', async (ground, store) => {
    const added = await add(ground, store, ...hostileTexts.map((text, i) => device(`${i}`, 'P', text)))
    assert.deepEqual(
      (await store.of('S', 'P')).map((d) => d.label),
      hostileTexts,
    )
    for (const [i, text] of hostileTexts.entries())
      assert.deepEqual(await revoke(ground, store, ['P'], text), [added[i]!.deviceId])
  })

  on('texts of any kind name studies and patients', async (ground, store) => {
    const wanted = hostileTexts.map((text, i) => device(`${i}`, text, 'phone', text))
    const added = await add(ground, store, ...wanted)
    for (const [i, text] of hostileTexts.entries()) {
      assert.deepEqual(
        (await store.of(text, text)).map((d) => d.deviceId),
        [added[i]!.deviceId],
      )
      const revoked = await ground.transaction(async (tx) => store.revokeAll(tx, text, [text], undefined, 1))
      assert.deepEqual(revoked, [added[i]])
    }
  })

  on('large numbers are exact', async (ground, store) => {
    const late = Number.MAX_SAFE_INTEGER
    await ground.transaction(async (tx) => store.addAll(tx, [device('t', 'P')], late))
    await revoke(ground, store, ['P'], undefined, late)
    const [{ issuedAt, revokedAt } = {}] = await store.of('S', 'P')
    assert.deepEqual([issuedAt, revokedAt], [late, late])
  })

  on('nothing of a transaction that fails', async (ground, store) => {
    await add(ground, store, device('t', 'P'))
    const failing = ground.transaction(async (tx) => {
      await store.revokeAll(tx, 'S', ['P'], undefined, 1)
      await store.addAll(tx, [device('u', 'P')], 1)
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.deepEqual([...(await standing(store)).keys()], [tokenHash('t')])
  })

  on('thousands at once', async (ground, store) => {
    const wanted = Array.from({ length: 5000 }, (_, i) => device(`${i}`, `P${i}`))
    const added = await add(ground, store, ...wanted)
    assert.equal(new Set(added.map((d) => d.deviceId)).size, 5000)
    assert.equal(
      (
        await revoke(
          ground,
          store,
          wanted.map((d) => d.patientId),
        )
      ).length,
      5000,
    )
    assert.deepEqual(await store.inGoodStanding(), [])
  })
}

test('postgres: a device that two nodes revoke at once is revoked by one of them', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const added = await add(ground, store, device('a', 'P'), device('b', 'Q'))
  const holds = Promise.withResolvers<void>()
  const first = ground.transaction(async (tx) => {
    const revoked = await store.revokeAll(tx, 'S', ['Q'], undefined, 5)
    holds.resolve()
    await whenWaiting(ground, 1)
    return revoked.map((d) => d.deviceId)
  })
  await holds.promise
  assert.deepEqual(await revoke(ground, store, ['P', 'Q'], undefined, 6), [added[0]!.deviceId])
  assert.deepEqual(await first, [added[1]!.deviceId])
  assert.equal((await store.of('S', 'Q'))[0]?.revokedAt, 5)
})

test('postgres: the other nodes are told of each device, and can ask whether it may send', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const told = await payloadsOn(ground, postgres.devicesChannel)
  const failing = ground.transaction(async (tx) => {
    await store.addAll(tx, [device('gone', 'P')], 1)
    throw new Error('on purpose')
  })
  await assert.rejects(failing)
  const [a, b] = await add(ground, store, device('a', 'P'), device('b', 'P'))
  assert.deepEqual(await postgres.standingOf(ground.db.pool, [a!.deviceId]), [[tokenHash('a'), a]])
  await revoke(ground, store, ['P'], 'phone')
  await revoke(ground, store, ['P'], 'phone')
  const [last] = await add(ground, store, device('last', 'P'))
  const ids = [a, b, a, b, last].map((d) => d!.deviceId)
  assert.deepEqual(
    await told(5),
    ids.map((deviceId) => ({ study: 'S', deviceId })),
  )
  assert.deepEqual(await postgres.standingOf(ground.db.pool, [a!.deviceId]), [])
  assert.deepEqual(await postgres.standingOf(ground.db.pool, [12345]), [])
})
