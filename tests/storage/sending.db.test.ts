// The outbox's sending side on both engines, and senders on top of it: what is given to whom, what is kept of an
// attempt, and that every message arrives (P3: outside deliveries at least once, with a stable id).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { claimStore as postgresStore } from '../../src/sending/claim-store.postgres.ts'
import { dueReader, claimStore as sqliteStore } from '../../src/sending/claim-store.sqlite.ts'
import {
  type ClaimedMessage,
  type Claims,
  leaseMs,
  type OutboxFigures,
  type Settled,
} from '../../src/sending/claim-store.ts'
import { postgresClaims } from '../../src/sending/claims.postgres.ts'
import { sqliteClaims } from '../../src/sending/claims.sqlite.ts'
import { attemptMs } from '../../src/sending/post.ts'
import { readReceiver } from '../../src/sending/receiver.ts'
import { pollMs, type SenderOptions, sender } from '../../src/sending/sender.ts'
import { webhook } from '../../src/sending/webhook.ts'
import type { Later } from '../../src/storage/later.ts'
import { clientOf } from '../../src/storage/postgres.ts'
import type { Transaction } from '../../src/storage/transaction.ts'
import { engines, type Ground, openPostgresGround, type PostgresGround } from '../support/engines.ts'
import type { SendingTask } from '../support/sending-node.ts'
import { startCatcher } from '../support/webhook-catcher.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** What the cases below need of either twin. */
type Outbox = Claims & {
  figures(): Later<OutboxFigures>
  reopen(tx: Transaction, studyId: string, now: number): Later<number>
}
function outboxOf(ground: Ground, node = 'a'): Outbox {
  if (ground.name === 'postgres') {
    const { figures, reopen } = postgresStore(ground.db.pool)
    return { ...postgresClaims(ground.db, node), figures, reopen }
  }
  const store = sqliteStore(ground.trial)
  const settle = (results: readonly Settled[]) => ground.transaction(async (tx) => store.settle(tx, results))
  return { ...sqliteClaims(dueReader(ground.trial), settle), figures: store.figures, reopen: store.reopen }
}

const columns = 'message_id, study_id, kind, record, payload, created_at'
/** Writes messages of one study: ids are `S:<record>:<n>`, written in this order. */
async function write(ground: Ground, messages: readonly { id: string; createdAt?: number }[]): Promise<void> {
  await ground.transaction(async (tx) => {
    for (const { id, createdAt = 0 } of messages) {
      const values = [
        id,
        'S',
        'alert.raised',
        `response:${id.split(':')[1]}`,
        `{"patientId":"P","rule":"r"}`,
        createdAt,
      ]
      if (ground.name === 'postgres')
        await clientOf(tx).query(`INSERT INTO outbox (${columns}) VALUES ($1, $2, $3, $4, $5, $6)`, values)
      else ground.trial.prepare(`INSERT INTO outbox (${columns}) VALUES (?, ?, ?, ?, ?, ?)`).run(...values)
    }
  })
}
const writeMany = (ground: Ground, count: number) =>
  write(
    ground,
    Array.from({ length: count }, (_, i) => ({ id: `S:${i}:r` })),
  )
const idsOf = (messages: readonly ClaimedMessage[]) => messages.map(({ messageId }) => messageId)
const settled = (message: ClaimedMessage, state: Settled['state'], at: number): Settled => ({
  messageId: message.messageId,
  claimedUntil: message.claimedUntil,
  firstAttemptAt: message.firstAttemptAt ?? at,
  outcome: state === 'sent' ? '204' : '500',
  state,
  at,
})

/** A sender to a catcher with the clock of now. */
function senderTo(url: string, claims: Claims, changes: Partial<SenderOptions> = {}) {
  const now = changes.now ?? Date.now
  const hook = webhook({ receiver: readReceiver(url, false), secrets: [Buffer.alloc(32, 7)], now: Date.now })
  const troubles: string[] = []
  const made = sender({
    claims,
    deliver: (message) => hook.deliver(message),
    now,
    random: Math.random,
    onTrouble: (reason) => troubles.push(reason),
    ...changes,
  })
  void made.run()
  const dispose = async () => {
    await made.stop()
    hook[Symbol.dispose]()
  }
  return { ...made, troubles, [Symbol.asyncDispose]: dispose }
}

for (const engine of engines) {
  test(`${engine.name}: the longest due first; of a record the earliest open message only`, async () => {
    await using ground = await engine.open()
    const outbox = outboxOf(ground)
    await write(ground, [
      { id: 'S:1:a', createdAt: 20 },
      { id: 'S:1:b', createdAt: 20 },
      { id: 'S:1:c', createdAt: 20 },
      { id: 'S:2:a', createdAt: 10 },
      { id: 'S:3:a', createdAt: 99 },
    ])
    const first = await outbox.claim(50, 10)
    assert.deepEqual(idsOf(first), ['S:2:a', 'S:1:a'])
    assert.deepEqual(await outbox.claim(50, 10), [], 'what is claimed is not given again')
    await outbox.settle([settled(first[1]!, 'sent', 51)])
    const second = await outbox.claim(52, 10)
    assert.deepEqual(idsOf(second), ['S:1:b'])
    await outbox.settle([settled(second[0]!, 'given-up', 53)])
    assert.deepEqual(
      idsOf(await outbox.claim(54, 10)),
      ['S:1:c'],
      'a message that was given up holds up nobody',
    )
    assert.deepEqual(idsOf(await outbox.claim(99, 10)), ['S:3:a'])
  })

  test(`${engine.name}: a failed message comes back when it is due, with its past, and holds up its own record only`, async () => {
    await using ground = await engine.open()
    const outbox = outboxOf(ground)
    await write(ground, [{ id: 'S:1:a' }, { id: 'S:1:b' }, { id: 'S:2:a' }])
    const [one] = await outbox.claim(5, 1)
    assert.deepEqual([one!.attempts, one!.firstAttemptAt, one!.createdAt], [0, undefined, 0])
    await outbox.settle([{ ...settled(one!, 'again', 100), firstAttemptAt: 5 }])
    assert.deepEqual(idsOf(await outbox.claim(99, 10)), ['S:2:a'])
    const [again] = await outbox.claim(100, 10)
    assert.deepEqual([again!.messageId, again!.attempts, again!.firstAttemptAt], ['S:1:a', 1, 5])
    assert.equal(again!.payload, one!.payload)
    await outbox.settle([settled(again!, 'sent', 101)])
    assert.deepEqual(idsOf(await outbox.claim(101, 10)), ['S:1:b'])
  })

  test(`${engine.name}: sent stays sent, whatever is settled late or twice; a delivery counts even after giving up`, async () => {
    await using ground = await engine.open()
    const outbox = outboxOf(ground)
    await write(ground, [{ id: 'S:1:a' }, { id: 'S:2:a' }])
    const [one, two] = await outbox.claim(1, 10)
    await outbox.settle([settled(one!, 'sent', 2)])
    await outbox.settle([settled(one!, 'again', 3)])
    await outbox.settle([settled(one!, 'given-up', 4)])
    await outbox.settle([settled(two!, 'given-up', 4)])
    assert.deepEqual(await outbox.figures(), { open: 0, oldestOpenAt: undefined, givenUp: 1 })
    await outbox.settle([settled(two!, 'sent', 5)])
    assert.deepEqual(await outbox.figures(), { open: 0, oldestOpenAt: undefined, givenUp: 0 })
    assert.deepEqual(await outbox.claim(1e12, 10), [])
  })

  test(`${engine.name}: the figures; what was given up can be opened again and is never deleted (P4)`, async () => {
    await using ground = await engine.open()
    const outbox = outboxOf(ground)
    assert.deepEqual(await outbox.figures(), { open: 0, oldestOpenAt: undefined, givenUp: 0 })
    await write(ground, [
      { id: 'S:1:a', createdAt: 3 },
      { id: 'S:2:a', createdAt: 4 },
    ])
    const [one] = await outbox.claim(5, 1)
    assert.deepEqual(await outbox.figures(), { open: 2, oldestOpenAt: 3, givenUp: 0 })
    await outbox.settle([settled(one!, 'given-up', 6)])
    assert.deepEqual(await outbox.figures(), { open: 1, oldestOpenAt: 4, givenUp: 1 })
    const reopened = (studyId: string) => ground.transaction(async (tx) => outbox.reopen(tx, studyId, 7))
    assert.equal(await reopened('other'), 0)
    assert.equal(await reopened('S'), 1)
    const [, back] = await outbox.claim(7, 10)
    assert.deepEqual([back!.messageId, back!.attempts, back!.firstAttemptAt], ['S:1:a', 0, undefined])
    const remove = async (tx: Transaction) => {
      if (ground.name === 'postgres') await clientOf(tx).query('DELETE FROM outbox')
      else ground.trial.exec('DELETE FROM outbox')
    }
    await assert.rejects(ground.transaction(remove), /messages are never deleted/)
  })

  test(`P3 ${engine.name}: every message arrives once, signed, and those of a record in order, while some attempts fail`, async () => {
    await using ground = await engine.open()
    await using catcher = await startCatcher(secret, ({ time, id }, response) => {
      response.writeHead(time === 1 && id.endsWith('0:r1') ? 500 : 204).end()
    })
    const messages = Array.from({ length: 120 }, (_, i) => ({ id: `S:${Math.floor(i / 3)}:r${(i % 3) + 1}` }))
    await write(ground, messages)
    const outbox = outboxOf(ground)
    await using sending = senderTo(catcher.url, outbox)
    await catcher.until(() => catcher.caught.length >= 124)
    await sending.stop()
    const { sent, failed, failures, inFlight } = sending.figures()
    assert.deepEqual({ sent, failed, failures, inFlight }, { sent: 120, failed: 4, failures: 0, inFlight: 0 })
    assert.ok(catcher.caught.every(({ verified, id, event }) => verified && event.id === id))
    const taken = catcher.caught.filter(({ time, id }) => time === 2 || !id.endsWith('0:r1'))
    assert.deepEqual(taken.map(({ id }) => id).sort(), messages.map(({ id }) => id).sort())
    for (let record = 0; record < 40; record++)
      assert.deepEqual(
        taken.filter(({ event }) => event.subject === `response:${record}`).map(({ id }) => id.at(-1)),
        ['1', '2', '3'],
      )
    assert.deepEqual(await outbox.figures(), { open: 0, oldestOpenAt: undefined, givenUp: 0 })
    assert.deepEqual(sending.troubles, [])
  })

  test(`${engine.name}: a receiver that fails is tried with one message at a time, and gets everything when it is back`, async () => {
    await using ground = await engine.open()
    let broken = true
    await using catcher = await startCatcher(
      secret,
      (_, response) => void response.writeHead(broken ? 503 : 204).end(),
    )
    await writeMany(ground, 60)
    await using sending = senderTo(catcher.url, outboxOf(ground))
    await catcher.until(() => sending.figures().failures >= 3)
    assert.ok(catcher.caught.length <= 16 + 4, `${catcher.caught.length} attempts`)
    broken = false
    await catcher.until(() => sending.figures().sent === 60)
    assert.equal(new Set(catcher.ids()).size, 60)
  })

  test(`${engine.name}: a receiver that asks for silence gets it, from every message`, async () => {
    await using ground = await engine.open()
    await using catcher = await startCatcher(secret, (_, response) => {
      response.writeHead(catcher.caught.length === 1 ? 429 : 204, { 'retry-after': '2' }).end()
    })
    await write(ground, [{ id: 'S:1:a' }])
    await using sending = senderTo(catcher.url, outboxOf(ground))
    await catcher.until(() => sending.figures().failed === 1)
    await write(ground, [{ id: 'S:2:a' }, { id: 'S:3:a' }])
    await catcher.until(() => sending.figures().sent === 3)
    const [asked, ...later] = catcher.caught.map(({ at }) => at)
    for (const at of later) assert.ok(at - asked! >= 2000, `${at - asked!} ms`)
  })

  test(`${engine.name}: an outbox that cannot be written for a while costs no second delivery`, async () => {
    await using ground = await engine.open()
    await using catcher = await startCatcher(secret)
    await writeMany(ground, 5)
    const outbox = outboxOf(ground)
    let refusals = 2
    const claims: Claims = {
      claim: outbox.claim,
      settle: async (results) => {
        if (refusals-- > 0) throw new Error('the database is away')
        await outbox.settle(results)
      },
    }
    await using sending = senderTo(catcher.url, claims)
    await catcher.until(() => refusals < 0)
    await sending.stop()
    assert.equal(catcher.caught.length, 5)
    assert.equal((await outbox.figures()).open, 0)
    assert.deepEqual(sending.troubles, ['the database is away', 'the database is away'])
  })
}

test('postgres: claimers at the same time never get the same message', async () => {
  await using ground = await openPostgresGround()
  await writeMany(ground, 200)
  const claimed = await claimAll(ground, true)
  assert.equal(claimed.length, 200)
  assert.equal(new Set(claimed).size, 200)
})

test('control: claims that are not kept give the same message to many', async () => {
  await using ground = await openPostgresGround()
  await writeMany(ground, 200)
  const claimed = await claimAll(ground, false)
  assert.ok(new Set(claimed).size < claimed.length)
})

/** Six nodes claim in small steps until each of them gets nothing; without `keep` each claim is rolled back. */
async function claimAll(ground: PostgresGround, keep: boolean): Promise<string[]> {
  const store = postgresStore(ground.db.pool)
  const claimed: string[] = []
  const takeAll = async (node: string) => {
    for (let step = 0; step < 40; step++) {
      const take = async (tx: Transaction) => {
        const ids = idsOf(await store.claim(tx, node, 1, 7))
        claimed.push(...ids)
        if (!keep) throw new Error('rolled back')
        return ids.length
      }
      const n = await ground.transaction(take).catch((error: Error) => {
        if (error.message !== 'rolled back') throw error
        return 1
      })
      if (n === 0) return
    }
  }
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(takeAll))
  return claimed
}

test('postgres: claims of a dead node are due at the end of their lease, not before, and its late failure counts no more', async () => {
  await using ground = await openPostgresGround()
  await write(ground, [{ id: 'S:1:a' }, { id: 'S:1:b' }])
  const [dead, alive] = [outboxOf(ground, 'dead'), outboxOf(ground, 'alive')]
  const [lost] = await dead.claim(1000, 5)
  assert.equal(lost!.claimedUntil, 1000 + leaseMs)
  assert.deepEqual(await alive.claim(999 + leaseMs, 5), [])
  const [taken] = await alive.claim(1000 + leaseMs, 5)
  assert.equal(taken!.messageId, 'S:1:a')
  await dead.settle([settled(lost!, 'again', 1)])
  await dead.settle([settled(lost!, 'given-up', 1)])
  assert.deepEqual(await alive.claim(1000 + leaseMs, 5), [], 'it is still claimed by the living')
  await dead.settle([settled(lost!, 'sent', 2)])
  assert.deepEqual(idsOf(await alive.claim(1000 + leaseMs, 5)), ['S:1:b'], 'a late delivery is a delivery')
  await alive.settle([settled(taken!, 'given-up', 3)])
  assert.deepEqual((await alive.figures()).givenUp, 0)
})

test('postgres: a claim that took too long to be made is not used', async () => {
  await using ground = await openPostgresGround()
  await using catcher = await startCatcher(secret)
  await writeMany(ground, 3)
  const outbox = outboxOf(ground)
  let now = 1_000_000
  let claims = 0
  const slow: Claims = {
    settle: outbox.settle,
    async claim(at, limit) {
      const messages = await outbox.claim(at, limit)
      claims += 1
      if (claims === 1) now += leaseMs - attemptMs + 1
      return messages
    },
  }
  await using sending = senderTo(catcher.url, slow, { now: () => now })
  await catcher.until(() => claims >= 2)
  assert.equal(catcher.caught.length, 0)
  now += leaseMs
  await catcher.until(() => sending.figures().sent === 3)
  assert.equal(catcher.caught.length, 3)
})

/** Starts a sending node as a process. */
async function startNode(ground: PostgresGround, node: string, url: string, settleFirst = false) {
  const task: SendingTask = { database: ground.url, node, url, secret, settleFirst }
  const program = fileURLToPath(new URL('../support/sending-node.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, JSON.stringify(task)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  await once(child.stdout, 'data')
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  return { kill, [Symbol.asyncDispose]: kill }
}

const afterAWhile = (_: unknown, response: ServerResponse) =>
  void setTimeout(() => response.writeHead(204).end(), 30)

test('P3 postgres: two nodes that live deliver each message once', async () => {
  await using ground = await openPostgresGround()
  await using catcher = await startCatcher(secret, afterAWhile)
  await writeMany(ground, 800)
  await using one = await startNode(ground, 'one', catcher.url)
  await using two = await startNode(ground, 'two', catcher.url)
  const atOnce = 'SELECT COUNT(DISTINCT claimed_by) AS nodes FROM outbox WHERE sent_at IS NULL'
  let nodes = 0
  while (nodes < 2) {
    nodes = (await ground.db.pool.query(atOnce)).rows[0].nodes
    assert.ok(new Set(catcher.ids()).size < 800, 'one node did it all')
  }
  await settledAll(ground)
  await one.kill()
  await two.kill()
  assert.equal(new Set(catcher.ids()).size, 800)
  assert.equal(catcher.caught.length, 800)
  assert.ok(catcher.caught.every(({ verified }) => verified))
})

test('control: two nodes whose claims are not kept deliver messages more than once', async () => {
  await using ground = await openPostgresGround()
  await using catcher = await startCatcher(secret, afterAWhile)
  await writeMany(ground, 40)
  const store = postgresStore(ground.db.pool)
  const careless = (node: string): Claims => ({
    ...postgresClaims(ground.db, node),
    async claim(now, limit) {
      let messages: ClaimedMessage[] = []
      await ground
        .transaction(async (tx) => {
          messages = await store.claim(tx, node, now, limit)
          throw new Error('rolled back')
        })
        .catch(() => {})
      return messages
    },
  })
  await using one = senderTo(catcher.url, careless('one'))
  await using two = senderTo(catcher.url, careless('two'))
  await settledAll(ground)
  await one.stop()
  await two.stop()
  assert.ok(catcher.caught.length > 40)
})

async function settledAll(ground: Ground): Promise<void> {
  const outbox = outboxOf(ground)
  while ((await outbox.figures()).open > 0) await new Promise((resolve) => setTimeout(resolve, 20))
}

/**
 * A node is killed while its requests are held; then another starts whose clock is ahead, so that the test need not
 * wait for the whole lease. Tells which messages arrived, and how long the claimed ones waited by that clock.
 */
async function killMidDelivery(settleFirst: boolean) {
  await using ground = await openPostgresGround()
  let hold = true
  await using catcher = await startCatcher(secret, (_, response) => {
    if (!hold) response.writeHead(204).end()
  })
  await writeMany(ground, 40)
  await using doomed = await startNode(ground, 'doomed', catcher.url, settleFirst)
  await catcher.until(() => catcher.caught.length === 16)
  const held = new Set(catcher.ids())
  const { rows } = await ground.db.pool.query('SELECT MIN(claimed_until) AS until FROM outbox')
  await doomed.kill()
  hold = false
  const aheadMs = leaseMs - 4000
  await using survivor = senderTo(catcher.url, outboxOf(ground, 'survivor'), {
    now: () => Date.now() + aheadMs,
  })
  await catcher.until(() => catcher.caught.length >= 16 + 24)
  await settledAll(ground)
  const again = catcher.caught.slice(16).filter(({ id }) => held.has(id))
  const until = rows[0].until as number | null
  const waited = again.map(({ at }) => at + aheadMs - (until === null ? 0 : until - leaseMs))
  await survivor.stop()
  return {
    arrived: new Set(catcher.caught.slice(16).map(({ id }) => id)).size,
    caught: catcher.caught,
    held,
    again,
    waited,
  }
}

test('P3 postgres: a node killed mid-delivery loses nothing: another delivers the same ids within lease and poll', async () => {
  const { arrived, caught, held, again, waited } = await killMidDelivery(false)
  assert.equal(arrived, 40)
  assert.equal(caught.length, 40 + 16)
  assert.deepEqual(new Set(again.map(({ id }) => id)), held)
  for (const { id, body } of again)
    assert.equal(body, caught.find((c) => c.id === id)!.body, 'the same id tells the same')
  const slackMs = 2000
  for (const ms of waited) assert.ok(ms >= leaseMs && ms <= leaseMs + pollMs + slackMs, `${ms} ms`)
})

test('control: a node that calls messages sent before it sends them loses them when it is killed', async () => {
  const { arrived, again } = await killMidDelivery(true)
  assert.equal(again.length, 0)
  assert.ok(arrived < 40)
})
