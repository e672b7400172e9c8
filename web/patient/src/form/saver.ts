// Writes a draft at every change (U14). One write at a time; while one runs, only the newest draft waits for its turn,
// so typing on a slow phone never queues up writes. A write that failed is tried again with the next one.
import type { Draft } from '../model.ts'

export type Saver = {
  /** Writes the draft soon; a failure is told by {@link Saver.settled}. */
  save(draft: Draft): void
  /** Resolves when the newest draft is durable. @throws what the store threw where it is not. */
  settled(): Promise<void>
  /** Takes no more drafts: nothing may be written after the form was submitted. */
  close(): void
}

/** @param write resolves when the draft is strictly durable. */
export function createSaver(write: (draft: Draft) => Promise<void>): Saver {
  let newest: Draft | null = null
  let durable: Draft | null = null
  let running: Promise<void> | null = null
  let closed = false
  const drain = async (): Promise<void> => {
    while (newest !== durable && newest !== null) {
      const writing: Draft = newest
      await write(writing)
      durable = writing
    }
  }
  const start = (): Promise<void> => {
    running ??= drain().finally(() => {
      running = null
    })
    return running
  }
  return {
    save(draft) {
      if (closed) return
      newest = draft
      start().catch(() => {})
    },
    async settled() {
      if (running !== null) await running.catch(() => {})
      if (newest !== durable) await start()
    },
    close() {
      closed = true
    },
  }
}
