// A histogram of milliseconds with fixed buckets: constant memory, a few nanoseconds to add to.

/** Upper bounds in milliseconds; the last bucket holds everything above. */
export const lagBoundsMs = [
  0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 65, 80, 100, 125, 160, 200,
  250, 300, 400, 500, 650, 800, 1000, 1250, 1600, 2000, 3000, 5000, 10_000, 30_000, 60_000, 300_000,
  3_600_000,
] as const
export type LagCounts = {
  readonly buckets: readonly number[]
  readonly count: number
  readonly sumMs: number
}

export class LagHistogram {
  readonly #buckets = new Array<number>(lagBoundsMs.length + 1).fill(0)
  #count = 0
  #sumMs = 0

  /** Adds one duration in milliseconds; negative ones (a clock set back) count as zero. */
  add(ms: number): void {
    let i = 0
    while (i < lagBoundsMs.length && ms > lagBoundsMs[i]!) i++
    this.#buckets[i]! += 1
    this.#count += 1
    this.#sumMs += Math.max(0, ms)
  }

  counts(): LagCounts {
    return { buckets: [...this.#buckets], count: this.#count, sumMs: this.#sumMs }
  }
}

/** The upper bound, in milliseconds, of the bucket that holds the quantile; undefined when empty. */
export function quantileMs(counts: LagCounts, q: number): number | undefined {
  if (counts.count === 0) return undefined
  const wanted = Math.ceil(counts.count * q)
  let seen = 0
  for (const [i, n] of counts.buckets.entries()) {
    seen += n
    if (seen >= wanted) return lagBoundsMs[i] ?? Number.POSITIVE_INFINITY
  }
  return undefined
}

/** What came in between two readings. */
export function since(before: LagCounts, now: LagCounts): LagCounts {
  return {
    buckets: now.buckets.map((n, i) => n - (before.buckets[i] ?? 0)),
    count: now.count - before.count,
    sumMs: now.sumMs - before.sumMs,
  }
}
