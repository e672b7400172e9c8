// The journal's statements on PostgreSQL: what keeps a group of new entries. What answers known ids, and the start
// and the end of a node, are in stores of their own.
import type { QueryConfig } from 'pg'
import { acknowledgedStatement, clientOf, type Postgres, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { Arrival } from './arrival.ts'
import { arrayOf, cutLines, linesOf, piecesOf } from './long-parameters.ts'
import type { ReceiptFacts } from './receipt.ts'
import { slotOf } from './slot.ts'

/** New entries of one group, as they are kept: `facts[i]` are the facts of `arrivals[i]`. */
export type NewGroup = {
  readonly arrivals: readonly Arrival[]
  readonly facts: readonly ReceiptFacts[]
  readonly signature: Buffer
  /** Indices in the order of {@link inIdOrder}: groups that share ids wait for each other, and never in a circle. */
  readonly order: readonly number[]
  /** Who counts: one of the groups that a node may have in flight. */
  readonly node: string
  readonly writer: number
}

/** Orders indices of arrivals by what is unique; those that agree in it follow each other. */
export const inIdOrder = (arrivals: readonly Arrival[]): number[] =>
  arrivals.map((_, i) => i).sort((i, j) => compareIds(arrivals[i]!, arrivals[j]!))

/** Less than, equal to or greater than 0, by submission id, study and patient. */
export function compareIds(a: Arrival, b: Arrival): number {
  if (a.submissionId !== b.submissionId) return a.submissionId < b.submissionId ? -1 : 1
  if (a.studyId !== b.studyId) return a.studyId < b.studyId ? -1 : 1
  return a.patientId === b.patientId ? 0 : a.patientId < b.patientId ? -1 : 1
}

const keepText = `WITH kept AS (
  INSERT INTO entries (position, study_id, log_index, submission_id, patient_id, device_id, received_at, sha256,
    head, group_first, slot, body)
  SELECT position, study_id, position - 1, submission_id, patient_id, device_id, received_at, sha256,
    head, $13::bigint, slot, substring($12::bytea FROM start FOR length)
  FROM unnest($1::bigint[], ${cutLines(2)}, $3::uuid[], ${cutLines(4)}, $5::bigint[], $6::bigint[], $7::text[], ${cutLines(8)},
    $9::smallint[], $10::integer[], $11::integer[]) AS a (position, study_id, submission_id, patient_id, device_id,
    received_at, sha256, head, slot, start, length)
  RETURNING position
), work AS (
  INSERT INTO waiting (slot, position) SELECT * FROM unnest($9::smallint[], $1::bigint[])
), signed AS (
  INSERT INTO receipt_groups (first, size, signature) VALUES ($13::bigint, $14::integer, $15::bytea)
), counted AS (
  INSERT INTO totals (study_id, node, writer, entries)
  SELECT study_id, $18::text, $19::smallint, entries FROM unnest(${cutLines(16)}, $17::bigint[]) AS c (study_id, entries)
  ON CONFLICT (study_id, node, writer) DO UPDATE SET entries = totals.entries + excluded.entries
)
SELECT count(*) AS kept FROM kept`

/** The one statement that keeps a group: entries, the work they are for processing, signature, counts. */
function keepStatement({ arrivals, facts, signature, order, node, writer }: NewGroup): QueryConfig {
  const sorted = order.map((i) => arrivals[i]!)
  const { starts, lengths, all } = piecesOf(sorted.map((a) => a.body))
  const counts = new Map<string, number>()
  for (const { studyId } of facts) counts.set(studyId, (counts.get(studyId) ?? 0) + 1)
  const studies = [...counts.keys()].sort()
  const values = [
    arrayOf(order.map((i) => facts[i]!.position)),
    linesOf(sorted.map((a) => a.studyId)),
    arrayOf(sorted.map((a) => a.submissionId)),
    linesOf(sorted.map((a) => a.patientId)),
    arrayOf(sorted.map((a) => a.deviceId)),
    arrayOf(sorted.map((a) => a.receivedAt)),
    arrayOf(order.map((i) => facts[i]!.sha256)),
    linesOf(sorted.map((a) => a.head)),
    arrayOf(sorted.map((a) => slotOf(a.studyId, a.patientId))),
    arrayOf(starts),
    arrayOf(lengths),
    all,
    facts[0]!.position,
    facts.length,
    signature,
    linesOf(studies),
    arrayOf(studies.map((studyId) => counts.get(studyId)!)),
    node,
    writer,
  ]
  return { name: 'journal-keep', text: keepText, values }
}

/**
 * The first position of a new group. To be drawn after all its entries have arrived. Waits for no flush: if the draw is
 * lost with the server, so is every later commit that used it, and nobody was told of one.
 */
export async function drawFirst(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ first: number }>({
    name: 'journal-draw',
    text: `SELECT set_config('synchronous_commit', 'off', true), nextval('groups') AS first`,
  })
  return rows[0]!.first
}

/** Keeps a group and returns when it is beyond doubt. A known id throws `isKnownId`'s error, and nothing was kept. */
export async function keepGroup(db: Postgres, group: NewGroup): Promise<void> {
  refuseLoss(group, (await acknowledgedStatement<{ kept: number }>(db, keepStatement(group))).rows)
}

/** As {@link keepGroup}, as a part of a transaction. */
export async function keepGroupIn(tx: Transaction, group: NewGroup): Promise<void> {
  refuseLoss(group, (await clientOf(tx).query<{ kept: number }>(keepStatement(group))).rows)
}

/** Somebody's trigger or rule may have swallowed rows; no receipt is given for such a group. */
function refuseLoss(group: NewGroup, rows: { kept: number }[]): void {
  const kept = rows[0]?.kept
  if (kept !== group.facts.length) throw new Error(`${kept} of ${group.facts.length} entries were kept`)
}
