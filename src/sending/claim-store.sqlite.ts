// The outbox's sending side on SQLite. One process works on the database, so who has which message is kept in memory
// (claims.sqlite.ts); only how attempts ended is written, by the trial's writer.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { ClaimedMessage, ClaimStore, OutboxFigures, Settled } from './claim-store.ts'

const open = 'sent_at IS NULL AND gave_up_at IS NULL'

/** On a read-only connection; `figures` as in the shared type. */
export function dueReader(db: Database) {
  const due = db.prepare(
    `SELECT message_id, study_id, kind, record, payload, created_at, attempts, first_attempt_at FROM outbox AS o
     WHERE ${open} AND COALESCE(next_attempt_at, created_at) <= ?
       AND message_id NOT IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.study_id = o.study_id
         AND earlier.record = o.record AND earlier.rowid < o.rowid
         AND earlier.sent_at IS NULL AND earlier.gave_up_at IS NULL)
     ORDER BY COALESCE(next_attempt_at, created_at), rowid LIMIT ?`,
  )
  const opened = db.prepare(`SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox WHERE ${open}`)
  const givenUp = db.prepare('SELECT COUNT(*) AS n FROM outbox WHERE gave_up_at IS NOT NULL')
  return {
    /** Due messages, the longest due first, without those in `except`; of each record the earliest open one only. */
    due(now: number, limit: number, except: readonly string[]): ClaimedMessage[] {
      return due.all(now, JSON.stringify(except), limit).map((row) => ({
        messageId: String(row.message_id),
        studyId: String(row.study_id),
        kind: String(row.kind),
        record: String(row.record),
        payload: String(row.payload),
        createdAt: Number(row.created_at),
        attempts: Number(row.attempts),
        firstAttemptAt: row.first_attempt_at === null ? undefined : Number(row.first_attempt_at),
        claimedUntil: Number.MAX_SAFE_INTEGER,
      }))
    },
    figures(): OutboxFigures {
      const row = opened.get()!
      return {
        open: Number(row.n),
        oldestOpenAt: row.oldest === null ? undefined : Number(row.oldest),
        givenUp: Number(givenUp.get()!.n),
      }
    },
  }
}
export type DueReader = ReturnType<typeof dueReader>

/** On the trial's writing connection. */
export function claimStore(db: Database) {
  const settle = db.prepare(
    `UPDATE outbox SET attempts = attempts + 1, first_attempt_at = COALESCE(first_attempt_at, ?), last_outcome = ?,
       sent_at = ?, next_attempt_at = ?, gave_up_at = ?
     WHERE message_id = ? AND sent_at IS NULL`,
  )
  const reopen = db.prepare(
    `UPDATE outbox SET attempts = 0, first_attempt_at = NULL, next_attempt_at = ?, gave_up_at = NULL
     WHERE study_id = ? AND gave_up_at IS NOT NULL`,
  )
  return {
    figures: dueReader(db).figures,
    reopen: (_tx: Transaction, studyId: string, now: number): number =>
      Number(reopen.run(now, studyId).changes),
    /** Writes how attempts ended. What is sent stays sent. */
    settle(_tx: Transaction, results: readonly Settled[]): void {
      for (const { messageId, firstAttemptAt, outcome, state, at } of results) {
        const [sent, next, gaveUp] = ['sent', 'again', 'given-up'].map((s) => (s === state ? at : null))
        settle.run(firstAttemptAt, outcome, sent!, next!, gaveUp!, messageId)
      }
    },
  } satisfies ClaimStore & Record<string, unknown>
}
export type SqliteClaimStore = ReturnType<typeof claimStore>
