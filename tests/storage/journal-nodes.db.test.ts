// Several journals on one PostgreSQL: the same ids at the same time, the order of positions, what goes along with an
// entry, and what a refusal of the server becomes. Controls take away what a case rests on, and see it fail.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { Arrival } from '../../src/intake/arrival.ts'
import type { Journal } from '../../src/intake/journal.ts'
import { journalReader } from '../../src/intake/journal-store.postgres.ts'
import { slotOf } from '../../src/intake/slot.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { openPostgresGround, type PostgresGround } from '../support/engines.ts'
import { appendAll, arrivalOf, kindsOf, receiptKey, receiptOf, startOn, until } from './journal-ground.ts'

/** Two nodes on one database, each with connections of its own. */
async function openNodes() {
  const ground = await openPostgresGround()
  const open = async (name: string) => {
    const db = await openPostgres(ground.url, { copies: 'one', name, connections: 6 })
    return { db, journal: await startOn(db, { node: name }) }
  }
  const opened = [await open('node-1'), await open('node-2')] as const
  return {
    ground,
    nodes: [opened[0].journal, opened[1].journal] as const,
    rows: rowsOf(ground),
    async [Symbol.asyncDispose]() {
      for (const { db, journal } of opened) {
        await journal.stop()
        await db[Symbol.asyncDispose]()
      }
      await ground[Symbol.asyncDispose]()
    },
  }
}

const rowsOf = (ground: PostgresGround) => async (text: string) =>
  (await ground.db.pool.query<Record<string, unknown>>(text)).rows

/** The same in another order, every time. */
const shuffled = <T>(values: readonly T[], step: number): T[] =>
  values.map((_, i) => values[(i * step) % values.length]!)

/** Sends the same submissions to both nodes at once, in different orders. */
async function race(nodes: readonly [Journal, Journal], round: number, count = 211) {
  const arrivals = Array.from({ length: count }, (_, n) =>
    arrivalOf(1000 * round + n, { patientId: `P-${n % 7}` }),
  )
  const orders = [shuffled(arrivals, 2), shuffled(arrivals, 5).reverse()] as const
  const verdicts = await Promise.all([appendAll(nodes[0], orders[0]), appendAll(nodes[1], orders[1])])
  return arrivals.map((arrival) => ({
    arrival,
    verdicts: [verdicts[0][orders[0].indexOf(arrival)]!, verdicts[1][orders[1].indexOf(arrival)]!],
  }))
}

test('P2: two nodes get the same ids at once: one entry each, and both give the same receipt', async () => {
  await using it = await openNodes()
  for (let round = 0; round < 8; round++) {
    for (const { arrival, verdicts } of await race(it.nodes, round)) {
      assert.deepEqual(kindsOf(verdicts).sort(), ['duplicate', 'received'])
      const [one, other] = verdicts.map((v) => receiptOf(arrival, v))
      assert.deepEqual(one, other)
    }
  }
  assert.deepEqual(await it.rows('SELECT count(*) AS n FROM entries'), [{ n: 8 * 211 }])
  assert.deepEqual(await it.rows('SELECT count(*) AS n FROM waiting'), [{ n: 8 * 211 }])
  assert.deepEqual(await it.rows('SELECT count(*) AS n FROM retries'), [{ n: 8 * 211 }])
  assert.deepEqual([...(await journalReader(it.ground.db.pool).totals())], [['S-1', 8 * 211]])
})

test('two groups that share ids wait for each other, and never in a circle', async () => {
  await using it = await openNodes()
  await it.rows(
    `CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.005); RETURN NEW; END $$;
     CREATE TRIGGER slow BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION slow_down()`,
  )
  for (const { verdicts } of await race(it.nodes, 0, 47))
    assert.deepEqual(kindsOf(verdicts).sort(), ['duplicate', 'received'])
})

test('control: without the unique index, ids that come at once are kept twice', async () => {
  await using it = await openNodes()
  await it.rows('DROP INDEX entries_by_submission')
  await race(it.nodes, 0)
  assert.deepEqual(await it.rows('SELECT count(*) AS n FROM entries'), [{ n: 2 * 211 }])
})

test('P2: two nodes get different content under one id: one is received, the other is evidence', async () => {
  await using it = await openNodes()
  for (let n = 0; n < 20; n++) {
    const bodies = ['{"pain":1}', '{"pain":2}'].map((body) => arrivalOf(n, { body })) as [Arrival, Arrival]
    const verdicts = await Promise.all([it.nodes[0].append(bodies[0]), it.nodes[1].append(bodies[1])])
    assert.deepEqual(kindsOf(verdicts).sort(), ['conflict', 'received'])
  }
  const [row] = await it.rows(
    `SELECT count(*) AS n, count(*) FILTER (WHERE s.sha256 <> e.sha256 AND NOT same_content AND noticed_at IS NULL) AS fit
     FROM second_bodies AS s JOIN entries AS e USING (position)`,
  )
  assert.deepEqual(row, { n: 20, fit: 20 })
})

/** Whether each answered submission has a higher position than those answered before, at whichever node. */
async function isCausal({ nodes }: Pick<Awaited<ReturnType<typeof openNodes>>, 'nodes'>): Promise<boolean> {
  let [last, causal] = [0, true]
  for (let n = 0; n < 40; n++) {
    const others = nodes.map((node, i) => node.append(arrivalOf(1000 + 2 * n + i)))
    const arrival = arrivalOf(n)
    const { position } = receiptOf(arrival, await nodes[n % 2]!.append(arrival))
    causal &&= position > last
    last = position
    await Promise.all(others)
  }
  return causal
}

test('what was sent after an answer has a higher position, also at another node', async () => {
  await using it = await openNodes()
  assert.ok(await isCausal(it))
})

test('control: positions that sessions draw ahead are out of order', async () => {
  await using it = await openNodes()
  await it.rows('ALTER SEQUENCE groups CACHE 20')
  assert.equal(await isCausal(it), false)
})

test('an entry comes with its slot, its work for processing, its group and its place in the log', async () => {
  await using it = await openNodes()
  const arrivals = Array.from({ length: 50 }, (_, n) => arrivalOf(n, { patientId: `P-${n}` }))
  const verdicts = await appendAll(it.nodes[0], arrivals)
  const kept = await it.rows(
    `SELECT e.position, log_index, patient_id, e.slot, w.slot AS work, first, size
     FROM entries AS e LEFT JOIN waiting AS w USING (position) LEFT JOIN receipt_groups ON first = group_first
     ORDER BY position`,
  )
  const receipts = arrivals.map((a, i) => ({
    ...receiptOf(a, verdicts[i]),
    slot: slotOf('S-1', a.patientId),
  }))
  const expected = receipts.map(({ position, logIndex, slot, group: [first, size] }, i) => {
    return { position, log_index: logIndex, patient_id: `P-${i}`, slot, work: slot, first, size }
  })
  assert.deepEqual(kept, expected)
  assert.ok(receipts.every((r) => r.logIndex === r.position - 1))
})

test('the ledger never sees fewer entries than processing has taken, while all writers count', async () => {
  await using it = await openNodes()
  let done = false
  const reading = (async () => {
    for (let reads = 1; ; reads++) {
      const [row] = await it.rows('SELECT count(*) AS n FROM waiting')
      const counted = (await journalReader(it.ground.db.pool).totals()).get('S-1') ?? 0
      assert.ok(counted >= Number(row?.n), `${counted} counted, ${row?.n} there`)
      if (done) return reads
    }
  })()
  const send = (node: Journal, from: number) =>
    appendAll(
      node,
      Array.from({ length: 3000 }, (_, n) => arrivalOf(from + n)),
    )
  await Promise.all([send(it.nodes[0], 0), send(it.nodes[1], 10_000)])
  done = true
  assert.ok((await reading) > 2)
  assert.equal((await journalReader(it.ground.db.pool).totals()).get('S-1'), 6000)
  const writers = await it.rows('SELECT node, writer FROM totals')
  assert.ok(writers.length > 2, `${writers.length} writers`)
})

test('processing is called after commits, at most fifty times a second', async () => {
  await using it = await openNodes()
  let calls = 0
  await it.ground.db.listen(
    'levee_entries',
    () => calls++,
    () => {},
  )
  await it.nodes[0].append(arrivalOf(1))
  await until(() => calls === 1)
  const began = performance.now()
  for (let n = 2; n < 60; n++) await it.nodes[0].append(arrivalOf(n))
  const most = 2 + (performance.now() - began) / 20
  await it.nodes[0].stop()
  await it.nodes[1].append(arrivalOf(99))
  await until(() => calls >= 3)
  assert.ok(calls - 1 <= most + 1, `${calls} calls, ${most} were due at most`)
})

/** Makes the server refuse new entries with an SQLSTATE, as a full disk (53100) or a held lock (55P03) does. */
const refuseWith = (sqlState: string) =>
  `CREATE FUNCTION refuse_now() RETURNS trigger LANGUAGE plpgsql AS
   $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${sqlState}'; END $$;
   CREATE TRIGGER refusal BEFORE INSERT ON entries EXECUTE FUNCTION refuse_now()`

for (const [sqlState, why] of [
  ['53100', 'full'],
  ['55P03', 'overloaded'],
  ['40P01', 'overloaded'],
  ['XX000', 'io'],
] as const) {
  test(`P1, P7: a group that the server refuses with ${sqlState} is answered ${why}, and leaves nothing`, async () => {
    await using it = await openNodes()
    const arrivals = [arrivalOf(1), arrivalOf(1), arrivalOf(2)]
    await it.nodes[0].append(arrivalOf(9))
    await it.rows(refuseWith(sqlState))
    assert.deepEqual(kindsOf(await appendAll(it.nodes[0], arrivals)), [why, why, why])
    assert.deepEqual(kindsOf(await appendAll(it.nodes[0], [arrivalOf(3)])), [why])
    for (const table of ['entries', 'waiting', 'receipt_groups'])
      assert.deepEqual(await it.rows(`SELECT count(*) AS n FROM ${table}`), [{ n: 1 }])
    assert.deepEqual([...(await journalReader(it.ground.db.pool).totals())], [['S-1', 1]])
    await it.rows('DROP TRIGGER refusal ON entries')
    assert.deepEqual(kindsOf(await appendAll(it.nodes[0], arrivals)), ['received', 'duplicate', 'received'])
  })
}

test('P1: a group of which the server swallows an entry is not acknowledged', async () => {
  const doubts: string[] = []
  await using ground = await openPostgresGround()
  const journal = await startOn(ground.db, { onDoubt: (reason) => doubts.push(reason) })
  await rowsOf(ground)(
    `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RETURN CASE WHEN NEW.patient_id = 'P-2' THEN NULL ELSE NEW END; END $$;
     CREATE TRIGGER swallowing BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION swallow()`,
  )
  assert.deepEqual(kindsOf([await journal.append(arrivalOf(1))]), ['received'])
  assert.deepEqual(kindsOf([await journal.append(arrivalOf(2, { patientId: 'P-2' }))]), ['io'])
  assert.deepEqual(doubts, ['0 of 1 entries were kept'])
  await journal.stop()
})

test('a sequence that lies behind the entries is refused at the start', async () => {
  await using ground = await openPostgresGround()
  const rows = rowsOf(ground)
  const first = await startOn(ground.db)
  await appendAll(
    first,
    Array.from({ length: 600 }, (_, n) => arrivalOf(n)),
  )
  await first.stop()
  await rows(`SELECT setval('groups', 1, false)`)
  await assert.rejects(startOn(ground.db), /sequence "groups" would give out 1 next/)
  await rows(`SELECT setval('groups', 513)`)
  const second = await startOn(ground.db)
  assert.equal(receiptOf(arrivalOf(700), await second.append(arrivalOf(700))).position, 1025)
  await second.stop()
})

test('each node knows how its own life before ended', async () => {
  await using ground = await openPostgresGround()
  const stopOf = (journal: Journal) => journal.figures().previousStop
  const first = await startOn(ground.db)
  const other = await startOn(ground.db, { node: 'node-2' })
  const afterCrash = await startOn(ground.db)
  await first.stop()
  await afterCrash.stop()
  const afterStop = await startOn(ground.db)
  assert.deepEqual([first, other, afterCrash, afterStop].map(stopOf), ['first', 'first', 'unclean', 'clean'])
  await Promise.all([other.stop(), afterStop.stop()])
})

test('P7: a full queue, and one whose oldest arrival has waited too long, turns new arrivals back', async () => {
  await using ground = await openPostgresGround()
  const journal = await startOn(ground.db, { limits: { waiting: 10, waitMs: 100 } })
  assert.equal(journal.overloaded(), false)
  const many = appendAll(
    journal,
    Array.from({ length: 10 }, (_, n) => arrivalOf(n)),
  )
  assert.equal(journal.overloaded(), true)
  await many
  assert.equal(journal.overloaded(), false)
  const holder = await ground.db.pool.connect()
  await holder.query('BEGIN; LOCK TABLE entries IN EXCLUSIVE MODE')
  const held = journal.append(arrivalOf(100))
  await until(() => journal.overloaded())
  assert.equal(journal.figures().waiting, 1)
  await holder.query('ROLLBACK')
  holder.release()
  assert.equal((await held).kind, 'received')
  assert.equal(journal.overloaded(), false)
  await journal.stop()
})

test('P2: the signature of a receipt stays what it was, whatever key the node has now', async () => {
  await using ground = await openPostgresGround()
  const first = await startOn(ground.db)
  const arrivals = [1, 2, 3].map((n) => arrivalOf(n))
  const verdicts = await appendAll(first, arrivals)
  await first.stop()
  const { privateKey } = generateKeyPairSync('ed25519')
  const second = await startOn(ground.db, { receiptKey: { id: receiptKey.id, privateKey } })
  assert.deepEqual(
    await appendAll(second, arrivals),
    verdicts.map((v) => ({ ...v, kind: 'duplicate' })),
  )
  await second.stop()
})
