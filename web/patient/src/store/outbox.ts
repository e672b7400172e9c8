// The outbox table for those who send: what is due, what an attempt led to, what may go. A row leaves it only through
// `removeSettled`, which demands a receipt, or with the whole memory of a clinic's tablet.
import type { OutboxEntry } from '../model.ts'
import { type Credentials, type KeptEntry, onDatabase, strict } from './database.ts'

/** The facts of an entry that screens show, without its body. */
export const outboxFacts = (e: KeptEntry): OutboxEntry => ({
  submissionId: e.submissionId,
  key: e.key,
  form: e.form,
  title: e.title,
  occasion: e.occasion,
  completedAt: e.completedAt,
  sequence: e.sequence,
  state: e.state,
  attempts: e.attempts,
  nextAttemptAt: e.nextAttemptAt,
  lastProblem: e.lastProblem,
  receivedAt: e.receivedAt,
})

const listeners = new Set<() => void>()
let channel: BroadcastChannel | undefined

function openChannel(): BroadcastChannel {
  if (channel === undefined) {
    channel = new BroadcastChannel('levee-outbox')
    channel.onmessage = () => {
      for (const tell of listeners) tell()
    }
  }
  return channel
}

/** Tells this tab, all others and the service worker that the outbox or today changed. */
export function tellOutbox(): void {
  openChannel().postMessage('changed')
  for (const tell of listeners) tell()
}

/** Calls back after every change, also one of another tab. Returns what ends it. */
export function onOutbox(tell: () => void): () => void {
  openChannel()
  listeners.add(tell)
  return () => listeners.delete(tell)
}

/** All rows, of every patient this phone ever had, oldest first. */
export const allEntries = async (): Promise<KeptEntry[]> =>
  (await onDatabase((db) => db.getAll('outbox'))).sort((a, b) => a.sequence - b.sequence)

/** Token and key of the phone that an entry was finished on. */
export const credentialsOf = (deviceId: number): Promise<Credentials | undefined> =>
  onDatabase((db) => db.get('devices', deviceId))

/** Changes one row in a transaction of its own; resolves with it, or undefined where it is gone. */
export async function changeEntry(
  submissionId: string,
  change: (entry: KeptEntry) => Partial<KeptEntry>,
): Promise<KeptEntry | undefined> {
  const changed = await onDatabase(async (db) => {
    const transaction = db.transaction('outbox', 'readwrite', strict)
    const entry = await transaction.store.get(submissionId)
    const next = entry && { ...entry, ...change(entry) }
    if (next !== undefined) await transaction.store.put(next)
    await transaction.done
    return next
  })
  tellOutbox()
  return changed
}

/**
 * Removes the copies of entries that the server has settled under an audit checkpoint (D14). One without a verified
 * receipt stays, whatever the server says.
 */
export async function removeSettled(submissionIds: readonly string[]): Promise<void> {
  if (submissionIds.length === 0) return
  await onDatabase(async (db) => {
    const transaction = db.transaction('outbox', 'readwrite', strict)
    for (const id of submissionIds) {
      const entry = await transaction.store.get(id)
      if (entry?.state === 'sent' && entry.receipt !== null) await transaction.store.delete(id)
    }
    await transaction.done
  })
  tellOutbox()
}
