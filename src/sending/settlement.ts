// What follows an attempt: pure. Full jitter over a ceiling that doubles (reliability: D18), given up after 3 days.
import type { ClaimedMessage, Settled } from './claim-store.ts'

/**
 * How an attempt ended. `given-up`: no further attempt can help, or the receiver wants none. `retryAfterMs`: the
 * receiver asked to be left alone for that long.
 */
export type Outcome = {
  readonly state: 'sent' | 'again' | 'given-up'
  readonly code: string
  readonly retryAfterMs?: number
}

const firstMs = 100
const ceilingMs = 60_000
const dayMs = 86_400_000
const hourMs = 3_600_000
/** A message is given up when it fails this long after its first attempt. */
export const giveUpAfterMs = 3 * dayMs

/**
 * Milliseconds to wait after `failures` failed attempts in a row (1 or more), the first of which began `ageMs` ago;
 * `random` in [0, 1). The ceiling doubles from 100 ms to a minute; from the second day on it is an hour.
 */
export function backOffMs(failures: number, ageMs: number, random: number): number {
  const ceiling = ageMs < dayMs ? Math.min(ceilingMs, firstMs * 2 ** (failures - 1)) : hourMs
  return Math.ceil(random * ceiling)
}

/** What to keep of an attempt that began at `startedAt` and ended at `now`. */
export function settlement(
  message: ClaimedMessage,
  { state, code, retryAfterMs = 0 }: Outcome,
  startedAt: number,
  now: number,
  random: number,
): Settled {
  const { messageId, claimedUntil, attempts, firstAttemptAt = startedAt } = message
  const kept = { messageId, claimedUntil, firstAttemptAt, outcome: code }
  if (state !== 'again') return { ...kept, state, at: now }
  const ageMs = now - firstAttemptAt
  if (ageMs >= giveUpAfterMs) return { ...kept, state: 'given-up', at: now }
  return { ...kept, state, at: now + Math.max(retryAfterMs, backOffMs(attempts + 1, ageMs, random)) }
}
