// Seeded pseudo-random numbers for load runs: the same seed gives the same schedule and the same diaries.
// Not for secrets; submission ids take their random bits from the operating system instead.

/** A source of numbers in [0, 1). */
export type Random = () => number

/**
 * Marsaglia's xorshift128 (Journal of Statistical Software 8:14, 2003): period 2^128 − 1, a few nanoseconds a
 * number. The seed is spread by a multiplicative hash, and the first outputs are thrown away.
 */
export function seededRandom(seed: number): Random {
  let x = 0x9e3779b9 ^ seed
  let y = Math.imul(seed | 1, 0x85ebca6b)
  let z = Math.imul(seed ^ 0x5bd1e995, 0xc2b2ae35)
  let w = 0x27d4eb2f
  const next = () => {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8)
    return (w >>> 0) / 4294967296
  }
  for (let i = 0; i < 20; i++) next()
  return next
}
