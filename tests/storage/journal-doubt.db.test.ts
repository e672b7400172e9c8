// The journal on a primary whose standby must confirm: what is answered while the standby, a connection or the server
// is away, and how the node comes back. Each fault has a control that shows that it was there.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Verdict } from '../../src/intake/arrival.ts'
import type { Journal } from '../../src/intake/journal.ts'
import { journalReader } from '../../src/intake/journal-store.postgres.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { startCluster } from '../support/postgres-cluster.ts'
import { appendAll, arrivalOf, idOf, kindsOf, receiptOf, startOn, until } from './journal-ground.ts'

const cluster = await startCluster()
after(() => cluster[Symbol.asyncDispose]())
const { primary } = cluster

/** A node on a fresh database of the cluster. */
async function openNode({ copies = 'standby' as 'standby' | 'one', answerWithinMs = 10_000 } = {}) {
  const url = await primary.freshDatabase()
  const db = await openPostgres(url, { copies, name: 'test', connections: 8, answerWithinMs })
  const doubts: string[] = []
  const journal = await startOn(db, { onDoubt: (reason) => doubts.push(reason) })
  return {
    url,
    db,
    journal,
    doubts,
    reader: journalReader(db.pool),
    count: async () => Number((await db.pool.query('SELECT count(*) AS n FROM entries')).rows[0].n),
    async [Symbol.asyncDispose]() {
      await journal.stop()
      await db[Symbol.asyncDispose]()
    },
  }
}
type Node = Awaited<ReturnType<typeof openNode>>

async function whilePaused(work: () => Promise<void>): Promise<void> {
  cluster.pauseStandby()
  try {
    await work()
  } finally {
    cluster.resumeStandby()
  }
}

/** The session whose commit waits for the standby. */
async function waitingSession(): Promise<number> {
  for (;;) {
    const rows = await primary.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    if (rows.length > 0) return Number(rows[0]?.pid)
    await sleep(5)
  }
}

/** Breaks a commit off that waits for the standby. */
const breakOff = async (how: 'pg_cancel_backend' | 'pg_terminate_backend') =>
  primary.query(`SELECT ${how}($1)`, [await waitingSession()])

/** Whether there is an answer within a moment. */
const isAnswered = (verdict: Promise<Verdict>): Promise<boolean> =>
  Promise.race([verdict.then(() => true), sleep(400, false)])

/** The device sends again when the node is back: it gets a receipt, and there is one entry. */
async function comesBack(node: Node, arrivals: ReturnType<typeof arrivalOf>[]): Promise<string[]> {
  await until(() => !node.journal.overloaded())
  const verdicts = await appendAll(node.journal, arrivals)
  for (const [i, arrival] of arrivals.entries()) {
    const { position } = receiptOf(arrival, verdicts[i])
    assert.equal((await node.reader.find('S-1', 'P-1', arrival.submissionId))?.position, position)
  }
  assert.equal(await node.count(), arrivals.length)
  return kindsOf(verdicts)
}

for (const how of ['pg_cancel_backend', 'pg_terminate_backend'] as const) {
  test(`P1: a group whose wait for the standby is broken off by ${how} is not acknowledged`, async () => {
    await using node = await openNode()
    await whilePaused(async () => {
      const verdict = node.journal.append(arrivalOf(1))
      await breakOff(how)
      assert.deepEqual(await verdict, { kind: 'failed', why: 'io' })
      assert.equal(await node.count(), 1, 'the doubt is real: the primary has it, the standby does not')
      await until(() => node.journal.overloaded())
    })
    assert.deepEqual(await comesBack(node, [arrivalOf(1), arrivalOf(2)]), ['duplicate', 'received'])
    assert.equal(node.doubts.length, 1)
    assert.match(node.doubts[0]!, /in doubt/)
  })
}

test('control: a plain client calls a commit good whose wait was cancelled', async () => {
  await using node = await openNode()
  const client = new pg.Client(node.url)
  await client.connect()
  await whilePaused(async () => {
    const done = client.query(`INSERT INTO retries (position, at) VALUES (1, 1)`)
    await breakOff('pg_cancel_backend')
    assert.equal((await done).rowCount, 1)
  })
  await client.end()
})

test('P2: a duplicate whose entry no standby has is not acknowledged before the standby has it', async () => {
  await using node = await openNode()
  const arrival = arrivalOf(1)
  await whilePaused(async () => {
    const first = node.journal.append(arrival)
    await breakOff('pg_terminate_backend')
    assert.equal((await first).kind, 'failed')
    assert.ok(
      await node.reader.find('S-1', 'P-1', idOf(1)),
      'control: who only looks finds it and would say so',
    )
    const again = node.journal.append(arrival)
    assert.equal(await isAnswered(again), false)
    const conflict = node.journal.append(arrivalOf(1, { body: '{"other":1}' }))
    assert.equal(await isAnswered(conflict), false)
    cluster.resumeStandby()
    assert.equal((await again).kind, 'duplicate')
    receiptOf(arrival, await again)
    assert.equal((await conflict).kind, 'conflict')
  })
  assert.equal(await node.count(), 1)
})

test('P2: the same conflict sent again waits for the standby too, although nothing of it is new', async () => {
  await using node = await openNode()
  const other = arrivalOf(1, { body: '{"other":1}' })
  assert.deepEqual(kindsOf(await appendAll(node.journal, [arrivalOf(1), other])), ['received', 'conflict'])
  await whilePaused(async () => {
    const again = node.journal.append(other)
    assert.equal(await isAnswered(again), false)
    cluster.resumeStandby()
    assert.equal((await again).kind, 'conflict')
  })
})

test('P1: without standbys to wait for nothing is acknowledged, until they are named again', async () => {
  await using node = await openNode()
  await using alone = await openNode({ copies: 'one' })
  await node.journal.append(arrivalOf(1))
  await primary.reload({ synchronous_standby_names: '' })
  try {
    assert.equal((await node.journal.append(arrivalOf(2))).kind, 'failed')
    await until(() => node.journal.overloaded())
    assert.equal((await node.journal.append(arrivalOf(3))).kind, 'failed')
    assert.equal(
      (await alone.journal.append(arrivalOf(1))).kind,
      'received',
      'control: the server does commit',
    )
  } finally {
    await primary.reload({ synchronous_standby_names: 'ANY 1 (*)' })
  }
  const kinds = await comesBack(node, [arrivalOf(1), arrivalOf(2), arrivalOf(3)])
  assert.equal(kinds[0], 'duplicate')
})

test('P7: while the standby is silent, new arrivals are turned back all the time; afterwards the node goes on', async () => {
  await using node = await openNode({ answerWithinMs: 700 })
  const seen = { doors: [] as boolean[] }
  await whilePaused(async () => {
    const verdict = node.journal.append(arrivalOf(1))
    await sleep(300) // longer than the oldest may wait
    const watching = watchDoors(node.journal, 2000, seen.doors)
    assert.deepEqual(await verdict, { kind: 'failed', why: 'io' })
    await watching
  })
  assert.ok(seen.doors.length > 50 && seen.doors.every((turnsBack) => turnsBack))
  assert.deepEqual(await comesBack(node, [arrivalOf(1), arrivalOf(2)]), ['duplicate', 'received'])
  assert.equal(node.doubts.length, 1, 'told once')
})

async function watchDoors(journal: Journal, ms: number, seen: boolean[]): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(10)) seen.push(journal.overloaded())
}

test('P1, P8: the primary dies under load and returns: each id has one entry, each acknowledged one is there', async () => {
  await using node = await openNode()
  const [answered, unanswered] = [new Set<number>(), new Set<number>()]
  let [next, dead] = [0, false]
  const device = async () => {
    while (!dead) {
      const n = next++
      const { kind } = await node.journal.append(arrivalOf(n))
      ;(kind === 'received' ? answered : unanswered).add(n)
      if (kind === 'failed') await sleep(5)
    }
  }
  const devices = Array.from({ length: 40 }, device)
  await until(() => answered.size > 500)
  await primary.kill()
  await until(() => node.journal.overloaded())
  dead = true
  await Promise.all(devices)
  assert.ok(unanswered.size > 0)
  await primary.restart()
  const all = Array.from({ length: next }, (_, n) => arrivalOf(n))
  const kinds = await comesBack(node, all)
  for (const n of answered) assert.equal(kinds[n], 'duplicate')
})
