// Reads a time given on the command line.
import { InvalidArgumentError } from 'commander'

/** An instant, in ms since the epoch: `2026-11-22T08:00Z`, `2026-11-22T08:00+08:00`, or a date, which is its end in UTC. */
export function timeFlag(text: string): number {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text))
      return Temporal.PlainDate.from(text).add({ days: 1 }).toZonedDateTime('UTC').epochMilliseconds
    return Temporal.Instant.from(text).epochMilliseconds
  } catch {
    throw new InvalidArgumentError('It takes a time such as 2026-11-22T08:00Z, or a date such as 2026-11-22.')
  }
}
