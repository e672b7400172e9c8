// The bounds of an occasion as instants: wall-clock times of the zone, resolved with Temporal, by calendar day and
// never by 24 hours. Opening takes the earlier, closing the later of ambiguous or skipped times, so that a change to
// or from summer time never shortens a window (domain.md §3.1.3).
import { byZoneAndDate } from '../zone-date-cache.ts'
import type { Thresholds, WindowPlan } from './schedule-plan.ts'

/** A window resolved in one zone, in ms since 1970-01-01T00:00Z; Infinity where there is no limit. */
export type WindowBounds = {
  readonly opensMs: number
  /** First instant outside the window. */
  readonly closesMs: number
  /** From here on a late entry needs a reason; never before the window closes. */
  readonly justifyMs: number
  readonly locksMs: number
  /** The same instants as UTC ISO 8601 texts. */
  readonly opensAt: string
  readonly closesAt: string
  readonly justifyAt: string | null
  readonly locksAt: string | null
  readonly reminderAt: string | null
  /** The zone's calendar has the due date; Samoa, for one, had no 30 December 2011. */
  readonly dateExists: boolean
}

/** Bounds of the occasion due on an ISO date, in an IANA zone or fixed offset; both must exist. */
export type WindowFinder = (zone: string, dueDate: string) => WindowBounds

/** A memoised finder for one schedule. */
export function createWindowFinder(window: WindowPlan, thresholds: Thresholds): WindowFinder {
  return byZoneAndDate((zone, dueDate) => {
    const due = Temporal.PlainDate.from(dueDate)
    const opening = due.subtract({ days: window.opensDaysEarlier })
    const closing = due.add({ days: window.closesDaysLater })
    const opens = instantOf(opening, window.opensMinute, zone, 'earlier')
    const closes = instantOf(closing, window.closesMinute, zone, 'later')
    const { justifyAfterDays, locksAfterDays } = thresholds
    // Nobody is asked why an entry is late that is not.
    const justify =
      justifyAfterDays === null
        ? null
        : Math.max(closes, instantOf(due.add({ days: justifyAfterDays }), 0, zone, 'later'))
    const locks =
      locksAfterDays === null
        ? null
        : instantOf(closing.add({ days: locksAfterDays }), window.closesMinute, zone, 'later')
    return {
      opensMs: opens,
      closesMs: closes,
      justifyMs: justify ?? Number.POSITIVE_INFINITY,
      locksMs: locks ?? Number.POSITIVE_INFINITY,
      opensAt: isoOf(opens),
      closesAt: isoOf(closes),
      justifyAt: justify === null ? null : isoOf(justify),
      locksAt: locks === null ? null : isoOf(locks),
      reminderAt: reminderOf(window, thresholds, due, zone),
      dateExists: due.equals(due.toZonedDateTime({ timeZone: zone }).toPlainDate()),
    }
  })
}

const isoOf = (epochMs: number): string => new Date(epochMs).toISOString()

/** Before the hour of opening, a reminder belongs to the next morning. */
function reminderOf(
  { opensMinute, opensDaysEarlier }: WindowPlan,
  { reminderMinute }: Thresholds,
  due: Temporal.PlainDate,
  zone: string,
): string | null {
  if (reminderMinute === null) return null
  const day = opensDaysEarlier === 0 && reminderMinute < opensMinute ? due.add({ days: 1 }) : due
  return isoOf(instantOf(day, reminderMinute, zone, 'later'))
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
