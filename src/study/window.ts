// The bounds of an occasion as instants: wall-clock times of the zone, resolved with Temporal, by calendar day and
// never by 24 hours. Opening takes the earlier, closing the later of ambiguous or skipped times, so that a change to
// or from summer time never shortens a window (domain.md §3.1.3).
import type { WindowPlan } from './plan.ts'
import { byZoneAndDate } from './zone-date-cache.ts'

/** A window resolved in one zone, in ms since 1970-01-01T00:00Z. */
export type WindowBounds = {
  readonly opensMs: number
  /** First instant outside the window. */
  readonly closesMs: number
  readonly locksMs: number
  /** The same instants as UTC ISO 8601 texts. */
  readonly opensAt: string
  readonly closesAt: string
}

/** Bounds of the occasion due on an ISO date, in an IANA zone or fixed offset; both must exist. */
export type WindowFinder = (zone: string, dueDate: string) => WindowBounds

/** A memoised finder for one schedule. `locksAfterDays` counts calendar days from closing. */
export function createWindowFinder(window: WindowPlan, locksAfterDays: number): WindowFinder {
  return byZoneAndDate((zone, dueDate) => {
    const due = Temporal.PlainDate.from(dueDate)
    const closing = due.add({ days: window.closesDaysLater })
    const opens = instantOf(due, window.opensMinute, zone, 'earlier')
    const closes = instantOf(closing, window.closesMinute, zone, 'later')
    return {
      opensMs: opens,
      closesMs: closes,
      locksMs: instantOf(closing.add({ days: locksAfterDays }), window.closesMinute, zone, 'later'),
      opensAt: new Date(opens).toISOString(),
      closesAt: new Date(closes).toISOString(),
    }
  })
}

/** `minute` 1440 is midnight at the end of the day. */
function instantOf(
  date: Temporal.PlainDate,
  minute: number,
  zone: string,
  disambiguation: 'earlier' | 'later',
): number {
  const day = minute === 1440 ? date.add({ days: 1 }) : date
  const wall = day.toPlainDateTime({ hour: Math.floor(minute / 60) % 24, minute: minute % 60 })
  return wall.toZonedDateTime(zone, { disambiguation }).epochMilliseconds
}
