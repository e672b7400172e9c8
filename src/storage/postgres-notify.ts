// Telling other nodes what changed. Each payload is small JSON about one thing; it arrives only if the transaction
// commits, and only at those who listen at that moment, so whoever listens also looks for itself after a reconnection.

import { clientOf } from './postgres.ts'
import type { Transaction } from './transaction.ts'

/**
 * Notifies a channel at the commit of the transaction, once for each payload. A payload may take at most 7,999 bytes
 * as JSON (PostgreSQL documentation, NOTIFY); a longer one throws.
 */
export async function notifyAtCommit(
  tx: Transaction,
  channel: string,
  payloads: readonly Readonly<Record<string, string | number>>[],
): Promise<void> {
  if (payloads.length === 0) return
  const texts = payloads.map((payload) => JSON.stringify(payload))
  await clientOf(tx).query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [
    channel,
    texts,
  ])
}
