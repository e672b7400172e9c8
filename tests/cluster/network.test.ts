// The network between nodes and the primary: cut each way, cut without a word, slow, and cut again and again. By a
// forwarder everywhere; in network namespaces, where connections die as real ones do, where the machine lets us.
// Commits are in doubt after 2 s here, instead of 10, and silent connections given up after 4 s, instead of 15; with
// CLUSTER_ROUNDS=2 or more the latter is as in production.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertAllKept } from '../support/cluster-account.ts'
import { listenEverywhere, noNamespace, openNamespace } from '../support/cluster-namespace.ts'
import { fourNodes, openInstallation, when } from '../support/cluster-nodes.ts'
import { startTraffic } from '../support/cluster-traffic.ts'
import type { Mutant } from '../support/fault-mutants.ts'
import type { Fault } from '../support/fault-points.ts'
import { startCluster } from '../support/postgres-cluster.ts'

const parts = new AsyncDisposableStack()
after(() => parts.disposeAsync())
const { primary } = parts.use(await startCluster({ settings: listenEverywhere }))
const why = noNamespace()
const namespace = why === undefined ? parts.use(await openNamespace(primary)) : undefined
const plans = fourNodes.map((plan) =>
  namespace !== undefined && /^(i2|p1)$/.test(plan.name) ? namespace.place(plan, primary) : plan,
)
const trial = parts.use(
  await openInstallation({ primary, nodes: plans, life: { mutants: ['short-answer'] } }),
)

/** Devices reach these intake nodes alone. */
function leadTo(...names: string[]): void {
  const addresses = names.map((name) => {
    const { host = '127.0.0.1' } = plans.find((p) => p.name === name)!
    return { host, port: trial.node(name).server.port }
  })
  trial.door.leadTo(...addresses)
  trial.door.sever()
}

/** Nothing is acknowledged: neither what comes first, nor what is turned back unread. A lost connection says nothing. */
async function assertSilent(): Promise<void> {
  const first = await trial.client.burst(5)
  const then = await trial.client.burst(20)
  for (const { status } of [...first, ...then]) assert.ok(status === 503 || status === 0, String(status))
  assert.ok(then.some(({ status }) => status === 503))
}

/** Delivers what was turned back, and draws up the account. */
const assertRecovered = () => assertAllKept(trial, startTraffic(trial))

test('P1 P2 P7: an intake node whose path to the primary is cut, each way, acknowledges nothing', async () => {
  leadTo('i1')
  const { link } = trial.node('i1')
  for (const way of ['there', 'back'] as const) {
    link.hold(way)
    await assertSilent()
    link.heal()
    await trial.client.retryAll(30_000)
  }
  leadTo('i1', 'i2')
  await assertRecovered()
})

test('P1 P2 P3 P6: paths that are slow, and cut again and again under load, lose and double nothing', async (t) => {
  await using traffic = startTraffic(trial)
  await when('the devices are under way', () => traffic.seen.acked > 100)
  for (let round = 0; round < 12; round++) {
    for (const { link } of trial.nodes) {
      link.slow(Math.random() * 20)
      if (Math.random() < 0.5) link.sever()
    }
    await sleep(50 + Math.random() * 250)
  }
  for (const { link } of trial.nodes) link.slow(0)
  const { acked } = traffic.seen
  await when('the devices are under way again', () => traffic.seen.acked > acked + 100)
  const seen = await assertAllKept(trial, traffic)
  t.diagnostic(`${seen.acked} acknowledged; ${JSON.stringify([...seen.statuses])}`)
})

const silence: Mutant[] = Number(process.env.CLUSTER_ROUNDS ?? 1) > 1 ? [] : ['short-silence']

/** Stops in the middle of its first batch, and stays there. */
const stuck: Fault = { at: 'processing.before-commit', does: 'wait', ms: 3_600_000, hit: 1 }

test('P1 P2 P3 P7 P8: in a namespace, nodes that are cut off without a word acknowledge nothing; their work is taken over', async (t) => {
  if (namespace === undefined) return t.skip(why)
  const { client } = trial
  const p1 = trial.node('p1')
  await p1.server.stop()
  await p1.start({ faults: [stuck], mutants: silence })
  let inHand: number[] = []
  await when('p1 has a batch in hand', async () => {
    await client.burst(5)
    const [row] = await trial.rows("SELECT positions FROM attempts WHERE node LIKE 'p1 %'")
    inHand = (row?.positions ?? []) as number[]
    return inHand.length > 0
  })
  leadTo('i2')
  namespace.cut('there')
  const cutAt = performance.now()
  await assertSilent()
  await when('what p1 had is taken over', async () => {
    const [row] = await trial.rows('SELECT count(*) AS n FROM waiting WHERE position = ANY($1)', [inHand])
    return row?.n === 0
  })
  const tookMs = Math.round(performance.now() - cutAt)
  assert.ok(tookMs < 30_000, `taken over after ${tookMs} ms`)
  await p1.server.kill()
  namespace.heal()
  await client.retryAll(30_000)
  namespace.cut('back')
  await assertSilent()
  namespace.heal()
  await p1.start()
  leadTo('i1', 'i2')
  await assertRecovered()
  t.diagnostic(`${inHand.length} entries in hand, taken over ${tookMs} ms after the cut`)
})
