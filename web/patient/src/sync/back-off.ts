// When to try again. Exponential with full jitter, so that five thousand phones that lost the server in the same minute
// do not come back in the same second; and what each answer of the server means for the entry that was sent.

/** Of the first try again, at most, and of any, in milliseconds. */
export const firstWaitMs = 2_000
export const longestWaitMs = 15 * 60_000
/** The longest a server may hold an entry back. What is to wait longer was planned by a clock that has been set back. */
export const longestHeldBackMs = 86_400_000
/** How long an entry rests that the server refused: it may be mended there. */
export const refusedWaitMs = 60 * 60_000

/** Milliseconds to wait after so many failures in a row (1 or more): anything from 0 to min(15 min, 2 s · 2^(n−1)). */
export function waitMs(failures: number, random: () => number = Math.random): number {
  const most = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(30, Math.max(0, failures - 1)))
  return Math.round(most * random())
}

/** `Retry-After` in milliseconds, from seconds or a date; 0 where there is none or it makes no sense; at most a day. */
export function retryAfterMs(header: string | null, now: number = Date.now()): number {
  if (header === null) return 0
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), longestHeldBackMs) : 0
}

/**
 * What an answer's status means: `received` – look at the receipt; `later` – the server cannot now, everything waits;
 * `choked` – it failed at this entry, which waits alone (P5); `refused` – this entry rests for an hour and is shown; it is
 * never dropped.
 */
export type Verdict = 'received' | 'later' | 'choked' | 'refused'

const passing = new Set([408, 425, 429])

/** The verdict of a status. What came from something in between (a redirect, a portal's page) says nothing: `later`. */
export function verdictOf(status: number): Verdict {
  if (status === 200 || status === 202) return 'received'
  if (status === 500) return 'choked'
  return status >= 400 && status < 500 && !passing.has(status) ? 'refused' : 'later'
}
