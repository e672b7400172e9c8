// Scenario "postgres" (`--postgres`): one machine's cores shared by a primary, a synchronous standby, Levee nodes and
// the generator. Submissions acknowledged a second by 1, 2 and 4 intake nodes, entries applied a second by 1, 2 and 4
// processing nodes, and the embedded mode in the same run, in turns.
import { type BenchCluster, startBenchCluster } from '../cluster-process.ts'
import type { BatchesOrder, SubmissionsOrder } from '../generator-spec.ts'
import { readLedger, settle } from '../levee-figures.ts'
import { startLevee } from '../levee-process.ts'
import { measure, median } from '../measure.ts'
import type { Target } from '../target.ts'

/** Medians over the rounds, a second. `backlog`: what was waiting when the processing rounds began. */
export type PostgresResult = {
  rounds: number
  embedded: { acknowledged: number; applied: number }
  intake: Record<number, number>
  processing: Record<number, number>
  intakeRounds: Record<number, number[]>
  processingRounds: Record<number, number[]>
  backlog: number
}

const nodeCounts = [1, 2, 4] as const
const connections = 64
const processSeconds = 6
/** Entries that wait at the start of a round of processing: more than it can take. */
const leastBacklog = 250_000

export async function postgres(quick: boolean, note: (line: string) => void): Promise<PostgresResult> {
  const rounds = quick ? 1 : 5
  await using cluster = await startBenchCluster()
  const embedded: { acknowledged: number; applied: number }[] = []
  const intakeRounds: Record<number, number[]> = noRounds()
  for (let round = 1; round <= rounds; round++) {
    embedded.push(await embeddedRound(quick, round))
    for (const nodes of nodeCounts) intakeRounds[nodes]?.push(await intakeRound(cluster, nodes, quick, round))
    note(`round ${round}: embedded ${whole(embedded.at(-1)?.acknowledged)}/s; ${nodeLine(intakeRounds)}`)
  }
  await using watch = await cluster.node('api')
  const backlog = (await readLedger(watch.port)).inFlight
  const processingRounds: Record<number, number[]> = noRounds()
  for (let round = 1; round <= rounds; round++) {
    await fill(cluster, watch, round)
    for (const nodes of nodeCounts)
      processingRounds[nodes]?.push(await processingRound(cluster, watch, nodes))
    note(`round ${round}: applied ${nodeLine(processingRounds)}`)
  }
  return {
    rounds,
    embedded: {
      acknowledged: median(embedded.map((e) => e.acknowledged)),
      applied: median(embedded.map((e) => e.applied)),
    },
    intake: medians(intakeRounds),
    processing: medians(processingRounds),
    intakeRounds,
    processingRounds,
    backlog,
  }
}

const order = (
  quick: boolean,
  seed: number,
  share: number,
): Omit<SubmissionsOrder, 'port' | 'tokensFile'> => ({
  kind: 'submissions',
  rate: 'closed',
  curve: 'constant',
  connections: connections / share,
  durationSeconds: quick ? 4 : 8,
  warmUpSeconds: 2,
  seed,
})

/** Everything on, as in "closed-loop"; then how fast the rest is applied, if anything is left. */
async function embeddedRound(quick: boolean, seed: number) {
  await using target = await startLevee()
  const began = performance.now()
  const { result } = await measure<SubmissionsOrder>(target, order(quick, seed, 1))
  const { ledger } = await settle(target.port, 60)
  const applied = (ledger.applied * 1000) / (performance.now() - began)
  return { acknowledged: result.ratePerSecond, applied }
}

/** The nodes take submissions and process nothing; each has a generator of its own with its part of the connections. */
async function intakeRound(cluster: BenchCluster, nodes: number, quick: boolean, seed: number) {
  await using parts = new AsyncDisposableStack()
  const targets: Target[] = []
  for (let i = 0; i < nodes; i++) targets.push(parts.use(await cluster.node('intake')))
  const runs = await Promise.all(
    targets.map((target, i) => measure<SubmissionsOrder>(target, order(quick, seed * 10 + i, nodes))),
  )
  return runs.reduce((sum, { result }) => sum + result.ratePerSecond, 0)
}

/** Sees to it that the round cannot run out of work, by batches to a node that takes them. */
async function fill(cluster: BenchCluster, watch: Target, seed: number): Promise<void> {
  const missing = leastBacklog - (await readLedger(watch.port)).inFlight
  if (missing <= 0) return
  await using target = await cluster.node('intake')
  await measure<BatchesOrder>(target, {
    kind: 'batches',
    perBatch: 100,
    connections: 8,
    mostUnits: missing,
    eventsOnly: true,
    durationSeconds: 60,
    warmUpSeconds: 0,
    seed: seed * 1000,
  })
}

async function processingRound(cluster: BenchCluster, watch: Target, nodes: number): Promise<number> {
  await using parts = new AsyncDisposableStack()
  for (let i = 0; i < nodes; i++) parts.use(await cluster.node('processing'))
  const before = await readLedger(watch.port)
  const began = performance.now()
  await new Promise((resolve) => setTimeout(resolve, processSeconds * 1000))
  const after = await readLedger(watch.port)
  if (after.inFlight === 0) throw new Error('the backlog ran out; its rate would be too low')
  return ((after.applied - before.applied) * 1000) / (performance.now() - began)
}

const noRounds = (): Record<number, number[]> => Object.fromEntries(nodeCounts.map((nodes) => [nodes, []]))

const medians = (byNodes: Record<number, number[]>): Record<number, number> =>
  Object.fromEntries(Object.entries(byNodes).map(([nodes, rates]) => [nodes, median(rates)]))

const nodeLine = (byNodes: Record<number, number[]>): string =>
  Object.entries(byNodes)
    .map(([nodes, rates]) => `${nodes} nodes ${whole(rates.at(-1))}/s`)
    .join(', ')

const whole = (rate: number | undefined): string => (rate === undefined ? '–' : String(Math.round(rate)))
