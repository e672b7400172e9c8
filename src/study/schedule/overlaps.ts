// Two schedules of one form must not make it due on the same day: the occasion would be one, with two windows.
// Only schedules that count from the same anchor can be compared before there are patients.
import type { DatedSchedule } from './schedule-plan.ts'
import { dueDays, type Segment } from './segments.ts'

/** Days after the anchor that are looked at where a schedule is open-ended. */
const horizon = 3_650

/** Refuses each of `later` that shares a due day, or a visit, with one of `earlier` or of its own. */
export function refuseOverlaps(
  earlier: readonly DatedSchedule[],
  later: readonly DatedSchedule[],
  refuse: (message: string) => void,
): void {
  const before = [...earlier]
  for (const schedule of later) {
    const shared = before.map((other) => sharedDay(other, schedule)).find((day) => day !== null)
    if (typeof shared === 'string') refuse(`visit ${shared} is scheduled twice for this form; keep one`)
    else if (typeof shared === 'number')
      refuse(
        `the form is due twice on day ${shared} after ${schedule.anchor.id}; end the one schedule before the other begins`,
      )
    before.push(schedule)
  }
}

/** A visit both have, or a day after the anchor that is due in both; null where there is none. */
function sharedDay(a: DatedSchedule, b: DatedSchedule): number | string | null {
  if (a.visit !== null || b.visit !== null)
    return a.visit !== null && a.visit.id === b.visit?.id ? a.visit.id : null
  if (a.anchor.id !== b.anchor.id) return null
  const [first, second] = [segmentOf(a), segmentOf(b)]
  const low = Math.max(first.first, second.first)
  const high = Math.min(first.last, second.last, low + horizon)
  const days = new Set(dueDays(a.recurrence, first, low, high))
  for (const day of dueDays(b.recurrence, second, low, high)) if (days.has(day)) return day
  return null
}

/** As if the anchor's date were 1970-01-01; monthly days are then compared for that start only. */
function segmentOf({ recurrence, fromDay, toDay }: DatedSchedule): Segment {
  const listed = recurrence.unit === 'listed'
  return {
    cycle: null,
    anchorDay: 0,
    first: listed ? (recurrence.days[0] as number) : fromDay,
    last: listed ? (recurrence.days.at(-1) as number) : (toDay ?? Number.POSITIVE_INFINITY),
  }
}
