// The account of an installation after a fault: what the client was told against what the database holds (history
// checker), the ledger, the order of every lane, and the audit log as two outsiders verify it against what each node
// has kept of it. Reads the primary's tables itself, so it trusts nothing that a node says.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type LedgerView, readLedger } from '../../src/api/ledger.ts'
import {
  checkHistory,
  describeHistory,
  type HistoryReport,
  type KeptEntry,
} from '../../src/cli/load/history.ts'
import { laneOf } from '../../src/processing/lane.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { auditReader } from '../../src/records/audit-store.postgres.ts'
import { lastKeptCheckpoint } from '../../src/records/checkpoint-files.ts'
import { dataFolder } from '../../src/storage/folder.ts'
import { type Verdict, verifyByBoth } from '../audit/verifiers.ts'
import type { Installation } from './cluster-nodes.ts'
import type { Seen, Traffic } from './cluster-traffic.ts'
import { appliedInOrder, timesOf, verifyAudit } from './crash-account.ts'
import { studyId } from './crash-seed.ts'

export type ClusterAccount = {
  readonly history: HistoryReport
  readonly ledger: LedgerView
  readonly entries: number
  /** Entries without an outcome: neither applied nor held, or both. */
  readonly astray: number[]
  /** Entries that still wait, whatever the ledger says. */
  readonly waiting: number
  /** Positions that took effect after a later one of their lane. */
  readonly overtaken: number[]
  /** The verdict on the log by what each node has kept, under the node's name. */
  readonly audits: ReadonlyMap<string, Verdict>
}

type Row = {
  position: number
  id: string
  body: Buffer
  applied: boolean
  held: Exclude<KeptEntry['state'], 'applied' | 'received'> | 'done' | null
}

/** Draws up the account; nothing may be in flight. */
export async function drawUpCluster({ db, client, nodes }: Installation): Promise<ClusterAccount> {
  const { rows } = await db.pool.query<Row>(
    `SELECT e.position, e.submission_id AS id, e.body, r.position IS NOT NULL AS applied, h.state AS held
     FROM entries AS e LEFT JOIN responses AS r USING (position) LEFT JOIN held AS h USING (position)
     ORDER BY e.position`,
  )
  const audit = auditReader(db.pool)
  const applied = await appliedInOrder(audit)
  const stores = postgresStores(db.pool)
  const audits = new Map<string, Verdict>()
  for (const { name, data } of nodes) {
    const { checkpoints } = dataFolder(data)
    if (!existsSync(checkpoints) || lastKeptCheckpoint(checkpoints, studyId) === undefined) continue
    audits.set(name, await verifyAudit(data, audit, verifyByBoth))
  }
  const { rows: left } = await db.pool.query<{ n: number }>('SELECT count(*) AS n FROM waiting')
  return {
    history: await checkHistory(client.log, keptEntries(rows, timesOf(applied))),
    ledger: await readLedger(stores.ledger, stores.journal, Date.now()),
    entries: rows.length,
    astray: rows.filter((r) => r.applied === (r.held !== null && r.held !== 'done')).map((r) => r.position),
    waiting: left[0]!.n,
    overtaken: overtakenOf(rows, applied),
    audits,
  }
}

/** The hash is taken of the kept bytes, not read from beside them. */
function* keptEntries(rows: readonly Row[], times: ReadonlyMap<number, number>): Generator<KeptEntry> {
  for (const { position, id, body, applied, held } of rows) {
    const state = applied ? 'applied' : held === null || held === 'done' ? 'received' : held
    const timesApplied = times.get(position) ?? 0
    yield { submissionId: id, sha256: hash('sha256', body), state, timesApplied, position }
  }
}

function overtakenOf(rows: readonly Row[], applied: readonly number[]): number[] {
  const laneAt = new Map(rows.map((r) => [r.position, laneOf(JSON.parse(r.body.toString()))]))
  const latest = new Map<string, number>()
  const overtaken: number[] = []
  for (const position of applied) {
    const lane = laneAt.get(position) ?? ''
    if (position < (latest.get(lane) ?? 0)) overtaken.push(position)
    else latest.set(lane, position)
  }
  return overtaken
}

/** Fails unless nothing is lost, doubled or altered, every lane is in order, and ledger and log are whole (P1–P4, P6). */
export function assertClusterKept(account: ClusterAccount): void {
  const { history, ledger, entries, astray, waiting, overtaken, audits } = account
  assert.ok(history.kept, describeHistory(history))
  assert.ok(ledger.balanced, JSON.stringify(ledger))
  assert.deepEqual(
    ledger.studies.map((s) => ({ received: s.received, inFlight: s.inFlight })),
    [{ received: entries, inFlight: 0 }],
  )
  assert.deepEqual({ astray, waiting, overtaken }, { astray: [], waiting: 0, overtaken: [] })
  assert.ok(audits.size > 0, 'a node has kept checkpoints')
  for (const [node, { code, output }] of audits) assert.equal(code, 0, `${node}: ${output}`)
}

/** Ends the traffic, delivers what it could not, and asserts the account of everything that was ever sent. */
export async function assertAllKept(trial: Installation, traffic: Traffic): Promise<Readonly<Seen>> {
  const seen = await traffic.stop()
  await trial.client.retryAll(40_000)
  await trial.settle()
  assert.deepEqual(seen.faults, [])
  const account = await drawUpCluster(trial)
  assertClusterKept(account)
  assert.equal(account.history.verdicts['acked-present'], trial.client.log.size)
  return seen
}
