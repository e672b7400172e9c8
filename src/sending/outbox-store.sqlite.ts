// The outbox: what must be told to the outside, written in the transaction that made it true. Payloads hold ids only.
import type { Transaction } from '../storage/sqlite.ts'

/** `kind` names the topic, `record` the thing it is about (`response:4711`); `payload` is JSON text. */
export type OutboxMessage = {
  readonly messageId: string
  readonly studyId: string
  readonly kind: string
  readonly record: string
  readonly payload: string
}

/** Adds a message; its id stays the same for every delivery (P3). */
export function addMessage(tx: Transaction, m: OutboxMessage, now: number): void {
  tx.db
    .prepare('INSERT INTO outbox (message_id, study_id, kind, record, payload, created_at) VALUES (?, ?, ?, ?, ?, ?)')
    .run(m.messageId, m.studyId, m.kind, m.record, m.payload, now)
}
