// Which occasion of its form an entry belongs to, and in whose zone its window lies (domain.md §3.1). What a device
// named is a fact and is followed; else the window that holds the completion decides, else what comes nearest. An entry
// for which nothing is due is kept as well: it gets an occasion of its own.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { FormPlan } from '../plan.ts'
import { isSkipped, occasionId } from './due-occasions.ts'
import { type DatedSchedule, isDated } from './schedule-plan.ts'
import { dayAtOrBefore, dueDays, isDueDay, type Segment, segmentsOf } from './segments.ts'
import { localDate, localDay, type Whereabouts, type WindowZone, windowZone } from './whereabouts.ts'
import type { WindowBounds } from './window.ts'

/** How an occasion was found. `period`: the due day at or before the date; `nothing-due`: the schedule has none. */
export type FoundBy = 'event' | 'named' | 'window' | 'period' | 'nearest' | 'nothing-due'

/** The occasion of one entry. */
export type Found = {
  readonly by: FoundBy
  readonly occasion: string
  /** Null for events, and where nothing is due that could be named. */
  readonly schedule: DatedSchedule | null
  readonly dueDate: string | null
  readonly cycle: number | null
  readonly isDue: boolean
  readonly window: WindowZone | null
  readonly bounds: WindowBounds | null
  /** Occasions that would have come first and had an entry already (policy once-a-day). */
  readonly passedOver?: readonly string[]
}

/** What is known of the entry. */
export type Search = Whereabouts & {
  readonly submissionId: string
  /** Whether an occasion of the form has an entry already; asked by the policy once-a-day alone. */
  readonly filled: (form: string, occasion: string) => boolean
}

/** The occasion, or null where what the device named is neither a date nor a visit of the form. */
export function findOccasion(form: FormPlan, named: unknown, search: Search): Found | null {
  const first = form.schedules[0]
  if (first === undefined || (form.schedules.length === 1 && !isDated(first))) return event(search)
  if (named !== undefined && named !== null) {
    if (typeof named !== 'string') return null
    const day = dayNumber(named)
    if (Number.isNaN(day)) return namedVisit(form, named, search)
    const found = namedDate(form, named, day, search)
    if (found !== null) return found
  }
  const once = form.schedules.some((schedule) => isDated(schedule) && schedule.travel === 'once-a-day')
  return (
    (once ? firstUnfilled(form, search) : null) ??
    byWindow(form, search) ??
    (form.schedules.some((schedule) => !isDated(schedule)) ? event(search) : null) ??
    nearest(form, search) ??
    nothingDue(form, search)
  )
}

const event = ({ submissionId }: Search, by: 'event' | 'nothing-due' = 'event'): Found => ({
  by,
  occasion: submissionId,
  schedule: null,
  dueDate: null,
  cycle: null,
  isDue: by === 'event',
  window: null,
  bounds: null,
})

function found(
  by: FoundBy,
  schedule: DatedSchedule,
  cycle: number | null,
  dueDate: string,
  search: Search,
  isDue = true,
): Found {
  const window = windowZone(schedule, dueDate, search)
  const bounds = schedule.windows(window.zone, dueDate)
  return {
    by,
    occasion: occasionId(schedule, cycle, dueDate),
    schedule,
    dueDate,
    cycle,
    isDue: isDue && !isSkipped(schedule, bounds),
    window,
    bounds,
  }
}

/** A named date is a due day, or any day of a period; else nothing is due on it. Null where the form has visits only. */
function namedDate(form: FormPlan, named: string, day: number, search: Search): Found | null {
  let last: DatedSchedule | undefined
  for (const schedule of form.schedules) {
    if (!isDated(schedule) || schedule.visit !== null) continue
    last = schedule
    for (const segment of segmentsOf(schedule, search.patient))
      if (isDueDay(schedule.recurrence, segment, day))
        return found('named', schedule, segment.cycle, named, search)
  }
  if (last === undefined) return null
  for (const schedule of form.schedules) {
    if (!isDated(schedule) || schedule.visit !== null) continue
    for (const segment of segmentsOf(schedule, search.patient)) {
      const start = periodOf(schedule, segment, day)
      if (start !== undefined) return found('period', schedule, segment.cycle, dateOfDay(start), search)
    }
  }
  const [segment] = segmentsOf(last, search.patient)
  const start = segment === undefined ? undefined : dayAtOrBefore(last.recurrence, segment, day)
  const outside = start !== undefined && last.recurrence.unit === 'days' ? dateOfDay(start) : named
  return found('nothing-due', last, null, outside, search, false)
}

/** The due day of the period that holds `day`; listed days have no periods. */
function periodOf(schedule: DatedSchedule, segment: Segment, day: number): number | undefined {
  if (schedule.recurrence.unit === 'listed' || day < segment.first) return undefined
  const start = dayAtOrBefore(schedule.recurrence, segment, day)
  return start !== undefined && start >= segment.first && start <= segment.last ? start : undefined
}

/** `visit` or `visit.n`; without `.n` the nearest of a repeating visit. */
function namedVisit(form: FormPlan, named: string, search: Search): Found | null {
  for (const schedule of form.schedules) {
    if (!isDated(schedule) || schedule.visit === null) continue
    const { id } = schedule.visit
    const cycle = cycleOf(named, id)
    if (cycle === undefined) continue
    const segments = segmentsOf(schedule, search.patient)
    const segment =
      named === id
        ? closest(
            segments.map((one) => ({ segment: one, day: one.first })),
            schedule,
            search,
          )?.segment
        : segments.find((one) => one.cycle === cycle)
    if (segment !== undefined)
      return found('named', schedule, segment.cycle, dateOfDay(segment.first), search)
    return { ...event(search, 'nothing-due'), occasion: named, schedule, cycle: null }
  }
  return null
}

/** The cycle a name gives: null for the visit's bare id, undefined where it names something else. */
function cycleOf(named: string, visit: string): number | null | undefined {
  if (named === visit) return null
  const count = named.startsWith(`${visit}.`) ? named.slice(visit.length + 1) : ''
  return /^[1-9]\d{0,3}$/.test(count) ? Number(count) : undefined
}

type Candidate = { readonly schedule: DatedSchedule; readonly segment: Segment; readonly day: number }

/** Due days of all schedules whose windows may hold the completion. `beyond`: days by which zones may differ. */
function* near(form: FormPlan, search: Search, beyond: number): Generator<Candidate> {
  for (const schedule of form.schedules) {
    if (!isDated(schedule)) continue
    const today = localDay(schedule, search)
    const { opensDaysEarlier, closesDaysLater } = schedule.window
    for (const segment of segmentsOf(schedule, search.patient))
      for (const day of dueDays(
        schedule.recurrence,
        segment,
        today - closesDaysLater - beyond,
        today + opensDaysEarlier + beyond,
      ))
        yield { schedule, segment, day }
  }
}

/** The due day whose window holds the completion; of several the one nearest to the date, and of those the later. */
function byWindow(form: FormPlan, search: Search): Found | null {
  const ofToday = byWindowOfToday(form, search)
  if (ofToday !== null) return ofToday
  let best: Found | null = null
  let least = Number.POSITIVE_INFINITY
  for (const { schedule, segment, day } of near(form, search, 1)) {
    const distance = Math.abs(day - localDay(schedule, search))
    if (distance > least) continue
    const one = found('window', schedule, segment.cycle, dateOfDay(day), search)
    if (!one.isDue || !holds(one.bounds, search)) continue
    best = one
    least = distance
  }
  return best
}

/** The usual case, without looking at other days. */
function byWindowOfToday(form: FormPlan, search: Search): Found | null {
  for (const schedule of form.schedules) {
    if (!isDated(schedule)) continue
    const date = localDate(schedule, search)
    const today = dayNumber(date)
    for (const segment of segmentsOf(schedule, search.patient)) {
      if (!isDueDay(schedule.recurrence, segment, today)) continue
      const one = found('window', schedule, segment.cycle, date, search)
      if (one.isDue && holds(one.bounds, search)) return one
    }
  }
  return null
}

/** Policy once-a-day (domain.md §3.1.4c): the first date without an entry whose window, old or new, holds it. */
function firstUnfilled(form: FormPlan, search: Search): Found | null {
  let best: Found | null = null
  const passedOver: string[] = []
  for (const { schedule, segment, day } of near(form, search, 2)) {
    if (schedule.travel !== 'once-a-day' || schedule.visit !== null) continue
    const dueDate = dateOfDay(day)
    if (best !== null && (best.dueDate as string) <= dueDate) continue
    const one = found('window', schedule, segment.cycle, dueDate, search)
    if (!one.isDue || !holds(one.bounds, search)) continue
    if (search.filled(form.id, one.occasion)) passedOver.push(one.occasion)
    else best = one
  }
  return best === null || passedOver.length === 0 ? best : { ...best, passedOver }
}

const holds = (bounds: WindowBounds | null, { completed }: Search): boolean =>
  bounds !== null && completed.epochMs >= bounds.opensMs && completed.epochMs < bounds.closesMs

/** Outside all windows: the running period, the last due day until it locks, or the nearest visit or listed day. */
function nearest(form: FormPlan, search: Search): Found | null {
  const candidates: (Candidate & { by: FoundBy; distance: number })[] = []
  for (const schedule of form.schedules) {
    if (!isDated(schedule)) continue
    const today = localDay(schedule, search)
    const segments = segmentsOf(schedule, search.patient)
    if (schedule.recurrence.unit === 'listed') {
      const days = segments.flatMap((segment) =>
        [...dueDays(schedule.recurrence, segment, segment.first, segment.last)].map((day) => ({
          segment,
          day,
        })),
      )
      const one = closest(days, schedule, search)
      if (one !== undefined)
        candidates.push({ ...one, schedule, by: 'nearest', distance: distanceOf(one.day, schedule, search) })
    } else
      for (const segment of segments) {
        const running = periodOf(schedule, segment, today)
        const day =
          running === undefined
            ? stillOpenToLate(schedule, segment, today, search)
            : runningOrLast(schedule, segment, running, search)
        if (day !== undefined)
          candidates.push({ schedule, segment, day, by: 'period', distance: Math.abs(today - day) })
      }
  }
  const [best] = candidates.sort((a, b) => a.distance - b.distance || a.day - b.day)
  if (best === undefined) return null
  return found(best.by, best.schedule, best.segment.cycle, dateOfDay(best.day), search)
}

/**
 * Before the running day's window opens, what closed last may be nearer, as at noon after a night that closed at eleven: then
 * that day, unless it is locked.
 */
function runningOrLast(schedule: DatedSchedule, segment: Segment, running: number, search: Search): number {
  const { epochMs } = search.completed
  const boundsOf = (day: number) => {
    const dueDate = dateOfDay(day)
    return schedule.windows(windowZone(schedule, dueDate, search).zone, dueDate)
  }
  const { opensMs } = boundsOf(running)
  const last = dayAtOrBefore(schedule.recurrence, segment, running - 1)
  if (epochMs >= opensMs || last === undefined || last < segment.first) return running
  const { closesMs, locksMs } = boundsOf(last)
  return epochMs < locksMs && epochMs - closesMs < opensMs - epochMs ? last : running
}

/** The segment's last due day, where its schedule is over and the day is not locked yet. */
function stillOpenToLate(
  schedule: DatedSchedule,
  segment: Segment,
  today: number,
  search: Search,
): number | undefined {
  if (segment.last >= today) return undefined
  const day = dayAtOrBefore(schedule.recurrence, segment, segment.last)
  if (day === undefined || day < segment.first) return undefined
  const dueDate = dateOfDay(day)
  const { zone } = windowZone(schedule, dueDate, search)
  return search.completed.epochMs < schedule.windows(zone, dueDate).locksMs ? day : undefined
}

/** Days between the local date and the days of the due day's window. */
function distanceOf(day: number, schedule: DatedSchedule, search: Search): number {
  const today = localDay(schedule, search)
  const { opensDaysEarlier, closesDaysLater } = schedule.window
  return Math.max(day - opensDaysEarlier - today, today - day - closesDaysLater, 0)
}

function closest<T extends { readonly day: number }>(
  days: readonly T[],
  schedule: DatedSchedule,
  search: Search,
): T | undefined {
  let best: T | undefined
  for (const one of days)
    if (best === undefined || distanceOf(one.day, schedule, search) < distanceOf(best.day, schedule, search))
      best = one
  return best
}

/** The schedule has no day for it: the local date, or, where a form has visits alone, an occasion of its own. */
function nothingDue(form: FormPlan, search: Search): Found {
  const schedule = form.schedules.find((one) => isDated(one) && one.visit === null) as
    | DatedSchedule
    | undefined
  if (schedule === undefined) return event(search, 'nothing-due')
  const today = localDay(schedule, search)
  const [segment] = segmentsOf(schedule, search.patient)
  const { recurrence } = schedule
  const start =
    segment === undefined || recurrence.unit !== 'days' ? today : dayAtOrBefore(recurrence, segment, today)
  return found('nothing-due', schedule, null, dateOfDay(start ?? today), search, false)
}
