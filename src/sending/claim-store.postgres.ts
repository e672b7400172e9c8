// The outbox's sending side on PostgreSQL: any number of nodes claim without waiting for each other, and what a dead
// node had claimed is due again when its lease ends.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import {
  type ClaimedMessage,
  type ClaimStore,
  leaseMs,
  type OutboxFigures,
  type Settled,
} from './claim-store.ts'

const open = 'sent_at IS NULL AND gave_up_at IS NULL'

const claim = {
  name: 'claim-messages',
  text: `
    UPDATE outbox SET claimed_by = $1, claimed_until = $2
    WHERE message_id IN (
      SELECT message_id FROM outbox AS o
      WHERE ${open} AND COALESCE(next_attempt_at, created_at) <= $3
        AND (claimed_until IS NULL OR claimed_until <= $3)
        AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.study_id = o.study_id
          AND earlier.record = o.record AND earlier.number < o.number
          AND earlier.sent_at IS NULL AND earlier.gave_up_at IS NULL)
      ORDER BY COALESCE(next_attempt_at, created_at), number LIMIT $4
      FOR UPDATE OF o SKIP LOCKED)
    RETURNING message_id, study_id, kind, record, payload, created_at, attempts, first_attempt_at, claimed_until,
      COALESCE(next_attempt_at, created_at) AS due_at, number`,
}

/** A failure counts only while the claim is its own; a delivery counts whoever has the message by now. */
const settle = {
  name: 'settle-messages',
  text: `
    UPDATE outbox AS o SET attempts = attempts + 1, claimed_by = NULL, claimed_until = NULL,
      first_attempt_at = COALESCE(o.first_attempt_at, r.first_attempt_at), last_outcome = r.outcome,
      sent_at = CASE r.state WHEN 'sent' THEN r.at END,
      next_attempt_at = CASE r.state WHEN 'again' THEN r.at END,
      gave_up_at = CASE r.state WHEN 'given-up' THEN r.at END
    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[])
      AS r (message_id, claimed_until, first_attempt_at, outcome, state, at)
    WHERE o.message_id = r.message_id COLLATE "C" AND o.sent_at IS NULL
      AND (r.state = 'sent' OR (o.claimed_by = $1 AND o.claimed_until = r.claimed_until))`,
}

/** Figures come from `db`; what writes, writes on the connection of its transaction. */
export function claimStore(db: Queryable) {
  return {
    /** Gives at most `limit` due messages to `node` until `now` and {@link leaseMs}, the longest due first. */
    async claim(tx: Transaction, node: string, now: number, limit: number): Promise<ClaimedMessage[]> {
      const { rows } = await clientOf(tx).query({ ...claim, values: [node, now + leaseMs, now, limit] })
      rows.sort((a, b) => a.due_at - b.due_at || a.number - b.number)
      return rows.map((row) => ({
        messageId: row.message_id,
        studyId: row.study_id,
        kind: row.kind,
        record: row.record,
        payload: row.payload,
        createdAt: row.created_at,
        attempts: row.attempts,
        firstAttemptAt: row.first_attempt_at ?? undefined,
        claimedUntil: row.claimed_until,
      }))
    },
    async settle(tx: Transaction, node: string, results: readonly Settled[]): Promise<void> {
      // Two nodes that write the same rows do so in the same order, so they cannot deadlock.
      const sorted = results.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1))
      const column = (name: keyof Settled) => sorted.map((result) => result[name])
      await clientOf(tx).query({
        ...settle,
        values: [
          node,
          column('messageId'),
          column('claimedUntil'),
          column('firstAttemptAt'),
          column('outcome'),
          column('state'),
          column('at'),
        ],
      })
    },
    async figures(): Promise<OutboxFigures> {
      const { rows } = await db.query(
        `SELECT n, oldest, (SELECT COUNT(*) FROM outbox WHERE gave_up_at IS NOT NULL) AS given_up
         FROM (SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox WHERE ${open}) AS opened`,
      )
      const [{ n, oldest, given_up: givenUp }] = rows as [
        { n: number; oldest: number | null; given_up: number },
      ]
      return { open: n, oldestOpenAt: oldest ?? undefined, givenUp }
    },
    async reopen(tx: Transaction, studyId: string, now: number): Promise<number> {
      const { rowCount } = await clientOf(tx).query(
        `UPDATE outbox SET attempts = 0, first_attempt_at = NULL, next_attempt_at = $1, gave_up_at = NULL
         WHERE study_id = $2 AND gave_up_at IS NOT NULL`,
        [now, studyId],
      )
      return rowCount ?? 0
    },
  } satisfies ClaimStore & Record<string, unknown>
}
