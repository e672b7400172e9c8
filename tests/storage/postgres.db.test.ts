// What openPostgres refuses, what a transaction keeps, how listening goes on, and migrations: on one server. What
// happens to commits when the standby or the connection goes: postgres-doubt.db.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { migratePostgres } from '../../src/storage/migrate.postgres.ts'
import {
  acknowledgedStatement,
  clientOf,
  InDoubt,
  inPostgresTransaction,
  openPostgres,
  type PostgresTransaction,
  postgresFailure,
  UnfitServer,
} from '../../src/storage/postgres.ts'
import type { Transaction } from '../../src/storage/transaction.ts'
import { openPostgresGround } from '../support/engines.ts'
import { sharedPostgres, startPostgres } from '../support/postgres-server.ts'

const one = { copies: 'one', name: 'test', connections: 4 } as const
const keep = { text: 'INSERT INTO retries (position, at) VALUES ($1, 0)', values: [1] }
const unfit = (words: RegExp) => (error: unknown) => error instanceof UnfitServer && words.test(error.message)

test('P1: a session has our settings, whatever role and database say', async () => {
  await using ground = await openPostgresGround()
  const database = new URL(ground.url).pathname.slice(1)
  for (const setting of ['synchronous_commit = off', 'statement_timeout = 5', 'client_min_messages = error'])
    await ground.db.pool.query(`ALTER DATABASE ${database} SET ${setting}`)
  await using db = await openPostgres(ground.url, one)
  for (const [name, value] of [
    ['synchronous_commit', 'on'],
    ['statement_timeout', '0'],
    ['client_min_messages', 'warning'],
  ]) {
    const { rows } = await db.pool.query('SELECT current_setting($1) AS value', [name])
    assert.equal(rows[0].value, value)
  }
})

test('P1: a server that does not flush, or names no standby, is refused, also by later connections', async () => {
  await using server = await startPostgres()
  await assert.rejects(
    openPostgres(server.url, { ...one, copies: 'standby' }),
    unfit(/synchronous_standby_names/),
  )
  await using db = await openPostgres(server.url, one)
  const first = await db.pool.connect()
  for (const [name, error] of [
    ['fsync', /fsync is off, on is needed/],
    ['full_page_writes', /full_page_writes is off/],
  ] as const) {
    await server.reload({ [name]: 'off' })
    await assert.rejects(openPostgres(server.url, one), unfit(error))
    await assert.rejects(db.pool.connect(), unfit(error))
    await server.reload({ [name]: 'on' })
  }
  first.release()
})

test('a database that is not UTF-8 is refused', async () => {
  const server = await sharedPostgres()
  await server.query("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
  await assert.rejects(openPostgres(server.urlOf('latin'), one), unfit(/server_encoding is LATIN1/))
})

test('a server that is not there is lost, and its password is in no message', async () => {
  await using server = await startPostgres()
  await server.stop()
  const error = await openPostgres(server.url, one).then(
    () => assert.fail('opened'),
    (e) => e,
  )
  assert.equal(postgresFailure(error), 'lost')
  assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, new RegExp(new URL(server.url).password))
})

test('a transaction keeps all or nothing', async () => {
  await using ground = await openPostgresGround()
  const { db } = ground
  const count = async () => (await db.pool.query('SELECT count(*) AS n FROM retries')).rows[0].n
  assert.equal(await inPostgresTransaction(db, async (tx) => (await clientOf(tx).query(keep)).rowCount), 1)
  assert.equal(await count(), 1)
  const failing = inPostgresTransaction(db, async (tx) => {
    await clientOf(tx).query(keep)
    throw new Error('of the work')
  })
  await assert.rejects(failing, /of the work/)
  assert.equal(await count(), 1)
})

test('P1: a COMMIT that rolled back because a failed statement was passed over is not called kept', async () => {
  await using ground = await openPostgresGround()
  const passedOver = inPostgresTransaction(ground.db, async (tx) => {
    await clientOf(tx).query(keep)
    await clientOf(tx)
      .query('SELECT 1/0')
      .catch(() => {})
  })
  await assert.rejects(passedOver, /nothing was kept/)
  assert.equal((await ground.db.pool.query('SELECT count(*) AS n FROM retries')).rows[0].n, 0)
})

test('a transaction is proof only while it is open', async () => {
  await using ground = await openPostgresGround()
  let kept: PostgresTransaction | undefined
  await inPostgresTransaction(ground.db, async (tx) => {
    kept = tx
    assert.equal(clientOf(tx), tx.client)
  })
  assert.throws(() => clientOf(kept!), /not an open transaction/)
  assert.throws(() => clientOf({} as Transaction), /not an open transaction/)
})

test('P1: any warning between BEGIN and COMMIT is doubt', async () => {
  await using ground = await openPostgresGround()
  const warned = inPostgresTransaction(ground.db, async (tx) => {
    await clientOf(tx).query("DO $$ BEGIN RAISE WARNING 'a'; END $$")
  })
  await assert.rejects(warned, InDoubt)
  const statement = { text: "DO $$ BEGIN RAISE WARNING 'a'; END $$" }
  await assert.rejects(acknowledgedStatement(ground.db, statement), InDoubt)
  const noticed = { text: "DO $$ BEGIN RAISE NOTICE 'a'; END $$" }
  await acknowledgedStatement(ground.db, noticed)
  assert.equal(ground.db.pool.totalCount, 1, 'connections in doubt were dropped')
})

test('a refused statement has kept nothing and its connection goes on', async () => {
  await using ground = await openPostgresGround()
  const twice = { text: 'INSERT INTO receipt_groups VALUES (1, 1, $1)', values: [Buffer.from('a')] }
  assert.equal((await acknowledgedStatement(ground.db, twice)).rowCount, 1)
  await assert.rejects(acknowledgedStatement(ground.db, twice), { code: '23505' })
  assert.equal(ground.db.pool.totalCount, 1)
})

test('a deadlock is busy for one, and the other goes on', async () => {
  await using ground = await openPostgresGround()
  const lock = (tx: Transaction, key: number) => clientOf(tx).query('SELECT pg_advisory_xact_lock($1)', [key])
  const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const ends = await Promise.allSettled(
    [0, 1].map((mine) =>
      inPostgresTransaction(ground.db, async (tx) => {
        await lock(tx, mine)
        both[mine]!.resolve()
        await Promise.all(both.map((b) => b.promise))
        await lock(tx, 1 - mine)
      }),
    ),
  )
  const failed = ends.filter((end) => end.status === 'rejected')
  assert.equal(failed.length, 1)
  assert.equal(postgresFailure(failed[0]!.reason), 'busy')
})

test('a connection lost before COMMIT is lost but not in doubt, and is not used again', async () => {
  await using ground = await openPostgresGround()
  const { db, url } = ground
  const server = await sharedPostgres()
  assert.ok(url.startsWith(server.url.replace(/\/postgres$/, '')))
  const lost = inPostgresTransaction(db, async (tx) => {
    const { rows } = await clientOf(tx).query('SELECT pg_backend_pid() AS pid')
    await server.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await clientOf(tx).query(keep)
  })
  await assert.rejects(lost, (error) => !(error instanceof InDoubt) && postgresFailure(error) === 'lost')
  assert.equal((await db.pool.query('SELECT count(*) AS n FROM retries')).rows[0].n, 0)
})

test('a statement without an answer in time is in doubt, and its connection is dropped', async () => {
  await using ground = await openPostgresGround()
  await using db = await openPostgres(ground.url, { ...one, answerWithinMs: 100 })
  await assert.rejects(acknowledgedStatement(db, { text: 'SELECT pg_sleep(30)' }), InDoubt)
  assert.equal((await db.pool.query('SELECT 1 AS n')).rows[0].n, 1)
  assert.equal(db.pool.totalCount, 1)
})

test('BIGINT comes as a number, and beyond 2^53 not at all', async () => {
  await using ground = await openPostgresGround()
  const { pool } = ground.db
  assert.deepEqual((await pool.query('SELECT 4711::bigint AS n, ARRAY[1::bigint, 2] AS all')).rows, [
    { n: 4711, all: [1, 2] },
  ])
  await assert.rejects(pool.query('SELECT 9007199254740993::bigint AS n'), /does not fit/)
  assert.equal((await pool.query('SELECT 1::bigint AS n')).rows[0].n, 1)
})

test('listening hears payloads, and after a lost connection says so and hears again', async () => {
  await using ground = await openPostgresGround()
  const { db } = ground
  const heard: string[] = []
  const events = new EventTarget()
  const say = (name: string) => events.dispatchEvent(new Event(name))
  const onPayload = (payload: string) => {
    heard.push(payload)
    say('heard')
  }
  await using listener = await db.listen('a channel', onPayload, () => say('back'))
  assert.ok(listener)
  const tell = async (payload: string) => {
    const next = once(events, 'heard')
    await db.pool.query("SELECT pg_notify('a channel', $1)", [payload])
    await next
  }
  await tell('first')
  const back = once(events, 'back')
  await db.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
  )
  await back
  await tell('second')
  assert.deepEqual(heard, ['first', 'second'])
})

test('listening ends with its handle, though the server is gone', async () => {
  await using server = await startPostgres()
  await using db = await openPostgres(server.url, one)
  const listener = await db.listen('c', assert.fail, assert.fail)
  await server.kill()
  await sleep(50)
  await listener[Symbol.asyncDispose]()
})

test('nodes that migrate at the same time do it once; migrating again changes nothing', async () => {
  const server = await sharedPostgres()
  await server.query('CREATE DATABASE empty_one')
  await using db = await openPostgres(server.urlOf('empty_one'), one)
  await using other = await openPostgres(server.urlOf('empty_one'), { ...one, name: 'other' })
  await Promise.all([migratePostgres(db), migratePostgres(other), migratePostgres(db)])
  const migrations = async () =>
    (await db.pool.query('SELECT name FROM migrations ORDER BY name')).rows.map(({ name }) => name)
  const files = readdirSync(new URL('../../migrations/', import.meta.url))
  const wanted = files.filter((name) => /^\d{4}-.*\.postgres\.sql$/.test(name)).sort()
  assert.deepEqual(await migrations(), wanted)
  await migratePostgres(other)
  assert.deepEqual(await migrations(), wanted)
})

test('a database that a newer, breaking migration has changed is refused; a safe one is not', async () => {
  await using ground = await openPostgresGround()
  const { db } = ground
  await db.pool.query("INSERT INTO migrations VALUES (9998, '9998-more.postgres.sql', false)")
  await migratePostgres(db)
  await db.pool.query("INSERT INTO migrations VALUES (9999, '9999-other.postgres.sql', true)")
  await assert.rejects(migratePostgres(db), /9999-other\.postgres\.sql; this version of Levee is too old/)
})

test('P4 P6: the database refuses to change or delete what is kept', async () => {
  await using ground = await openPostgresGround()
  const { pool } = ground.db
  await pool.query(`
    INSERT INTO entries VALUES (1, 's', 0, gen_random_uuid(), 'p', 1, 0, '', '', 1, 0, '');
    INSERT INTO second_bodies (position, same_content, device_id, received_at, sha256, head, body) VALUES (1, false, 1, 0, '', '', '');
    INSERT INTO audit_entries VALUES ('s', 0, '');
    INSERT INTO responses VALUES (1, 's', 'p', 'f', '1', 'o', 0, 0, '', '{}')`)
  const refused = [
    'UPDATE entries SET received_at = 1',
    'UPDATE second_bodies SET sha256 = sha256',
    `UPDATE audit_entries SET leaf = 'x'`,
    ...['entries', 'second_bodies', 'audit_entries', 'responses'].flatMap((table) => [
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ]),
  ]
  for (const text of refused) await assert.rejects(pool.query(text), { code: '23001' }, text)
  assert.equal((await pool.query('UPDATE second_bodies SET noticed_at = 1')).rowCount, 1)
})
