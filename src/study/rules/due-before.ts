// The occasions of a form that were due for the patient before one of them: what rules look back on. Days and ids are
// those of the schedule (src/study/schedule); nothing here knows windows or zones.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { PatientCourse } from '../course.ts'
import type { FormPlan } from '../plan.ts'
import { occasionId } from '../schedule/due-occasions.ts'
import { type DatedSchedule, isDated } from '../schedule/schedule-plan.ts'
import { dayAtOrBefore, dueDays, type Segment, segmentsOf } from '../schedule/segments.ts'
import type { DueBefore, DueOccasion } from './history.ts'

/** `dueDate` and `occasion` of the entry that is judged; ISO dates. */
export type JudgedOccasion = { readonly dueDate: string; readonly occasion: string }

type Reach = { readonly schedule: DatedSchedule; readonly segment: Segment }

/** What was due before, or null for a form without due days. */
export function dueBefore(
  form: FormPlan,
  patient: { readonly enrolledOn: string; readonly course: PatientCourse },
  judged: JudgedOccasion,
): DueBefore | null {
  if (!form.schedules.some(isDated)) return null
  const last = dayNumber(judged.dueDate) - 1
  let found: readonly Reach[] | undefined
  const reaches = (): readonly Reach[] => {
    found ??= form.schedules
      .filter(isDated)
      .flatMap((schedule) => segmentsOf(schedule, patient).map((segment) => ({ schedule, segment })))
    return found
  }
  const latestFirst = (daysOf: (reach: Reach) => Iterable<number>): DueOccasion[] =>
    reaches()
      .flatMap((reach) => Array.from(daysOf(reach), (day) => occasionOn(reach, day)))
      .filter(({ occasion }) => occasion !== judged.occasion)
      .sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0))
  return {
    before(count) {
      const [only, ...others] = reaches()
      if (only === undefined) return []
      return others.length === 0 && only.schedule.recurrence.unit === 'days'
        ? oneByOne(only, last, count)
        : latestFirst((reach) => lastDays(reach, last, count)).slice(0, count)
    },
    within: (days) =>
      latestFirst(({ schedule, segment }) => dueDays(schedule.recurrence, segment, last + 1 - days, last)),
    first() {
      const days = reaches().flatMap((reach) => {
        const { schedule, segment } = reach
        for (const day of dueDays(schedule.recurrence, segment, segment.first, last)) return [{ reach, day }]
        return []
      })
      const [earliest] = days.sort((a, b) => a.day - b.day)
      if (earliest === undefined) return undefined
      const first = occasionOn(earliest.reach, earliest.day)
      return first.occasion === judged.occasion ? undefined : first
    },
    isEvaluable: (date) => !patient.course.notEvaluable.some(({ from, to }) => from <= date && date <= to),
  }
}

/** The usual case, made as it is asked for: most often the day before decides. */
function* oneByOne(reach: Reach, to: number, count: number): Generator<DueOccasion> {
  for (const day of daysBack(reach, to, count)) yield occasionOn(reach, day)
}

function occasionOn({ schedule, segment }: Reach, day: number): DueOccasion {
  const date = dateOf(day)
  return { date, occasion: occasionId(schedule, segment.cycle, date) }
}

/** The last so many due days of a segment up to a day. */
function lastDays({ schedule, segment }: Reach, to: number, count: number): number[] {
  const { recurrence } = schedule
  if (recurrence.unit === 'listed') return [...dueDays(recurrence, segment, segment.first, to)].slice(-count)
  if (recurrence.unit === 'months')
    return [...dueDays(recurrence, segment, to - 31 * recurrence.step * (count + 1), to)].slice(-count)
  return [...daysBack({ schedule, segment }, to, count)]
}

function* daysBack({ schedule, segment }: Reach, to: number, count: number): Generator<number> {
  const { recurrence } = schedule
  const latest = dayAtOrBefore(recurrence, segment, Math.min(to, segment.last))
  if (recurrence.unit !== 'days' || latest === undefined) return
  let day = latest
  for (let n = 0; n < count && day >= segment.first; n++) {
    yield day
    day -= recurrence.step
  }
}

/** Most entries of a morning look back on the same few days. */
const dates = new Map<number, string>()
const mostDates = 4096

function dateOf(day: number): string {
  let date = dates.get(day)
  if (date === undefined) {
    if (dates.size >= mostDates) dates.clear()
    date = dateOfDay(day)
    dates.set(day, date)
  }
  return date
}
