// The outbox: what must be told to the outside, written in the transaction that made it true. Payloads hold ids only.
import type { Database, Transaction } from '../storage/sqlite.ts'

/** `kind` names the topic, `record` the thing it is about (`response:4711`); `payload` is JSON text. */
export type OutboxMessage = {
  /** Stays the same for every delivery (P3). */
  readonly messageId: string
  readonly studyId: string
  readonly kind: string
  readonly record: string
  readonly payload: string
}

export type OutboxStore = ReturnType<typeof outboxStore>

export function outboxStore(db: Database) {
  const add = db.prepare(
    'INSERT INTO outbox (message_id, study_id, kind, record, payload, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  return {
    add(_tx: Transaction, m: OutboxMessage, now: number): void {
      add.run(m.messageId, m.studyId, m.kind, m.record, m.payload, now)
    },
  }
}
