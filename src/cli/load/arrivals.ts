// When requests leave: open-loop schedules with Poisson arrivals, reproducible from a seed.
// Promises: exactly round(rate × duration) arrivals, in order, inside the duration, in constant memory.
import { type Random, seededRandom } from './random.ts'

/** `constant`: the same rate all the time. `morning`: up to a peak at a third of the time, then a long tail. */
export type Curve = 'constant' | 'morning'

/** `rate` is the mean, per second. */
export type ArrivalOptions = { rate: number; durationSeconds: number; curve: Curve; seed: number }

/** The next arrival's instant in milliseconds from the start, or Infinity after the last. */
export type Arrivals = { total: number; next(): number }

/**
 * A Poisson process with the curve's intensity, given its number of arrivals: those are then the order statistics
 * of independent draws from the curve (Devroye, Non-Uniform Random Variate Generation, 1986, ch. V and VI), and
 * sorted uniform numbers can be drawn one after the other.
 */
export function planArrivals(options: ArrivalOptions): Arrivals {
  const total = Math.round(options.rate * options.durationSeconds)
  const random: Random = seededRandom(options.seed)
  const timeOf = options.curve === 'morning' ? invert(morningIntensity) : (share: number) => share
  let left = total
  let share = 0
  return {
    total,
    next() {
      if (left === 0) return Number.POSITIVE_INFINITY
      share = 1 - (1 - share) * (1 - random()) ** (1 / left)
      left--
      return timeOf(share) * options.durationSeconds * 1000
    },
  }
}

/**
 * Relative rate at `x` in [0, 1] of the morning: reminders at 08:00 bring a smooth rise to 1 at a third, then
 * stragglers fall off exponentially. The peak is about 2.3 times the mean.
 */
export function morningIntensity(x: number): number {
  const peak = 1 / 3
  if (x < peak) return 0.05 + 0.95 * Math.sin((x / peak) * (Math.PI / 2)) ** 2
  return 0.05 + 0.95 * Math.exp(-(x - peak) * 5)
}

/** The inverse of the intensity's cumulated share, by a table of 4,096 steps with straight lines between. */
function invert(intensity: (x: number) => number): (share: number) => number {
  const steps = 4096
  const cumulated = new Float64Array(steps + 1)
  for (let i = 0; i < steps; i++) cumulated[i + 1] = (cumulated[i] as number) + intensity((i + 0.5) / steps)
  const whole = cumulated[steps] as number
  let at = 0
  return (share) => {
    // Shares come in rising order, so the table is walked once.
    const wanted = share * whole
    while (at < steps - 1 && (cumulated[at + 1] as number) < wanted) at++
    const low = cumulated[at] as number
    const high = cumulated[at + 1] as number
    return (at + Math.min(1, (wanted - low) / (high - low))) / steps
  }
}
