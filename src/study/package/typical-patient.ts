// A patient as a protocol imagines one, for counting what a study asks for and for comparing two versions of it:
// enrolled on a Monday without a change of clocks near, at home, with every date of the course on time.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import { emptyCourse } from '../course.ts'
import type { StudyPlan } from '../plan.ts'
import type { SchedulePatient } from '../schedule/due-occasions.ts'

/** What is assumed; printed with the counts. */
export const assumptions = {
  enrolledOn: '2026-01-05',
  /** Days from enrolment to the date of every other anchor. */
  daysToAnchor: 7,
  cycles: 6,
  cycleDays: 21,
  /** Days looked at, a year and the 30 days before the enrolment. */
  days: 395,
} as const

const enrolledOn = assumptions.enrolledOn

/** The dates of the course for the anchors of these plans; an anchor that ends the study never comes. */
export function typicalPatient(plans: readonly StudyPlan[]): SchedulePatient {
  const first = dayNumber(enrolledOn) + assumptions.daysToAnchor
  const anchors: Record<string, readonly string[]> = {}
  for (const plan of plans)
    for (const { id, repeats, ends } of plan.anchors.values()) {
      if (id === 'enrolled' || ends) continue
      const dates = Array.from({ length: repeats ? assumptions.cycles : 1 }, (_, cycle) =>
        dateOfDay(first + cycle * assumptions.cycleDays),
      )
      anchors[id] = dates
    }
  const zone = plans[0]?.sites[0]?.zone ?? 'UTC'
  return { zone, enrolledOn, course: { ...emptyCourse, anchors } }
}

/** The days looked at: from 30 days before the enrolment, because a visit may come before it. */
export const typicalSpan: { readonly from: string; readonly to: string } = {
  from: dateOfDay(dayNumber(enrolledOn) - 30),
  to: dateOfDay(dayNumber(enrolledOn) - 30 + assumptions.days - 1),
}
