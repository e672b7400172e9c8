// Who has which message on one machine: the only sender, in its memory. After a death everything open is due again.

import type { DueReader } from './claim-store.sqlite.ts'
import type { Claims, Settled } from './claim-store.ts'

/** Claims over a reader of trial.db; `settle` has the trial's writer keep the results and resolves after its commit. */
export function sqliteClaims(
  reader: Pick<DueReader, 'due'>,
  settle: (results: readonly Settled[]) => Promise<void>,
): Claims {
  const mine = new Set<string>()
  return {
    claim(now, limit) {
      const messages = reader.due(now, limit, [...mine])
      for (const { messageId } of messages) mine.add(messageId)
      return messages
    },
    async settle(results) {
      await settle(results)
      for (const { messageId } of results) mine.delete(messageId)
    },
  }
}
