// Whether commits can be confirmed now. States: there ⇄ away. A commit that failed for want of the database leads to
// `away`; from then on it is tried again and again to confirm something, and the first success leads back.
import { setTimeout as sleep } from 'node:timers/promises'

export type Reach = {
  /** Commits cannot be confirmed, as a commit showed that began at `since` (clock of `Date.now`). */
  lost(since: number, reason: string): void
  /** For how long commits could not be confirmed, in milliseconds; 0 while they can. */
  awayMs(): number
  /** Ends the tries. */
  stop(): Promise<void>
}

/** First and longest wait between two tries, in milliseconds; the time in between is random. */
const backOffMs = { first: 50, most: 1000 }

/** `confirm` commits something and waits until that is confirmed. `onLost` is called once for each time away. */
export function reachOf(confirm: () => Promise<unknown>, onLost: (reason: string) => void): Reach {
  const stopping = new AbortController()
  let away: { since: number; back: Promise<void> } | undefined
  const tryUntilBack = async () => {
    for (let wait = backOffMs.first; !stopping.signal.aborted; wait = Math.min(2 * wait, backOffMs.most)) {
      try {
        await confirm()
        away = undefined
        return
      } catch {
        await sleep(wait * (0.5 + Math.random() / 2), undefined, stopping).catch(() => {})
      }
    }
  }
  return {
    lost(since, reason) {
      if (away !== undefined || stopping.signal.aborted) return
      onLost(reason)
      away = { since, back: tryUntilBack() }
    },
    awayMs: () => (away === undefined ? 0 : Math.max(1, Date.now() - away.since)),
    async stop() {
      stopping.abort()
      await away?.back
    },
  }
}
