// When to try again: full jitter over a doubling ceiling (reliability: D18).

/** Attempts after which an unknown error is a dead letter. */
export const mostAttempts = 5
const firstMs = 100
const ceilingMs = 60_000

/** Milliseconds to wait after the given number of attempts; `random` in [0, 1). */
export function backOffMs(attempts: number, random: number): number {
  return Math.ceil(random * Math.min(ceilingMs, firstMs * 2 ** attempts))
}
