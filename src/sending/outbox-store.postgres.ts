// The outbox on PostgreSQL, filled in sets.
import { clientOf } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { OutboxMessage } from './outbox-store.ts'

/** Adds messages. Throws if one of the same id is there. */
export async function addMessages(
  tx: Transaction,
  messages: readonly OutboxMessage[],
  now: number,
): Promise<void> {
  if (messages.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO outbox (message_id, study_id, kind, record, payload, created_at)
     SELECT message_id, study_id, kind, record, payload, $6
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
       AS new (message_id, study_id, kind, record, payload)`,
    [
      messages.map((m) => m.messageId),
      messages.map((m) => m.studyId),
      messages.map((m) => m.kind),
      messages.map((m) => m.record),
      messages.map((m) => m.payload),
      now,
    ],
  )
}
