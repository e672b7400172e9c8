// When doses were taken: intervals, windows and drug holidays (domain.md §3.3). Elapsed time is exact; what it is held
// against follows the clock on the wall, so a day of 23 or 25 hours is never an error of the patient.
import type { Course, Taken } from './course.ts'
import { type Exclusion, type Figure, figure, noFigure } from './figure.ts'
import { addDays, startOfDay } from './local-time.ts'
import { regimenOn, type Slot } from './schedule.ts'

const msPerHour = 3_600_000

/** Inter-dose intervals within ± tolerance of the prescribed interval / intervals. */
export function timingAdherence(course: Course): Figure {
  const { tolerance } = course.prescription
  const percent = Math.round(tolerance * 100)
  const formula = `inter-dose intervals within ±${percent} % of the prescribed interval / intervals`
  const timed = counted(course).filter((one) => one.event.at !== null)
  const untimed = untimedDays(course)
  const due = dueTimes(course)
  const exclusions: Exclusion[] = []
  let right = 0
  let short = 0
  let all = 0
  for (const [i, first] of timed.entries()) {
    const second = timed[i + 1]
    if (second === undefined) break
    const from = first.event.at as number
    const to = second.event.at as number
    const why = cannotJudge(course, untimed, from, to)
    if (why !== null) {
      exclusions.push({ date: first.event.day, reason: why, count: 1 })
      continue
    }
    const prescribed = prescribedInterval(course, due, first)
    if (prescribed === null) {
      exclusions.push({ date: first.event.day, reason: 'no-prescribed-interval', count: 1 })
      continue
    }
    all += 1
    if (to - from < prescribed * (1 - tolerance)) short += 1
    else if (to - from <= prescribed * (1 + tolerance)) right += 1
  }
  const details = { tolerance, tooShort: short, tooLong: all - right - short }
  return figure({
    measure: 'timing',
    formula,
    numerator: right,
    denominator: all,
    exclusions,
    details,
    otherwise: 'no-dose-times',
  })
}

const counted = ({ taken }: Course): Taken[] => taken.filter((one) => one.excluded === null)

type Stretch = { readonly from: number; readonly to: number }

/** The whole days of doses of which only the day is known. */
function untimedDays(course: Course): Stretch[] {
  return counted(course)
    .filter(({ event }) => event.at === null)
    .map(({ event: { day } }) => ({
      from: startOfDay(course.prescription, day),
      to: startOfDay(course.prescription, addDays(day, 1)),
    }))
}

/** An interval across a hold, or across a dose of which only the day is known, says nothing. */
function cannotJudge(course: Course, untimed: readonly Stretch[], from: number, to: number): string | null {
  const across = (one: Stretch) => one.from < to && one.to > from
  if (course.excludedTimes.some(across)) return 'spans-hold'
  return untimed.some(across) ? 'dose-of-unknown-time-between' : null
}

/** Instants of the doses due, in order, held ones left out. */
const dueTimes = ({ slots, later }: Course): number[] =>
  [...slots, ...later].flatMap(({ excluded, dueAt }) => (excluded === null && dueAt !== null ? [dueAt] : []))

/** From the due time nearest to the dose to the next one; by the day's length where no times are prescribed. */
function prescribedInterval(
  { prescription }: Course,
  due: readonly number[],
  { event }: Taken,
): number | null {
  const at = event.at as number
  const regimen = regimenOn(prescription, event.day)
  if (regimen !== null && regimen.minutes === null) {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(event.zone)
    const next = local.add({ days: regimen.everyDays })
    return (next.epochMilliseconds - at) / regimen.perDay
  }
  let nearest = 0
  for (const [i, one] of due.entries())
    if (Math.abs(one - at) < Math.abs((due[nearest] as number) - at)) nearest = i
  const [start, end] = [due[nearest], due[nearest + 1]]
  return start === undefined || end === undefined ? null : end - start
}

/** Doses taken in a window of their own / doses due. Each dose due and each dose taken counts once. */
export function windowAdherence(course: Course): Figure {
  const formula = 'doses taken within their window / doses due'
  const due = course.slots.filter((slot) => slot.excluded === null)
  if (course.prescription.window === null) return noFigure('window', formula, 'no-window')
  const filled = matchWindows(due, counted(course))
  // A dose of an unknown time may have been taken in an open window of its day.
  const untimed = Map.groupBy(
    counted(course).filter((one) => one.event.at === null),
    (one) => one.event.day,
  )
  let unknown = 0
  for (const [day, doses] of untimed) {
    const free = due.filter((slot) => slot.day === day && !filled.has(slot)).length
    unknown += Math.min(free, doses.length)
  }
  for (const { date, unknown: silent } of course.days) {
    const free =
      due.filter((slot) => slot.day === date && !filled.has(slot)).length - (untimed.get(date)?.length ?? 0)
    unknown += Math.max(0, Math.min(free, silent))
  }
  return figure({
    measure: 'window',
    formula,
    numerator: filled.size,
    denominator: due.length,
    unknown,
    exclusions: course.exclusions,
    details: { window: course.prescription.window },
  })
}

/** Each dose, in order of time, fills the open window that closes first: no other matching fills more. */
function matchWindows(due: readonly Slot[], taken: readonly Taken[]): Set<Slot> {
  const filled = new Set<Slot>()
  for (const { event } of taken) {
    if (event.at === null) continue
    const at = event.at
    const open = due.filter(
      (slot) =>
        slot.window !== null && !filled.has(slot) && slot.window.opensAt <= at && at < slot.window.closesAt,
    )
    const [first] = open.sort((a, b) => (a.window?.closesAt ?? 0) - (b.window?.closesAt ?? 0))
    if (first !== undefined) filled.add(first)
  }
  return filled
}

/** A stretch without a dose. Times are ISO instants. */
export type Holiday = {
  readonly from: string
  readonly to: string
  readonly hours: number
  readonly kind: 'before-first-dose' | 'between-doses' | 'after-last-dose'
}

/** Stretches of at least so many hours without a dose, ordered holds taken out. */
export function drugHolidays(course: Course): Figure {
  const { holidayHours } = course.prescription
  const formula = `stretches of ${holidayHours} hours or more without a dose`
  const stretches = stretchesOf(course)
  const holidays = stretches.filter((one) => one.hours >= holidayHours)
  const longest = longestInterval(course)
  if (longest >= holidayHours)
    return noFigure('drug-holidays', formula, 'holiday-hours-too-short', {
      longestPrescribedIntervalHours: longest,
    })
  const between = holidays.filter((one) => one.kind === 'between-doses').length
  const hours = holidays.reduce((sum, one) => sum + one.hours, 0)
  const made = figure({
    measure: 'drug-holidays',
    formula,
    numerator: holidays.length,
    denominator: stretches.length,
    exclusions: course.exclusions.filter((one) => one.line === undefined),
    details: { betweenDoses: between, hours, holidays },
    otherwise: 'nothing-prescribed',
  })
  // A share of stretches means nothing: the number of holidays is the result.
  return { ...made, percent: null }
}

function stretchesOf(course: Course): Holiday[] {
  const { prescription, period, slots } = course
  const first = slots.find((slot) => slot.excluded === null)
  if (first === undefined) return []
  const start = first.dueAt ?? startOfDay(prescription, first.day)
  const end = startOfDay(prescription, addDays(period.to, 1))
  const doses = counted(course).map(({ event }) => {
    if (event.at !== null) return { from: event.at, to: event.at }
    // Of a dose whose time is not known no holiday is made: its whole day is covered.
    return { from: startOfDay(prescription, event.day), to: startOfDay(prescription, addDays(event.day, 1)) }
  })
  const later = doses.filter((dose) => dose.to > start).sort((a, b) => a.from - b.from)
  const stretches: Holiday[] = []
  let before = start
  for (const [i, mark] of [...later, { from: end, to: end }].entries()) {
    const kind = i === 0 ? 'before-first-dose' : i === later.length ? 'after-last-dose' : 'between-doses'
    for (const { from, to } of outsideHolds(course, before, mark.from)) {
      const hours = (to - from) / msPerHour
      stretches.push({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), hours, kind })
    }
    before = Math.max(before, mark.to)
  }
  return stretches
}

/** The parts of a stretch that no hold covers. */
function outsideHolds(course: Course, from: number, to: number): { from: number; to: number }[] {
  let parts = from < to ? [{ from, to }] : []
  for (const hold of course.excludedTimes)
    parts = parts.flatMap((part) =>
      hold.to <= part.from || hold.from >= part.to
        ? [part]
        : [
            { from: part.from, to: hold.from },
            { from: hold.to, to: part.to },
          ].filter((one) => one.from < one.to),
    )
  return parts
}

/** Hours between prescribed doses at most. */
function longestInterval({ prescription, slots, later }: Course): number {
  const due = [...slots, ...later].flatMap((slot) =>
    slot.excluded === null ? [slot.dueAt ?? startOfDay(prescription, slot.day)] : [],
  )
  const cycle = Math.max(0, ...prescription.regimens.map((regimen) => (regimen.everyDays - 1) * 24))
  if (prescription.spans.length > 0) return cycle
  return Math.max(cycle, ...due.slice(1).map((at, i) => (at - (due[i] as number)) / msPerHour))
}
