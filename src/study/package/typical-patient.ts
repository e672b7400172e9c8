// A patient as a protocol imagines one, for counting what a study asks for and for comparing two versions of it:
// enrolled on a Monday without a change of clocks near, at home, with every date of the course as expected.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import { emptyCourse } from '../course.ts'
import type { StudyPlan } from '../plan.ts'
import type { SchedulePatient } from '../schedule/due-occasions.ts'
import { dayOf, expectedCourse } from './expected-course.ts'

const enrolledOn = '2026-01-05'
/** Dates of an anchor that repeats. */
const cycles = 6
/** Days looked at, a year and the 30 days before the enrolment. */
const days = 395

/** What is assumed of the patient; printed with the counts. */
export type Assumed = {
  readonly enrolledOn: string
  /** Days after the enrolment; `everyDays` of those that repeat, with `dates` dates. */
  readonly anchors: readonly {
    readonly id: string
    readonly day: number
    readonly dates: number
    readonly everyDays: number
  }[]
}

/** What is assumed for the anchors of these plans; an anchor that ends the study never comes. */
export function assumed(plans: readonly StudyPlan[]): Assumed {
  const course = expectedCourse(plans)
  return {
    enrolledOn,
    anchors: course
      .filter(({ ends }) => !ends)
      .map(({ id, repeats, everyDays }) => ({
        id,
        day: dayOf(course, id),
        dates: repeats ? cycles : 1,
        everyDays,
      })),
  }
}

/** The typical patient of these versions of a study. */
export function typicalPatient(plans: readonly StudyPlan[]): SchedulePatient {
  const first = dayNumber(enrolledOn)
  const anchors = Object.fromEntries(
    assumed(plans).anchors.map(({ id, day, dates, everyDays }) => [
      id,
      Array.from({ length: dates }, (_, cycle) => dateOfDay(first + day + cycle * everyDays)),
    ]),
  )
  const zone = plans[0]?.sites[0]?.zone ?? 'UTC'
  return { zone, enrolledOn, course: { ...emptyCourse, anchors } }
}

/** The days looked at: from 30 days before the enrolment, because a visit may come before it. */
export const typicalSpan: { readonly from: string; readonly to: string } = {
  from: dateOfDay(dayNumber(enrolledOn) - 30),
  to: dateOfDay(dayNumber(enrolledOn) - 30 + days - 1),
}
