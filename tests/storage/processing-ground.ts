// Nodes that process one PostgreSQL database, entries for them as intake would have kept them, and the account of
// what became of these. Intake's own code has its own suite; here its commits must come late or out of order.
import assert from 'node:assert/strict'
import { hash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { demoFolder, demoPatients, demoStudyId, studyFiles } from '../../src/cli/demo-study.ts'
import { createDiaries } from '../../src/cli/load/diaries.ts'
import type { Arrival } from '../../src/intake/arrival.ts'
import { slotOf } from '../../src/intake/slot.ts'
import { type OpenNode, openNode } from '../../src/processing/open-trial.postgres.ts'
import { carryOut } from '../../src/processing/staff-actions.postgres.ts'
import type { Action } from '../../src/processing/staff-actions.ts'
import { publishedVersions } from '../../src/processing/study-plans.postgres.ts'
import type { TrialThreadData } from '../../src/processing/trial.ts'
import { dataFolder, makeFolders } from '../../src/storage/folder.ts'
import type { Queryable } from '../../src/storage/postgres.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { Frontier, leafHash } from '../../src/system/merkle.ts'
import { makeSigningKey } from '../../src/system/signed-note.ts'
import { openPostgresGround, type PostgresGround } from '../support/engines.ts'

export const studyId = demoStudyId

/** The demo study with three more rules, which look back for many entries. */
export const groundFiles = (): [string, string][] =>
  studyFiles(demoFolder).map(([name, text]) => [
    name,
    name === 'study.yaml' ? text.replace('# Workflows outside', `${moreRules}\n# Workflows outside`) : text,
  ])
const moreRules = `  - id: rescue-often
    version: "1"
    form: rescue-medication
    looks-back: { hours: 24 }
    when: earlier_entries.size() + 1 > 4
    severity: medium
    audience: [site-nurse]
    acknowledge-within-hours: 24
    text: { en: Rescue medicine often., zh: 频繁使用急救药物。 }
  - id: strong-pain-three-days
    version: "1"
    form: daily-diary
    looks-back: { occasions: 2 }
    when: answers.pain >= 7 && earlier.pain.filter(e, e.value >= 7).size() == 2
    severity: medium
    audience: [site-nurse]
    acknowledge-within-hours: 24
    text: { en: Strong pain., zh: 剧烈疼痛。 }
  - id: diaries-missed
    version: "1"
    form: daily-diary
    looks-back: { occasions: 7 }
    when: missed >= 3 && missed < 7
    severity: low
    audience: [site-nurse]
    acknowledge-within-hours: 72
    text: { en: Diaries are missing., zh: 日记缺失。 }
`
const logKeyPem = makeSigningKey()
const by = { actor: 'staff:test', reason: 'test' }

/** An action without who and why. */
export type Wish = Action extends infer A ? (A extends Action ? Omit<A, 'by'> : never) : never

export type ProcessingGround = AsyncDisposable & {
  readonly ground: PostgresGround
  /** Thread data of a node with a folder of its own. */
  nodeData(name: string): Promise<TrialThreadData>
  /** A node in this process. It takes nothing by itself. */
  node(name: string): Promise<OpenNode>
  act(wish: Wish): Promise<unknown>
  /** Keeps entries in one commit, as a group with the next positions. */
  keep(arrivals: readonly Arrival[]): Promise<number[]>
  rows(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** A connection of its own, dropped with whatever it has not committed. */
  connect(): Promise<PoolClient & Disposable>
}

/** A new database with the demo study, patients, and no entries. */
export async function openProcessing(patients = 8): Promise<ProcessingGround> {
  await using parts = new AsyncDisposableStack()
  const ground = parts.use(await openPostgresGround())
  const plans = publishedVersions()
  const act = (wish: Wish) => carryOut(ground.db, plans, { ...wish, by } as Action)
  const files = groundFiles()
  await act({ do: 'publish', files })
  const people = demoPatients(compileStudy(new Map(files)), patients, Temporal.Now.plainDateISO('UTC'))
  await act({ do: 'create-patients', studyId, patients: people })
  const nodeData = async (name: string): Promise<TrialThreadData> => {
    const path = await mkdtemp(join(tmpdir(), 'levee-node-'))
    open.defer(() => rm(path, { recursive: true, force: true }))
    const folder = dataFolder(path)
    makeFolders(folder)
    return {
      folder,
      database: { url: ground.url, copies: 'one', node: name, roles: ['processing'] },
      signerName: 'levee-log-test',
      logKeyPem,
      wake: new SharedArrayBuffer(4),
      beat: new SharedArrayBuffer(4),
      pointsModule: undefined,
    }
  }
  const open = parts.move()
  return {
    ground,
    act,
    nodeData,
    async node(name) {
      const data = await nodeData(name)
      return open.use(await openNode(data, data.database!, (evaluate) => evaluate()))
    },
    keep: (arrivals) => keepGroup(ground.db.pool, arrivals),
    rows: async (text, values) => (await ground.db.pool.query(text, values)).rows,
    async connect() {
      const client = await ground.db.pool.connect()
      return Object.assign(client, { [Symbol.dispose]: () => client.release(true) })
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Keeps a group, with what waits of it, in the transaction of this connection. */
export async function keepGroup(db: Queryable, arrivals: readonly Arrival[], at?: number): Promise<number[]> {
  const first = at ?? Number((await db.query("SELECT nextval('groups') AS first")).rows[0].first)
  const positions = arrivals.map((_, i) => first + i)
  await db.query(
    `WITH kept AS (
       INSERT INTO entries (position, study_id, log_index, submission_id, patient_id, device_id, received_at, sha256,
         head, group_first, slot, body)
       SELECT position, study_id, position - 1, submission_id, patient_id, 1, received_at, sha256, '{}', $1, slot, body
       FROM unnest($2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::int[], $9::bytea[])
         AS new (position, study_id, submission_id, patient_id, received_at, sha256, slot, body)
       RETURNING slot, position
     ) INSERT INTO waiting SELECT slot, position FROM kept`,
    [
      first,
      positions,
      arrivals.map((a) => a.studyId),
      arrivals.map((a) => a.submissionId),
      arrivals.map((a) => a.patientId),
      arrivals.map((a) => a.receivedAt),
      arrivals.map(sha256Of),
      arrivals.map((a) => slotOf(a.studyId, a.patientId)),
      arrivals.map((a) => a.body),
    ],
  )
  return positions
}

/** SHA-256 as intake has it; an arrival marked as damaged gets another. */
export const sha256Of = (a: Arrival): string =>
  hash('sha256', a.head === 'damaged' ? 'other bytes' : a.body, 'hex')

/** Believable arrivals of the demo patients in turn. */
export function diaries(count: number, patients = 8, seed = 1): Arrival[] {
  const ids = Array.from({ length: patients }, (_, i) => `P-${String(i + 1).padStart(5, '0')}`)
  const people = ids.map((patientId) => ({ patientId, token: '' }))
  const maker = createDiaries({ patients: people, studyId, seed, nowMs: Date.now() })
  const receivedAt = Date.now()
  return Array.from({ length: count }, () => {
    const { patient, submissionId, body } = maker.next()
    return { studyId, patientId: ids[patient]!, deviceId: 1, submissionId, receivedAt, head: '{}', body }
  })
}

/** The same arrival with other members, and another id. */
export function again(arrival: Arrival, members: Record<string, unknown> = {}): Arrival {
  const body = { ...JSON.parse(Buffer.from(arrival.body).toString()), ...members, submissionId: randomUUID() }
  const { submissionId, patientId, studyId } = body
  return { ...arrival, submissionId, patientId, studyId, body: Buffer.from(JSON.stringify(body)) }
}

/** Lets the nodes take turns until nothing waits and nothing is due. */
export async function drain({ rows }: ProcessingGround, ...nodes: OpenNode[]): Promise<void> {
  const left = async () => {
    const [row] = await rows(
      `SELECT (SELECT count(*) FROM waiting)
        + (SELECT count(*) FROM held WHERE state = 'retrying' AND next_attempt_at IS NOT NULL) AS n`,
    )
    return Number(row!.n)
  }
  const last = Date.now() + 60_000
  const run = async ({ worker, retrier }: OpenNode) => {
    while ((await left()) > 0) {
      if (Date.now() > last) throw new Error(`${await left()} entries are left`)
      if ((await worker.takeBatch()) === 0) await sleep(2)
      await retrier.run()
    }
  }
  await Promise.all(nodes.map(run))
  for (const { retrier } of nodes) await retrier.settled()
}

/** Whether everything kept is accounted for once, in ledger, records, markers and audit log (P3, P4, P6). */
export async function assertBalanced({ rows }: ProcessingGround): Promise<void> {
  const [n] = await rows(
    `SELECT (SELECT count(*) FROM entries) AS entries, (SELECT count(*) FROM waiting) AS waiting,
       (SELECT count(*) FROM responses) AS responses, (SELECT count(*) FROM attempts) AS attempts,
       (SELECT count(*) FROM held WHERE state <> 'done') AS held,
       (SELECT count(*) FROM responses FULL JOIN held USING (position)
        WHERE (responses.position IS NULL) <> (held.state <> 'done')) AS both,
       (SELECT coalesce(sum(taken), 0)::bigint FROM ledger) AS taken,
       (SELECT coalesce(sum(applied), 0)::bigint FROM ledger) AS applied,
       (SELECT coalesce(sum(quarantined + retrying + dead), 0)::bigint FROM ledger) AS others`,
  )
  const { entries, responses, held } = n as Record<string, number>
  assert.deepEqual(n, {
    entries,
    waiting: 0,
    responses,
    attempts: 0,
    held,
    both: 0,
    taken: entries,
    applied: responses,
    others: held,
  })
  assert.equal(entries, responses! + held!)
  await assertLogs({ rows })
}

/** Whether every log has its leaves without gaps, leads to its head, and names each response's own leaf. */
export async function assertLogs({ rows }: Pick<ProcessingGround, 'rows'>): Promise<void> {
  for (const head of await rows('SELECT study_id, size, frontier FROM audit_heads')) {
    const leaves = await rows(
      'SELECT leaf_index, leaf FROM audit_entries WHERE study_id = $1 ORDER BY leaf_index',
      [head.study_id],
    )
    const frontier = new Frontier()
    for (const { leaf_index, leaf } of leaves) {
      assert.equal(leaf_index, frontier.size)
      frontier.append(leafHash(Buffer.from(String(leaf))))
    }
    assert.equal(head.size, frontier.size)
    assert.ok(frontier.toBytes().equals(head.frontier as Buffer), 'the head is the root of the leaves')
  }
  const strangers = await rows(
    `SELECT r.position FROM responses r LEFT JOIN audit_entries a USING (study_id, leaf_index)
     WHERE a.leaf IS NULL OR a.leaf::jsonb->>'record' <> 'response:' || r.position`,
  )
  assert.deepEqual(strangers, [])
}

/** Applied responses of each lane are recorded in the order of their positions. */
export async function assertLanesInOrder({ rows }: ProcessingGround): Promise<void> {
  const wrong = await rows(
    `SELECT a.position FROM responses a JOIN responses b USING (study_id, patient_id, form)
     WHERE a.position < b.position AND a.leaf_index > b.leaf_index`,
  )
  assert.deepEqual(wrong, [])
}
