// The days on which a schedule makes a form due for one patient, as day numbers: one segment for each date of the
// schedule's anchor. Pure calendar arithmetic, without zones or clocks (domain.md §3.1.2).
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { PatientCourse } from '../course.ts'
import type { DatedSchedule, Recurrence } from './schedule-plan.ts'

/** Due days of one date of the anchor lie between `first` and `last`, both inclusive; `last` may be Infinity. */
export type Segment = {
  /** Counted from 1 where the anchor repeats, else null. */
  readonly cycle: number | null
  /** The anchor's date. */
  readonly anchorDay: number
  readonly first: number
  readonly last: number
}

/** What segments are made of; dates are ISO and were checked when they were entered. */
export type CountedFrom = { readonly enrolledOn: string; readonly course: PatientCourse }

/**
 * The segments of a schedule, in order. They never overlap: one of a repeating anchor ends before the next date (and
 * before what is due ahead of it), but for visits, which have ids of their own. None where the anchor has no date yet.
 */
export function segmentsOf(schedule: DatedSchedule, patient: CountedFrom): Segment[] {
  const { anchor, fromDay, toDay, recurrence } = schedule
  const dates = datesOf(schedule, patient)
  if (dates.length === 0) return []
  const end = endDay(schedule, patient.course)
  const segments: Segment[] = []
  for (const [index, date] of dates.entries()) {
    const anchorDay = dayNumber(date)
    const listed = recurrence.unit === 'listed'
    const from = listed ? (recurrence.days[0] as number) : fromDay
    let last = listed
      ? anchorDay + (recurrence.days.at(-1) as number)
      : toDay === null
        ? Number.POSITIVE_INFINITY
        : anchorDay + toDay
    const next = dates[index + 1]
    if (next !== undefined && schedule.visit === null)
      last = Math.min(last, dayNumber(next) + Math.min(0, from) - 1)
    last = Math.min(last, end - 1)
    const first = anchorDay + from
    if (last >= first) segments.push({ cycle: anchor.repeats ? index + 1 : null, anchorDay, first, last })
  }
  return segments
}

function datesOf({ anchor }: DatedSchedule, { enrolledOn, course }: CountedFrom): readonly string[] {
  if (anchor.id === 'enrolled') return [enrolledOn]
  const dates = course.anchors[anchor.id] ?? []
  return anchor.repeats ? dates : dates.slice(0, 1)
}

/** First day from which nothing is due, Infinity where there is none. */
function endDay(schedule: DatedSchedule, course: PatientCourse): number {
  let end = Number.POSITIVE_INFINITY
  for (const anchor of schedule.until) {
    const date = course.anchors[anchor]?.[0]
    if (date !== undefined) end = Math.min(end, dayNumber(date))
  }
  return end
}

/**
 * The recurrence's day at or before `day`, counted from the segment's start without regard to its end; undefined where
 * there is none. A regular step goes back beyond the start too, so that an entry made before it finds its period.
 */
export function dayAtOrBefore(recurrence: Recurrence, segment: Segment, day: number): number | undefined {
  const { first, anchorDay } = segment
  if (recurrence.unit === 'days')
    return recurrence.step === 1 ? day : first + Math.floor((day - first) / recurrence.step) * recurrence.step
  if (recurrence.unit === 'listed') {
    const found = recurrence.days.findLast((listed) => anchorDay + listed <= day)
    return found === undefined ? undefined : anchorDay + found
  }
  const start = Temporal.PlainDate.from(dateOfDay(first))
  const { years, months } = start.until(dateOfDay(day), { largestUnit: 'months' })
  const passed = Math.floor((years * 12 + months) / recurrence.step)
  // Clamped days come earlier than `until` counts: the next one may be there already.
  const after = monthsLater(start, (passed + 1) * recurrence.step)
  if (after <= day) return after
  const at = monthsLater(start, passed * recurrence.step)
  return at <= day ? at : monthsLater(start, (passed - 1) * recurrence.step)
}

/** Whether the recurrence has a day inside the segment on that very day. */
export function isDueDay(recurrence: Recurrence, segment: Segment, day: number): boolean {
  return day >= segment.first && day <= segment.last && dayAtOrBefore(recurrence, segment, day) === day
}

/** The due days of a segment from one day to another, both inclusive, in order. */
export function* dueDays(
  recurrence: Recurrence,
  segment: Segment,
  from: number,
  to: number,
): Generator<number> {
  const low = Math.max(from, segment.first)
  const high = Math.min(to, segment.last)
  if (recurrence.unit === 'listed') {
    for (const listed of recurrence.days) {
      const day = segment.anchorDay + listed
      if (day >= low && day <= high) yield day
    }
  } else if (recurrence.unit === 'days') {
    const { step } = recurrence
    for (let day = segment.first + Math.ceil((low - segment.first) / step) * step; day <= high; day += step)
      yield day
  } else {
    const start = Temporal.PlainDate.from(dateOfDay(segment.first))
    const near = start.until(dateOfDay(low), { largestUnit: 'months' })
    const passed = Math.max(0, Math.floor((near.years * 12 + near.months) / recurrence.step) - 1)
    for (let n = passed; ; n++) {
      const day = monthsLater(start, n * recurrence.step)
      if (day > high) return
      if (day >= low) yield day
    }
  }
}

/** Clamped to the month's end: one month after 31 January is 28 or 29 February, two months after it 31 March. */
const monthsLater = (start: Temporal.PlainDate, months: number): number =>
  dayNumber(start.add({ months }).toString())
