// Every occasion that falls due for a patient within a span of days, with its window: what the patient app shows, what
// compliance counts, what the simulator plays through. Placing (src/study/place.ts) uses the same days and windows.
import { isGiven } from '../blinding/forms-by-arm.ts'
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { PatientCourse } from '../course.ts'
import type { FormPlan, StudyPlan } from '../plan.ts'
import { type DatedSchedule, isDated } from './schedule-plan.ts'
import { dueDays, segmentsOf } from './segments.ts'
import type { WindowBounds } from './window.ts'

/** One due occasion. Instants are UTC ISO 8601; the window is half-open, `closesAt` is the first instant outside. */
export type Due = {
  readonly form: string
  readonly formVersion: string
  /** ISO date of the due day; of a visit its id, with `.n` where its anchor repeats. */
  readonly occasion: string
  /** ISO date; of a visit its target date. */
  readonly dueDate: string
  readonly visit: string | null
  /** Which date of a repeating anchor it counts from, from 1. */
  readonly cycle: number | null
  /** Zone in which the window is resolved. */
  readonly zone: string
  readonly opensAt: string
  readonly closesAt: string
  /** From when a late entry needs a reason, and from when it is flagged as locked; null: no limit. */
  readonly justifyAt: string | null
  readonly locksAt: string | null
  readonly reminderAt: string | null
  /**
   * The window was open in no zone while the patient was in it, as when flying east over midnight: not evaluable by
   * travel, not missed (domain.md §3.1.4).
   */
  readonly skippedByTravel: boolean
}

/**
 * `zone` is the home zone (IANA), `enrolledOn` an ISO date, `withdrawnAt` an RFC 3339 time. `arm` matters where an
 * open-label study gives a form to some arms only.
 */
export type SchedulePatient = {
  readonly arm?: string
  readonly zone: string
  readonly enrolledOn: string
  readonly withdrawnAt?: string | null
  readonly course: PatientCourse
}

/**
 * What is due for the patient on the days of `span` (ISO dates, both inclusive), by due date, then in the order of
 * study.yaml. Nothing whose window opens after a withdrawal, or after the end set by an anchor. Of a form in several
 * versions, the last one listed. @throws RangeError where a date of the span or of the patient does not exist.
 */
export function dueOccasions(
  plan: StudyPlan,
  patient: SchedulePatient,
  span: { readonly from: string; readonly to: string },
): Due[] {
  const from = existing(span.from)
  const to = existing(span.to)
  existing(patient.enrolledOn)
  const ends =
    patient.withdrawnAt === undefined || patient.withdrawnAt === null
      ? Number.POSITIVE_INFINITY
      : Temporal.Instant.from(patient.withdrawnAt).epochMilliseconds
  const due: Due[] = []
  for (const form of newestForms(plan)) {
    if (!isGiven(plan, form.id, patient.arm)) continue
    for (const schedule of form.schedules) {
      if (!isDated(schedule)) continue
      for (const segment of segmentsOf(schedule, patient))
        for (const day of dueDays(schedule.recurrence, segment, from, to)) {
          const dueDate = dateOfDay(day)
          const { zone, bounds } = boundsOf(schedule, patient, dueDate)
          if (bounds.opensMs >= ends || isSkipped(schedule, bounds)) continue
          const skipped = skippedByTravel(schedule, patient, dueDate)
          due.push(occasion(form, schedule, segment.cycle, dueDate, zone, bounds, skipped))
        }
    }
  }
  return due.sort((a, b) => (a.dueDate < b.dueDate ? -1 : a.dueDate > b.dueDate ? 1 : 0))
}

/** Of each form the version that is listed last. */
function newestForms(plan: StudyPlan): Iterable<FormPlan> {
  const newest = new Map<string, FormPlan>()
  for (const form of plan.forms.values()) newest.set(form.id, form)
  return newest.values()
}

/** A daily form is not due on a date that the zone's calendar skipped: its whole window would lie on other dates. */
export const isSkipped = ({ recurrence }: DatedSchedule, bounds: WindowBounds): boolean =>
  !bounds.dateExists && recurrence.unit === 'days' && recurrence.step === 1

/** The occasion's id: the ISO date, or the visit, with its cycle where the visit's anchor repeats. */
export const occasionId = ({ visit }: DatedSchedule, cycle: number | null, dueDate: string): string =>
  visit === null ? dueDate : cycle === null ? visit.id : `${visit.id}.${cycle}`

/**
 * Where the window is: in the home zone by that policy, else in the zone the device was last seen in before the window
 * closed there. Only the device's own time, when it comes, says for certain where an entry was made.
 */
function boundsOf(
  schedule: DatedSchedule,
  { zone: home, course }: SchedulePatient,
  dueDate: string,
): { zone: string; bounds: WindowBounds } {
  if (schedule.travel !== 'home-zone')
    for (let i = course.zones.length - 1; i >= 0; i--) {
      const { from, zone } = course.zones[i] as { from: string; zone: string }
      const bounds = schedule.windows(zone, dueDate)
      if (from < bounds.closesAt) return { zone, bounds }
    }
  return { zone: home, bounds: schedule.windows(home, dueDate) }
}

function skippedByTravel(
  schedule: DatedSchedule,
  { zone: home, course }: SchedulePatient,
  dueDate: string,
): boolean {
  if (schedule.travel === 'home-zone' || course.zones.length === 0) return false
  const stays = [{ from: '', zone: home }, ...course.zones]
  return stays.every(({ from, zone }, index) => {
    const { opensAt, closesAt } = schedule.windows(zone, dueDate)
    const left = stays[index + 1]?.from
    return closesAt <= from || (left !== undefined && left <= opensAt)
  })
}

function occasion(
  form: FormPlan,
  schedule: DatedSchedule,
  cycle: number | null,
  dueDate: string,
  zone: string,
  bounds: WindowBounds,
  skipped: boolean,
): Due {
  const { opensAt, closesAt, justifyAt, locksAt, reminderAt } = bounds
  return {
    form: form.id,
    formVersion: form.version,
    occasion: occasionId(schedule, cycle, dueDate),
    dueDate,
    visit: schedule.visit?.id ?? null,
    cycle,
    zone,
    opensAt,
    closesAt,
    justifyAt,
    locksAt,
    reminderAt,
    skippedByTravel: skipped,
  }
}

function existing(date: string): number {
  const day = dayNumber(date)
  if (Number.isNaN(day)) throw new RangeError(`${date} is not a date that exists`)
  return day
}
