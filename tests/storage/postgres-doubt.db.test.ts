// What happens to a commit when its standby, its connection or its server goes while it waits. A paused standby holds
// every commit, so each case has the time it needs; a control shows that the plain driver calls such commits good.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import {
  acknowledgedStatement,
  clientOf,
  InDoubt,
  inPostgresTransaction,
  openPostgres,
  type Postgres,
  postgresFailure,
  UnfitServer,
} from '../../src/storage/postgres.ts'
import { startCluster } from '../support/postgres-cluster.ts'

const cluster = await startCluster()
after(() => cluster[Symbol.asyncDispose]())
const { primary, standby } = cluster
const url = await primary.freshDatabase()
const options = { copies: 'standby', name: 'test', connections: 4 } as const
const keep = { text: 'INSERT INTO retries (position, at) VALUES (1, 0)' }

/** Both ways to commit something that somebody is told of. */
const ways: Record<string, (db: Postgres) => Promise<unknown>> = {
  transaction: (db) => inPostgresTransaction(db, (tx) => clientOf(tx).query(keep)),
  statement: (db) => acknowledgedStatement(db, keep),
}

/** Resolves with the ids of the sessions whose commits wait for the standby, when there are as many. */
async function waitingCommits(count = 1): Promise<number[]> {
  for (;;) {
    const rows = await primary.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    if (rows.length >= count) return rows.map((row) => Number(row.pid))
    await sleep(10)
  }
}

/** Begins a commit while the standby is paused, does something to it, and returns how it ended. */
async function interrupted(commit: Promise<unknown>, what: (pids: number[]) => Promise<unknown>) {
  const end = commit.then(
    () => undefined,
    (error: unknown) => error,
  )
  await what(await waitingCommits())
  return end
}

async function whilePaused(work: () => Promise<void>): Promise<void> {
  cluster.pauseStandby()
  try {
    await work()
  } finally {
    cluster.resumeStandby()
  }
}

test('a standby is refused, as one', async () => {
  const error = await openPostgres(standby.url, options).then(
    () => assert.fail('opened'),
    (e) => e,
  )
  assert.ok(error instanceof UnfitServer && error.standby)
  assert.equal(postgresFailure(error), 'read-only')
})

for (const [way, commit] of Object.entries(ways)) {
  test(`P1: a ${way} that waits for a paused standby is not answered, and then in doubt`, async () => {
    await using db = await openPostgres(url, { ...options, answerWithinMs: 300 })
    await whilePaused(() => assert.rejects(commit(db), InDoubt))
    await commit(db)
    assert.equal(db.pool.totalCount, 1)
  })

  for (const how of ['pg_cancel_backend', 'pg_terminate_backend']) {
    test(`P1: a ${way} whose wait is broken off by ${how} is in doubt`, async () => {
      await using db = await openPostgres(url, options)
      await whilePaused(async () => {
        const error = await interrupted(commit(db), (pids) =>
          primary.query(`SELECT ${how}(pid) FROM unnest($1::int[]) AS pid`, [pids]),
        )
        assert.ok(error instanceof InDoubt, String(error))
      })
    })
  }

  test(`P1: a ${way} that is let go because the standby's name is taken out is in doubt`, async () => {
    await using db = await openPostgres(url, options)
    await whilePaused(async () => {
      const error = await interrupted(commit(db), () => primary.reload({ synchronous_standby_names: '' }))
      assert.ok(error instanceof InDoubt, String(error))
      await assert.rejects(db.pool.connect(), UnfitServer)
    })
    await primary.reload({ synchronous_standby_names: 'ANY 1 (*)' })
  })
}

test('control: the plain driver calls a commit good whose wait was cancelled', async () => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await whilePaused(async () => {
    const error = await interrupted(client.query(keep), (pids) =>
      primary.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [pids]),
    )
    assert.equal(error, undefined)
  })
  await client.end()
})

test('P1: commits that wait when the primary dies are in doubt; what was answered is on the promoted standby', async () => {
  await using db = await openPostgres(url, options)
  await acknowledgedStatement(db, { text: 'INSERT INTO retries (position, at) VALUES (4711, 0)' })
  cluster.pauseStandby()
  const commits = Object.values(ways).map((commit) =>
    commit(db).then(
      () => assert.fail('kept'),
      (error) => error,
    ),
  )
  await waitingCommits(commits.length)
  await primary.kill()
  for (const error of await Promise.all(commits)) assert.ok(error instanceof InDoubt, String(error))
  await cluster.promoteStandby()
  const promoted = new URL(url)
  promoted.port = String(standby.port)
  await using after = await openPostgres(promoted.href, { ...options, copies: 'one' })
  const { rows } = await after.pool.query('SELECT count(*) AS n FROM retries WHERE position = 4711')
  assert.equal(rows[0].n, 1)
})

test('control: with a paused, asynchronous standby an answered commit is lost with the primary', async () => {
  await using loose = await startCluster({ names: '' })
  const database = await loose.primary.freshDatabase()
  await using db = await openPostgres(database, { ...options, copies: 'one' })
  await loose.caughtUp()
  loose.pauseStandby()
  await acknowledgedStatement(db, { text: 'INSERT INTO retries (position, at) VALUES (4711, 0)' })
  await loose.primary.kill()
  await loose.promoteStandby()
  const promoted = new URL(database)
  promoted.port = String(loose.standby.port)
  const client = new pg.Client({ connectionString: promoted.href })
  await client.connect()
  const { rows } = await client.query('SELECT 1 FROM retries WHERE position = 4711')
  await client.end()
  assert.equal(rows.length, 0)
})
