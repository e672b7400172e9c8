// The journal's statements on PostgreSQL: what answers submission ids that are known already (P2).
import { clientOf } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { Arrival } from './arrival.ts'
import { arrayOf, cutLines, linesOf, piecesOf } from './long-parameters.ts'
import type { ReceiptFacts } from './receipt.ts'

/** An entry that holds an id already. `body` is there when its bytes are not those of the arrival. */
export type Known = {
  readonly position: number
  readonly sha256: string
  readonly receivedAt: number
  readonly groupFirst: number
  readonly body: Uint8Array | undefined
}

/** Another body under a known id. */
export type NewSecondBody = {
  readonly position: number
  readonly sameContent: boolean
  readonly arrival: Arrival
  readonly sha256: string
}

/** The facts and the signature of a whole group. */
export type SignedGroup = { readonly facts: ReceiptFacts[]; readonly signature: Buffer }

/** Whether a statement was refused because an entry of this patient has the submission id already. */
export function isKnownId(error: unknown): boolean {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown }
  return code === '23505' && constraint === 'entries_by_submission'
}

/** The entries that hold the arrivals' ids, by the arrivals' indices. */
export async function findKnown(
  tx: Transaction,
  arrivals: readonly Arrival[],
  hashes: readonly string[],
): Promise<Map<number, Known>> {
  const { rows } = await clientOf(tx).query<Omit<Known, 'body'> & { nth: number; body: Buffer | null }>({
    name: 'journal-known',
    text: `SELECT nth, e.position, e.sha256, e.received_at AS "receivedAt", e.group_first AS "groupFirst",
        CASE WHEN e.sha256 <> a.sha256 THEN e.body END AS body
      FROM unnest($1::uuid[], ${cutLines(2)}, ${cutLines(3)}, $4::text[]) WITH ORDINALITY
        AS a (submission_id, study_id, patient_id, sha256, nth)
      JOIN entries AS e USING (submission_id, study_id, patient_id)`,
    values: [
      arrayOf(arrivals.map((a) => a.submissionId)),
      linesOf(arrivals.map((a) => a.studyId)),
      linesOf(arrivals.map((a) => a.patientId)),
      arrayOf(hashes),
    ],
  })
  return new Map(rows.map(({ nth, body, ...known }) => [nth - 1, { ...known, body: body ?? undefined }]))
}

/** A whole group by its first position, to rebuild receipts. */
export async function signedGroup(tx: Transaction, first: number): Promise<SignedGroup> {
  const { rows } = await clientOf(tx).query<ReceiptFacts & { signature: Buffer | null }>({
    name: 'journal-group',
    text: `SELECT study_id AS "studyId", patient_id AS "patientId", submission_id AS "submissionId", sha256, position,
        log_index AS "logIndex", received_at AS "receivedAt",
        CASE WHEN position = $1 THEN (SELECT signature FROM receipt_groups WHERE first = $1) END AS signature
      FROM entries
      WHERE position >= $1 AND position < $1 + (SELECT size FROM receipt_groups WHERE first = $1) ORDER BY position`,
    values: [first],
  })
  return { facts: rows, signature: rows[0]!.signature! }
}

/**
 * Notes that a known id was sent again. Written for each, so that the COMMIT waits for the flush and the standby also
 * of what was seen: a primary that crashed and came back shows rows that no standby has (reliability: §1.1).
 */
export async function noteRetries(
  tx: Transaction,
  retries: readonly { position: number; at: number }[],
): Promise<void> {
  await clientOf(tx).query({
    name: 'journal-retries',
    text: 'INSERT INTO retries (position, at) SELECT * FROM unnest($1::bigint[], $2::bigint[])',
    values: [arrayOf(retries.map((r) => r.position)), arrayOf(retries.map((r) => r.at))],
  })
}

/** Keeps other bytes under a known id as evidence; the same bytes are kept once. */
export async function keepSecondBodies(tx: Transaction, bodies: readonly NewSecondBody[]): Promise<void> {
  const sorted = bodies.toSorted((a, b) => a.position - b.position || (a.sha256 < b.sha256 ? -1 : 1))
  const { starts, lengths, all } = piecesOf(sorted.map((b) => b.arrival.body))
  await clientOf(tx).query({
    name: 'journal-second-bodies',
    text: `INSERT INTO second_bodies (position, same_content, device_id, received_at, sha256, head, body)
      SELECT position, same_content, device_id, received_at, sha256, head, substring($9::bytea FROM start FOR length)
      FROM unnest($1::bigint[], $2::boolean[], $3::bigint[], $4::bigint[], $5::text[], ${cutLines(6)}, $7::integer[],
        $8::integer[]) AS b (position, same_content, device_id, received_at, sha256, head, start, length)
      ON CONFLICT (position, sha256) DO NOTHING`,
    values: [
      arrayOf(sorted.map((b) => b.position)),
      arrayOf(sorted.map((b) => String(b.sameContent))),
      arrayOf(sorted.map((b) => b.arrival.deviceId)),
      arrayOf(sorted.map((b) => b.arrival.receivedAt)),
      arrayOf(sorted.map((b) => b.sha256)),
      linesOf(sorted.map((b) => b.arrival.head)),
      arrayOf(starts),
      arrayOf(lengths),
      all,
    ],
  })
}
