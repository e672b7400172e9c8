// The standby falls silent, or commits that wait for it are broken off: nobody is told "received" meanwhile, and all
// of it is there afterwards. Commits are in doubt after 2 s here, instead of 10, so that the tests are short.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { assertAllKept, drawUpCluster } from '../support/cluster-account.ts'
import { openInstallation, when } from '../support/cluster-nodes.ts'
import { startTraffic, type Traffic } from '../support/cluster-traffic.ts'
import { httpGet } from '../support/crash-client.ts'
import { startCluster } from '../support/postgres-cluster.ts'

const parts = new AsyncDisposableStack()
after(() => parts.disposeAsync())
const cluster = parts.use(await startCluster())
const trial = parts.use(
  await openInstallation({ primary: cluster.primary, life: { mutants: ['short-answer'] } }),
)
const count = (traffic: Traffic, status: number): number => traffic.seen.statuses.get(status) ?? 0

/** Sessions whose commits wait for the standby. */
const waiting = async (): Promise<number[]> =>
  (await cluster.primary.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).map((r) =>
    Number(r.pid),
  )

/** Silences the standby, and returns when what it had confirmed before has reached the devices. */
async function pauseStandby(traffic: Traffic): Promise<void> {
  cluster.pauseStandby()
  const turnedBack = count(traffic, 503)
  await when('every device has been turned back', () => count(traffic, 503) > turnedBack + 40)
}

test('P1 P7: while the standby is silent nothing is acknowledged, all are turned back; afterwards all is there', async (t) => {
  await using traffic = startTraffic(trial)
  await when('the devices are under way', () => traffic.seen.acked > 150)
  await pauseStandby(traffic)
  const { acked } = traffic.seen
  const turnedBack = count(traffic, 503)
  await when('many more are turned back', () => count(traffic, 503) > turnedBack + 150)
  assert.equal(traffic.seen.acked, acked)
  assert.equal(await httpGet(trial.node('i1').server.port, '/readyz'), 503)
  cluster.resumeStandby()
  const resumedAt = performance.now()
  await when('devices are received again', () => traffic.seen.acked > acked + 100)
  const backMs = Math.round(performance.now() - resumedAt)
  const seen = await assertAllKept(trial, traffic)
  t.diagnostic(
    `a hundred were received ${backMs} ms after the standby was back; ${JSON.stringify([...seen.statuses])}`,
  )
})

test('P1 P2 P3: commits of all nodes whose wait is broken off, by cancel or terminate, are told nobody as kept', async (t) => {
  await using traffic = startTraffic(trial)
  await when('the devices are under way', () => traffic.seen.acked > 100)
  await pauseStandby(traffic)
  const { acked } = traffic.seen
  let brokenOff = 0
  await when('twenty commits were broken off', async () => {
    for (const pid of await waiting()) {
      const how = brokenOff++ % 2 === 0 ? 'pg_cancel_backend' : 'pg_terminate_backend'
      await cluster.primary.query(`SELECT ${how}($1)`, [pid])
    }
    return brokenOff >= 20
  })
  assert.equal(traffic.seen.acked, acked)
  const told = await trial.client.burst(5)
  assert.deepEqual(new Set(told.map((a) => a.status)), new Set([503]))
  cluster.resumeStandby()
  await when('devices are received again', () => traffic.seen.acked > acked + 100)
  const seen = await assertAllKept(trial, traffic)
  t.diagnostic(`${brokenOff} broken off; ${JSON.stringify([...seen.statuses])}`)
})

test('control: a node that acknowledges before its commit is confirmed is noticed while the standby is silent (P1)', async () => {
  const { client, node } = trial
  await node('i1').server.stop()
  await node('i1').start({ mutants: ['early-ack-of-node'] })
  client.connectTo(node('i1').server.port)
  cluster.pauseStandby()
  const told = await client.burst(5)
  assert.ok(told.every((answer) => answer.status === 202))
  await cluster.primary.kill()
  await cluster.promoteStandby()
  trial.turnTo(cluster.standby)
  assert.equal((await drawUpCluster(trial)).history.verdicts['acked-LOST'], 5)
})
