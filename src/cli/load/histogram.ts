// Latency histogram of fixed size: log-linear buckets over microseconds, as in Gil Tene's HdrHistogram.
// Promises: a percentile is at most 1 % above the true value and never below it; the maximum and the count are
// exact; 28 kB however many values are recorded.

/** Each power of two is cut into this many buckets, so a bucket is at most 1/128 of its value wide. */
const parts = 128
const partsBits = 7
/** Values above 2^32 µs (71 minutes) are counted in the last bucket; `maxMs` stays exact. */
const topBits = 32

/** What a run reports of one histogram; milliseconds. Zero everywhere when nothing was recorded. */
export type LatencySummary = {
  count: number
  meanMs: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  p999Ms: number
  maxMs: number
}

export class Histogram {
  private readonly counts = new Float64Array((topBits - partsBits + 1) * parts)
  private sumMs = 0
  /** Number of recorded values. */
  count = 0
  /** The largest recorded value, exact. */
  maxMs = 0

  /** Adds one value; negative values count as zero. */
  record(ms: number): void {
    const value = Math.max(ms, 0)
    this.count++
    this.sumMs += value
    if (value > this.maxMs) this.maxMs = value
    const at = bucketOf(Math.ceil(value * 1000))
    this.counts[at] = (this.counts[at] as number) + 1
  }

  /** The smallest bucket bound under which at least `share` (0–1) of the values lie, in milliseconds. */
  percentileMs(share: number): number {
    if (this.count === 0) return 0
    const wanted = Math.max(1, Math.ceil(share * this.count))
    let seen = 0
    for (let at = 0; at < this.counts.length; at++) {
      seen += this.counts[at] as number
      if (seen >= wanted) return Math.min(upperBound(at) / 1000, this.maxMs)
    }
    return this.maxMs
  }

  /** Adds all values of `other`. */
  add(other: Histogram): void {
    for (let at = 0; at < this.counts.length; at++)
      this.counts[at] = (this.counts[at] as number) + (other.counts[at] as number)
    this.count += other.count
    this.sumMs += other.sumMs
    this.maxMs = Math.max(this.maxMs, other.maxMs)
  }

  summary(): LatencySummary {
    const round = (ms: number) => Math.round(ms * 1000) / 1000
    return {
      count: this.count,
      meanMs: round(this.count === 0 ? 0 : this.sumMs / this.count),
      p50Ms: round(this.percentileMs(0.5)),
      p95Ms: round(this.percentileMs(0.95)),
      p99Ms: round(this.percentileMs(0.99)),
      p999Ms: round(this.percentileMs(0.999)),
      maxMs: round(this.maxMs),
    }
  }
}

/** Below 128 µs one bucket per microsecond; above, 128 for each doubling. */
function bucketOf(micros: number): number {
  if (micros < parts) return micros
  if (micros >= 2 ** topBits) return (topBits - partsBits + 1) * parts - 1
  const shift = 31 - Math.clz32(micros >>> 0) - partsBits
  return shift * parts + Math.floor(micros / 2 ** shift)
}

/** The largest whole number of microseconds that falls into the bucket. */
function upperBound(at: number): number {
  if (at < 2 * parts) return at
  const shift = Math.floor(at / parts) - 1
  return (at - shift * parts + 1) * 2 ** shift - 1
}
