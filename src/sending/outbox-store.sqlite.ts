// The outbox on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { OutboxMessage } from './outbox-store.ts'

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
