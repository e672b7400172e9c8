// The primary dies: under load with two standbys, and in the window in which it alone has what a device is waiting for.
// The controls break the promise on purpose; the history checker must say so.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Diary } from '../../src/cli/load/diaries.ts'
import { assertAllKept, assertClusterKept, drawUpCluster } from '../support/cluster-account.ts'
import { failOver, failOverToOnly, type Pair } from '../support/cluster-failover.ts'
import { fourNodes, type Installation, openInstallation, when } from '../support/cluster-nodes.ts'
import { startTraffic } from '../support/cluster-traffic.ts'
import type { Told } from '../support/crash-client.ts'
import { addStandby, startCluster } from '../support/postgres-cluster.ts'
import type { PostgresServer } from '../support/postgres-server.ts'

const parts = new AsyncDisposableStack()
after(() => parts.disposeAsync())
const cluster = parts.use(await startCluster())
const second = parts.use(await addStandby(cluster.primary, 'standby2'))
const nodes = fourNodes.map((n) => (n.name === 'p2' ? { ...n, roles: 'intake,processing' } : n))
const trial = parts.use(await openInstallation({ primary: cluster.primary, nodes }))
const isAck = ({ status }: Told) => status === 200 || status === 202

/** Who is primary, and who confirms, as the tests go on. */
let pair: Pair = cluster

test('P1 P2 P3 P4 P6 P8: the primary is killed under load; a standby takes over, devices send again, nothing is lost', async (t) => {
  await using traffic = startTraffic(trial)
  await when('the devices are under way', () => traffic.seen.acked > 200)
  await cluster.primary.kill()
  const killedAt = performance.now()
  await when('devices are turned back', () => (traffic.seen.statuses.get(503) ?? 0) > 20)
  const before = traffic.seen.acked
  pair = await failOver(cluster.standby, second)
  assert.equal(traffic.seen.acked, before, 'nothing is acknowledged without a primary')
  trial.turnTo(pair.primary)
  await when('devices are received again', () => traffic.seen.acked > before)
  const backMs = Math.round(performance.now() - killedAt)
  await when('devices are under way again', () => traffic.seen.acked > before + 200)
  const seen = await assertAllKept(trial, traffic)
  assert.ok(backMs < 30_000, `acknowledging again after ${backMs} ms`)
  t.diagnostic(`${seen.acked} acknowledged, again ${backMs} ms after the kill`)
})

/** Sends to one node, past the door. */
async function sendTo({ client, node }: Installation, name: string, diary: Diary): Promise<Told> {
  client.connectTo(node(name).server.port)
  return await client.send(diary)
}

/** Whether a commit of a node waits for the standby. */
const waits = async (primary: PostgresServer, node: string): Promise<boolean> =>
  (
    await primary.query(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = $1`,
      [`levee ${node}`],
    )
  ).length > 0

const isVisible = async ({ submissionId }: Diary): Promise<boolean> =>
  (await trial.rows('SELECT 1 FROM entries WHERE submission_id = $1', [submissionId])).length > 0

/** A diary whose commit waits for a frozen standby when the primary crashes; the primary comes back alone. */
async function crashWhileWaiting({ primary, standby }: Pair): Promise<Diary> {
  const diary = trial.client.next()
  standby.freeze()
  const told = sendTo(trial, 'i2', diary)
  await when('the commit waits for the standby', () => waits(primary, 'i2'))
  await primary.kill()
  assert.equal((await told).status, 503)
  await primary.restart()
  await when('the entry is visible, though no standby has it', () => isVisible(diary))
  return diary
}

/** The primary dies for good, and what the standby has on disk is all that is left. */
async function failOverNow(): Promise<void> {
  await pair.primary.kill()
  pair = await failOverToOnly(pair.standby)
  parts.use(pair.standby)
  trial.turnTo(pair.primary)
  trial.client.connectTo(trial.door.port)
}

test('P1 P2: a diary that only a crashed primary has is not acknowledged when sent again (T5)', async () => {
  const diary = await crashWhileWaiting(pair)
  let told: Told | undefined
  const again = sendTo(trial, 'i1', diary).then((answer) => (told = answer))
  await when(
    'the answer waits for the standby',
    async () => told !== undefined || (await waits(pair.primary, 'i1')),
  )
  assert.equal(told, undefined)
  await failOverNow()
  assert.equal((await again).status, 503)
  assert.equal(await isVisible(diary), false, 'control: whoever acknowledged what it saw has lost it')
  await trial.client.retryAll(30_000)
  assert.equal(await isVisible(diary), true)
  await trial.settle()
  assertClusterKept(await drawUpCluster(trial))
})

test('control: a node that answers before its commit is confirmed, or duplicates without a commit, loses (P1)', async () => {
  const { client, node } = trial
  await Promise.all([node('i1').server.stop(), node('p2').server.stop()])
  await Promise.all([
    node('i1').start({ mutants: ['early-ack-of-node'] }),
    node('p2').start({ mutants: ['duplicate-unwritten'] }),
  ])
  const diary = await crashWhileWaiting(pair)
  const early = client.next()
  assert.ok(isAck(await sendTo(trial, 'i1', early)), 'acknowledged although no standby confirms')
  assert.equal((await sendTo(trial, 'p2', diary)).status, 200, 'acknowledged because it was there')
  await failOverNow()
  const { history } = await drawUpCluster(trial)
  assert.equal(history.verdicts['acked-LOST'], 2)
  assert.deepEqual(
    history.breaches.map((b) => b.submissionId).sort(),
    [early.submissionId, diary.submissionId].sort(),
  )
})

test('control: an asynchronous standby that lags loses acknowledged diaries, and kept checkpoints tell (P1 P6)', async (t) => {
  await using asynchronous = await startCluster({ names: '' })
  const one = [{ name: 'all', roles: 'intake,processing,api' }]
  await using alone = await openInstallation({ primary: asynchronous.primary, nodes: one, copies: 'one' })
  await using traffic = startTraffic(alone)
  await when('the devices are under way', () => traffic.seen.acked > 50)
  await when(
    'a checkpoint is signed',
    async () => (await alone.rows('SELECT 1 FROM audit_checkpoints')).length > 0,
  )
  await asynchronous.caughtUp()
  asynchronous.pauseStandby()
  const before = traffic.seen.acked
  await when('more is acknowledged', () => traffic.seen.acked > before + 100)
  await traffic.stop()
  await alone.node('all').server.stop()
  await asynchronous.primary.kill()
  await asynchronous.promoteStandby()
  alone.turnTo(asynchronous.standby)
  const { history, audits } = await drawUpCluster(alone)
  assert.ok(history.verdicts['acked-LOST'] > 50, JSON.stringify(history.verdicts))
  assert.equal(audits.get('all')?.code, 1, 'the checkpoint outside does not fit the log')
  await assert.rejects(alone.node('all').start(), /checkpoint/, 'and the node refuses to go on')
  t.diagnostic(`${history.verdicts['acked-LOST']} of ${history.checked} lost`)
})
