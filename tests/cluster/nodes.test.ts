// Nodes die under load: two that receive and two that process, on a primary whose standby confirms every commit.
// CLUSTER_ROUNDS (1) sets how often nodes die at named points; from 2 on at more of them.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { controlClient } from '../../src/cli/control-client.ts'
import type { Point } from '../../src/system/points.ts'
import { assertAllKept, assertClusterKept, drawUpCluster } from '../support/cluster-account.ts'
import { type ClusterNode, openInstallation, when } from '../support/cluster-nodes.ts'
import { startTraffic } from '../support/cluster-traffic.ts'
import type { StartRefused } from '../support/crash-server.ts'
import type { Fault } from '../support/fault-points.ts'
import { startCluster } from '../support/postgres-cluster.ts'

const rounds = Number(process.env.CLUSTER_ROUNDS ?? 1)
const parts = new AsyncDisposableStack()
after(() => parts.disposeAsync())
const cluster = parts.use(await startCluster())
const trial = parts.use(await openInstallation({ primary: cluster.primary }))
const [i1, i2, p1, p2] = trial.nodes as [ClusterNode, ClusterNode, ClusterNode, ClusterNode]

/** Devices keep their connections, so a node that is back gets its share only when these are cut. */
async function startIntake(node: ClusterNode, faults: readonly Fault[] = []): Promise<void> {
  await node.start({ faults })
  trial.door.sever()
}

const receivedBy = async ({ data }: ClusterNode): Promise<number> =>
  (await controlClient(data).get<{ received: number }>('/status')).received

const takenBy = async ({ data }: ClusterNode): Promise<number> =>
  (await controlClient(data).get<{ processing: { taken: number } }>('/status')).processing.taken

/** Stops in the middle of its first batch, and stays there. */
const stuck: Fault = { at: 'processing.before-commit', does: 'wait', ms: 3_600_000, hit: 1 }

/** Ends a node and starts it so that it stops in the middle of its next batch. */
async function restartStuck(node: ClusterNode): Promise<void> {
  await node.server.stop()
  await node.start({ faults: [stuck] })
}

/** The entries of the batch that a node has in hand; resolves when it has one. */
async function batchOf(node: ClusterNode): Promise<number[]> {
  let positions: number[] = []
  await when(`${node.name} has a batch in hand`, async () => {
    const rows = await trial.rows('SELECT positions FROM attempts WHERE node LIKE $1', [`${node.name} %`])
    positions = (rows[0]?.positions ?? []) as number[]
    return positions.length > 0
  })
  return positions
}

const countWaiting = async (positions: readonly number[]): Promise<number> =>
  Number((await trial.rows('SELECT count(*) AS n FROM waiting WHERE position = ANY($1)', [positions]))[0]!.n)

test('P1 P2 P3 P4 P6: kill -9 of an intake node under load: devices go on at the other, nothing is lost', async (t) => {
  await using traffic = startTraffic(trial)
  await when('the devices are under way', () => traffic.seen.acked > 150)
  const { signal } = await i1.server.kill()
  assert.equal(signal, 'SIGKILL')
  const before = traffic.seen.acked
  await when('the other node serves them all', () => traffic.seen.acked > before + 150)
  await startIntake(i1)
  await when('the node serves again', async () => (await receivedBy(i1)) > 50)
  const seen = await assertAllKept(trial, traffic)
  assert.ok(seen.repeated > 20, 'devices asked again (P2)')
  t.diagnostic(`${seen.acked} acknowledged; answers by status ${JSON.stringify([...seen.statuses])}`)
})

test('P3 P8: what a killed processing node had in hand is taken over within seconds', async (t) => {
  await restartStuck(p1)
  await using traffic = startTraffic(trial)
  const inHand = await batchOf(p1)
  const before = traffic.seen.acked
  await when('devices are received meanwhile', () => traffic.seen.acked > before + 100)
  assert.equal(await countWaiting(inHand), inHand.length, 'control: nobody takes them while the node lives')
  await p1.server.kill()
  const killedAt = performance.now()
  await when('they are taken', async () => (await countWaiting(inHand)) === 0, 15_000)
  const tookMs = Math.round(performance.now() - killedAt)
  assert.ok(tookMs < 10_000, `taken over after ${tookMs} ms`)
  await p1.start()
  await assertAllKept(trial, traffic)
  t.diagnostic(`${inHand.length} entries in hand, taken over after ${tookMs} ms`)
})

test('P3 P8: a processing node that freezes in the middle of a batch is overtaken, and doubles nothing when it wakes', async (t) => {
  await p1.server.stop()
  const asleep: Fault = { ...stuck, ms: 7000 }
  await p1.start({ faults: [asleep], mutants: ['short-sleep'] })
  await using traffic = startTraffic(trial)
  const inHand = await batchOf(p1)
  const frozenAt = performance.now()
  await when('the other node takes them', async () => (await countWaiting(inHand)) === 0)
  const tookMs = Math.round(performance.now() - frozenAt)
  assert.ok(tookMs < 6500, `taken over after ${tookMs} ms, while the node was frozen`)
  await when('the node takes others when it is awake', async () => (await takenBy(p1)) > 0)
  await assertAllKept(trial, traffic)
  t.diagnostic(`${inHand.length} entries in hand, taken over after ${tookMs} ms`)
})

test('P3 P4 P6 P8: kill -9 of both processing nodes in the middle of batches', async (t) => {
  await Promise.all([restartStuck(p1), restartStuck(p2)])
  await using traffic = startTraffic(trial)
  const inHand = [...(await batchOf(p1)), ...(await batchOf(p2))]
  assert.equal(new Set(inHand).size, inHand.length, 'no entry is in two hands')
  await Promise.all([p1.server.kill(), p2.server.kill()])
  const before = traffic.seen.acked
  await when('devices are received without processing', () => traffic.seen.acked > before + 150)
  await Promise.all([p1.start(), p2.start()])
  await assertAllKept(trial, traffic)
  t.diagnostic(`${inHand.length} entries were in hand`)
})

/** Where the nodes p1, p2 and i1 die, each at which hit; i2 lives. */
const deaths: readonly (readonly [Point, number])[][] = [
  [
    ['processing.marked', 1],
    ['processing.before-commit', 2],
    ['journal.before-commit', 3],
  ],
  [
    ['processing.after-commit', 1],
    ['audit.after-checkpoint-row', 1],
    ['journal.after-commit', 2],
  ],
]
/** More of them, if there is time. */
const moreDeaths: typeof deaths = [
  [
    ['processing.heads-locked', 2],
    ['audit.before-checkpoint', 1],
    ['journal.before-answer', 5],
  ],
  [
    ['processing.evaluate', 9],
    ['audit.after-checkpoint-file', 1],
    ['journal.after-commit', 7],
  ],
]

/** Starts a node that will die; it may do so before its doors are open. */
async function startToDie(node: ClusterNode, [at, hit]: readonly [Point, number]): Promise<void> {
  const faults: Fault[] = [{ at, hit, does: 'kill' }]
  await (node === i1 ? startIntake(node, faults) : node.start({ faults })).catch((error: StartRefused) => {
    if (error.exit?.signal !== 'SIGKILL') throw error
  })
}

test('P1 P2 P3 P4 P6: deaths of three nodes of four at named points', async (t) => {
  await using traffic = startTraffic(trial, { senders: 8, restMs: 100 })
  const dying = [p1, p2, i1]
  await Promise.all(dying.map((node) => node.server.kill()))
  for (const round of Array.from({ length: rounds }, (_, n) => (n % 2 === 0 ? deaths : moreDeaths)).flat()) {
    await Promise.all(dying.map((node, n) => startToDie(node, round[n]!)))
    for (const [n, { server, name }] of dying.entries()) {
      await when(`${name} dies at ${round[n]}`, () => server.hasExited())
      assert.equal((await server.exit).signal, 'SIGKILL', server.errors())
    }
  }
  await Promise.all(dying.map((node) => node.start()))
  const seen = await assertAllKept(trial, traffic)
  t.diagnostic(`${seen.acked} acknowledged meanwhile`)
})

test('P6 P8: all nodes stop in good order and nothing is left', async () => {
  for (const { server } of trial.nodes)
    assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors())
  assert.deepEqual(await trial.rows('SELECT node FROM attempts'), [], 'no marker tells of a death')
  assert.equal(i2.server.errors(), '')
  assertClusterKept(await drawUpCluster(trial))
})
