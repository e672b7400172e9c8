// The three words in which the exchange is told (U15): "Saved on this phone", "Waiting for internet", "Sent". No codes.
import type { OutboxEntry } from '../model.ts'
import type { IconName } from './icons.tsx'

/** One of the three words. */
export type SyncWord = 'saved' | 'waiting' | 'sent'

/** The sign that stands beside each word. */
export const wordIcons: Record<SyncWord, IconName> = { saved: 'saved', waiting: 'waiting', sent: 'check' }

/** The word for one entry; null (no copy left here) is one that has been sent. */
export function wordOf(entry: OutboxEntry | null, online: 'unknown' | 'yes' | 'no'): SyncWord {
  if (entry === null || entry.state === 'sent') return 'sent'
  return online === 'no' ? 'waiting' : 'saved'
}

/** The word for all, and how many are not sent yet. Null where nothing was ever filled in here. */
export function wordOfAll(
  entries: readonly OutboxEntry[],
  everSent: boolean,
  online: 'unknown' | 'yes' | 'no',
): { readonly word: SyncWord; readonly count: number } | null {
  const count = entries.filter((entry) => entry.state !== 'sent').length
  if (count > 0) return { word: online === 'no' ? 'waiting' : 'saved', count }
  return everSent || entries.length > 0 ? { word: 'sent', count } : null
}
