// Several nodes append to the same audit logs on PostgreSQL: one log without gaps, nobody waits in a circle, and a
// checkpoint covers nothing that is not committed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointsDue, postgresAuditLog } from '../../src/records/audit-log.postgres.ts'
import { type AuditStore, auditStore } from '../../src/records/audit-store.postgres.ts'
import { clientOf, postgresFailure } from '../../src/storage/postgres.ts'
import { Frontier, leafDigest } from '../../src/system/merkle.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { openPostgresGround, type PostgresGround } from '../support/engines.ts'
import { whenWaiting } from '../support/postgres-watch.ts'

const signer = importSigner('levee-log-test', makeSigningKey())

/** One transaction of a node: opens the studies, gives others time, appends its name to each, and commits. */
function writes(
  ground: PostgresGround,
  store: AuditStore,
  name: string,
  studies: readonly string[],
  between: () => Promise<unknown> = async () => {},
): Promise<void> {
  return ground.transaction(async (tx) => {
    const log = postgresAuditLog(tx, store)
    await log.open(studies)
    await between()
    for (const study of studies) {
      const index = log.appendText(tx, study, JSON.stringify({ name }))
      log.accountFor(study, index + 1)
    }
    await log.save(tx)
  })
}

/** The names in a log, in its order; the leaves lead to the head. */
async function namesIn(store: AuditStore, studyId: string): Promise<string[]> {
  const frontier = new Frontier()
  const names: string[] = []
  for await (const { index, leaf } of store.leavesFrom(studyId, 0)) {
    assert.equal(index, frontier.size)
    frontier.appendDigest(leafDigest(leaf))
    names.push(JSON.parse(leaf).name)
  }
  const head = (await store.heads()).get(studyId)
  assert.equal(head?.size, names.length)
  assert.equal(head?.entries, names.length)
  assert.deepEqual(head?.frontier, frontier.toBytes())
  return names
}

test('P6: two transactions that append to one study at once give one log without gaps', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  await writes(ground, store, 'zero', ['S'])
  const opened = Promise.withResolvers<void>()
  const first = writes(ground, store, 'one', ['S'], async () => {
    opened.resolve()
    await whenWaiting(ground, 1)
  })
  await opened.promise
  await Promise.all([first, writes(ground, store, 'two', ['S'])])
  assert.deepEqual(await namesIn(store, 'S'), ['zero', 'one', 'two'])
})

test('control: without the lock on the head, one of the two cannot commit', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  const unlocked: AuditStore = {
    ...store,
    lockHeads: async (_tx, ids) => new Map([...(await store.heads())].filter(([id]) => ids.includes(id))),
  }
  await writes(ground, store, 'zero', ['S'])
  const [opened, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const first = writes(ground, unlocked, 'one', ['S'], async () => {
    opened.resolve()
    await done.promise
  })
  await opened.promise
  await writes(ground, unlocked, 'two', ['S'])
  done.resolve()
  await assert.rejects(first, /duplicate key/)
})

test('P6: two that begin the log of a new study at once give one log without gaps', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  const opened = Promise.withResolvers<void>()
  const first = writes(ground, store, 'one', ['S'], async () => {
    opened.resolve()
    await whenWaiting(ground, 1)
  })
  await opened.promise
  await Promise.all([first, writes(ground, store, 'two', ['S'])])
  assert.deepEqual(await namesIn(store, 'S'), ['one', 'two'])
})

test('if the first of two fails, the second goes on where the log ended', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  await writes(ground, store, 'zero', ['S'])
  const opened = Promise.withResolvers<void>()
  const first = writes(ground, store, 'one', ['S', 'new'], async () => {
    opened.resolve()
    await whenWaiting(ground, 1)
    throw new Error('on purpose')
  })
  await opened.promise
  const second = writes(ground, store, 'two', ['S', 'new'])
  await assert.rejects(first, /on purpose/)
  await second
  assert.deepEqual(await namesIn(store, 'S'), ['zero', 'two'])
  assert.deepEqual(await namesIn(store, 'new'), ['two'])
})

test('P6: many writers of overlapping studies, each log without gaps and every name in it once', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  const ids = ['A', 'B', 'C', 'D']
  const names = Array.from({ length: 60 }, (_, i) => `writer ${i}`)
  const studiesOf = (i: number) => ids.filter((_, n) => (i >> n) % 2 === 0).sort(() => (i % 3) - 1)
  for (const id of ids) await writes(ground, store, 'zero', [id])
  await Promise.all(names.map((name, i) => writes(ground, store, name, studiesOf(i))))
  for (const id of ids) {
    const wanted = names.filter((_, i) => studiesOf(i).includes(id))
    assert.deepEqual((await namesIn(store, id)).sort(), ['zero', ...wanted].sort())
  }
})

/** Two transactions append to A and B, one in this order and one in the other; `together` opens both at once. */
async function crossing(ground: PostgresGround, store: AuditStore, together: boolean) {
  const one = async (order: readonly string[], meet: () => Promise<unknown>) =>
    ground.transaction(async (tx) => {
      const log = postgresAuditLog(tx, store)
      if (together) await log.open(order)
      for (const [i, study] of order.entries()) {
        await log.append(tx, { at: '', actor: '', action: '', study, record: '' })
        if (i === 0) await meet()
      }
      await log.save(tx)
    })
  let there = 0
  const both = Promise.withResolvers<void>()
  const meet = async () => {
    there += 1
    if (there === 2) both.resolve()
    await Promise.race([both.promise, whenWaiting(ground, 1)])
  }
  return Promise.allSettled([one(['A', 'B'], meet), one(['B', 'A'], meet)])
}

test('logs that are opened together are locked in one order, so writers never wait in a circle', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  for (const id of ['A', 'B']) await writes(ground, store, 'zero', [id])
  const results = await crossing(ground, store, true)
  assert.deepEqual(
    results.map((r) => r.status),
    ['fulfilled', 'fulfilled'],
  )
})

test('control: logs opened one after the other, in opposite orders, end one writer as busy', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  for (const id of ['A', 'B']) await writes(ground, store, 'zero', [id])
  const failed = (await crossing(ground, store, false)).filter((r) => r.status === 'rejected')
  assert.deepEqual(
    failed.map(({ reason }) => postgresFailure(reason)),
    ['busy'],
  )
})

test('what waits for the log reads afterwards what the one before it has written', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  await writes(ground, store, 'zero', ['S'])
  const opened = Promise.withResolvers<void>()
  const first = ground.transaction(async (tx) => {
    await postgresAuditLog(tx, store).open(['S'])
    opened.resolve()
    await whenWaiting(ground, 1)
    await clientOf(tx).query(`INSERT INTO retries (position, at) VALUES (7, 0)`)
  })
  await opened.promise
  const second = ground.transaction(async (tx) => {
    await postgresAuditLog(tx, store).open(['S'])
    return (await clientOf(tx).query('SELECT position FROM retries')).rows
  })
  await first
  assert.deepEqual(await second, [{ position: 7 }])
})

test('P6: a checkpoint covers committed leaves only, and two nodes that sign at once make the same', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  await writes(ground, store, 'zero', ['S'])
  await ground.transaction(async (tx) => {
    const log = postgresAuditLog(tx, store)
    await log.append(tx, { at: '', actor: '', action: '', study: 'S', record: '' })
    await log.save(tx)
    const due = await checkpointsDue(store, () => signer)
    assert.deepEqual(
      due.map(({ row }) => row.size),
      [1],
    )
  })
  const [[mine], [theirs]] = await Promise.all([
    checkpointsDue(store, () => signer),
    checkpointsDue(store, () => signer),
  ])
  assert.deepEqual(mine, theirs)
  const kept = await Promise.all(
    [mine, theirs].map((c) => ground.transaction((tx) => store.addCheckpoint(tx, c!.studyId, c!.row))),
  )
  assert.deepEqual(kept.sort(), [false, true])
  assert.deepEqual(await checkpointsDue(store, () => signer), [])
})

test('what is not open is neither appended to nor read', async () => {
  await using ground = await openPostgresGround()
  const store = auditStore(ground.db.pool)
  await ground.transaction(async (tx) => {
    const log = postgresAuditLog(tx, store)
    const notOpen = /audit log of S is not open/
    assert.throws(() => log.appendText(tx, 'S', '{}'), notOpen)
    assert.throws(() => log.size('S'), notOpen)
    assert.throws(() => log.accountFor('S', 1), notOpen)
    await log.open(['S'])
    await log.save(tx)
    assert.equal(log.size('S'), 0)
  })
})
