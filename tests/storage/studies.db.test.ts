// Published studies on both engines: files stay as published, in the order of their publication.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as postgres from '../../src/records/study-store.postgres.ts'
import * as sqlite from '../../src/records/study-store.sqlite.ts'
import type { PublishedStudy, StudyStore } from '../../src/records/study-store.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'
import { payloadsOn, whenWaiting } from '../support/postgres-watch.ts'

const storeOn = (ground: Ground): StudyStore =>
  ground.name === 'sqlite' ? sqlite.studyStore(ground.trial) : postgres.studyStore(ground.db.pool)

const study = (studyId: string, version: string, text = ''): PublishedStudy => ({
  studyId,
  version,
  sha256: `sha of ${text}`,
  files: new Map([['study.yaml', text]]),
})

const otherwise = (version: string) =>
  new RegExp(`version ${version} is already published with other content`)

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground, store: StudyStore) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground, storeOn(ground))
    })
  const publish = (ground: Ground, store: StudyStore, s: PublishedStudy, now: number) =>
    ground.transaction(async (tx) => store.publish(tx, s, now))

  on('no study', async (_, store) => {
    assert.deepEqual(await store.ids(), [])
    assert.equal(await store.newest('S'), undefined)
  })

  on('files come back as they were, whatever is in them', async (ground, store) => {
    const texts = [...hostileTexts, '\u0000', '\uD800 alone']
    const files = new Map(texts.map((text, i) => [`${i} ${text}`, text]))
    files.set('__proto__', 'a name like any other')
    assert.equal(await publish(ground, store, { ...study('S', '1'), files }, 1), true)
    const kept = await store.newest('S')
    assert.deepEqual([...kept!.files].sort(), [...files].sort())
    assert.deepEqual({ ...kept, files: 0 }, { ...study('S', '1'), files: 0 })
  })

  on('the version published last is the newest, whatever it is called', async (ground, store) => {
    for (const [i, version] of ['2', '10', '1'].entries()) {
      await publish(ground, store, study('S', version, version), 1000 + i)
      assert.equal((await store.newest('S'))?.version, version)
    }
    await publish(ground, store, study('T', '7'), 1)
    assert.equal((await store.newest('S'))?.version, '1')
    assert.equal((await store.newest('T'))?.version, '7')
  })

  on('the same content again changes nothing', async (ground, store) => {
    await publish(ground, store, study('S', '1', 'a'), 1)
    await publish(ground, store, study('S', '2', 'b'), 2)
    assert.equal(await publish(ground, store, study('S', '1', 'a'), 3), false)
    assert.equal((await store.newest('S'))?.version, '2')
  })

  on('other content under a published version is refused, and what stands stays', async (ground, store) => {
    await publish(ground, store, study('S', '1', 'a'), 1)
    await assert.rejects(publish(ground, store, study('S', '1', 'b'), 2), otherwise('1'))
    assert.deepEqual((await store.newest('S'))?.files, study('S', '1', 'a').files)
    assert.equal(await publish(ground, store, study('T', '1', 'b'), 3), true)
  })

  on('ids in byte order, each once', async (ground, store) => {
    for (const id of ['b', 'B', 'é', 'a']) {
      await publish(ground, store, study(id, '1'), 1)
      await publish(ground, store, study(id, '2'), 2)
    }
    assert.deepEqual(await store.ids(), ['B', 'a', 'b', 'é'])
  })

  on('nothing of a transaction that fails', async (ground, store) => {
    const failing = ground.transaction(async (tx) => {
      await store.publish(tx, study('S', '1'), 1)
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.deepEqual(await store.ids(), [])
  })
}

test('postgres: the version of a node whose clock is behind is the newest all the same', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  await ground.transaction(async (tx) => store.publish(tx, study('S', '1'), 5000))
  await ground.transaction(async (tx) => store.publish(tx, study('S', '2'), 4000))
  assert.equal((await store.newest('S'))?.version, '2')
})

test('postgres: of two nodes that publish one version at once, the second sees what the first did', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const firstIn = Promise.withResolvers<void>()
  const secondWaits = Promise.withResolvers<void>()
  const first = ground.transaction(async (tx) => {
    const isNew = await store.publish(tx, study('S', '1', 'a'), 1)
    firstIn.resolve()
    await secondWaits.promise
    return isNew
  })
  await firstIn.promise
  const same = ground.transaction(async (tx) => store.publish(tx, study('S', '1', 'a'), 1))
  const other = ground.transaction(async (tx) => store.publish(tx, study('S', '1', 'b'), 1))
  const settled = Promise.allSettled([first, same, other])
  await whenWaiting(ground, 2)
  secondWaits.resolve()
  const [one, two, three] = await settled
  assert.deepEqual(one, { status: 'fulfilled', value: true })
  assert.deepEqual(two, { status: 'fulfilled', value: false })
  assert.match(String((three as PromiseRejectedResult).reason), otherwise('1'))
})

test('postgres: the other nodes are told of a new version at its commit, and of nothing else', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const told = await payloadsOn(ground, postgres.studiesChannel)
  const failing = ground.transaction(async (tx) => {
    await store.publish(tx, study('gone', '1'), 1)
    throw new Error('on purpose')
  })
  await assert.rejects(failing)
  await ground.transaction(async (tx) => store.publish(tx, study('S', '1'), 1))
  await ground.transaction(async (tx) => store.publish(tx, study('S', '1'), 1))
  await ground.transaction(async (tx) => store.publish(tx, study('last', '1'), 1))
  assert.deepEqual(await told(2), [{ study: 'S' }, { study: 'last' }])
})
