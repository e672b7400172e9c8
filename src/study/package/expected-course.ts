// The dates a patient's course is expected to have: as study.yaml says (`expected-day`, `every-days`), else so that what
// one form is asked after one date is over before it is asked after the next. For counting, comparing and simulating;
// no patient's own schedule depends on it.
import type { StudyPlan } from '../plan.ts'
import { type AnchorPlan, type DatedSchedule, isDated } from '../schedule/schedule-plan.ts'

/** What is expected of one anchor besides `enrolled`; days are calendar days. */
export type ExpectedAnchor = {
  readonly id: string
  readonly repeats: boolean
  readonly ends: boolean
  /** After the enrolment, as study.yaml says; null where it says nothing. */
  readonly expectedDay: number | null
  /** How often one that repeats comes. */
  readonly everyDays: number
  /** So many days after the dates of these anchors at least, unless study.yaml names a day. */
  readonly after: readonly { readonly anchor: string; readonly days: number }[]
}

/** Cycles whose schedules say nothing of their length, or name single days only, are taken to have this one. */
const ordinaryCycle = 21
const shortestCycle = 7

/** The anchors of these versions of a study in the order of study.yaml; where versions differ, the longer counts. */
export function expectedCourse(plans: readonly StudyPlan[]): ExpectedAnchor[] {
  const course = new Map<string, ExpectedAnchor>()
  for (const plan of plans)
    for (const anchor of plan.anchors.values()) {
      if (anchor.id === 'enrolled') continue
      const known = course.get(anchor.id)
      const { id, repeats, ends, expectedDay } = anchor
      const everyDays = Math.max(known?.everyDays ?? 0, cycleOf(plan, anchor))
      const after = [...(known?.after ?? []), ...clearOfOthers(plan, anchor)]
      course.set(id, {
        id,
        repeats,
        ends,
        expectedDay: expectedDay ?? known?.expectedDay ?? null,
        everyDays,
        after,
      })
    }
  return [...course.values()]
}

function cycleOf(plan: StudyPlan, anchor: AnchorPlan): number {
  if (anchor.everyDays !== null) return anchor.everyDays
  const days = [...plan.forms.values()].map(({ schedules }) => {
    const own = schedules.filter(isDated).filter((one) => one.anchor.id === anchor.id)
    return clearance(own, own)
  })
  const longest = Math.max(0, ...days)
  return longest < shortestCycle ? ordinaryCycle : longest
}

/** How long after each date that stands before it in study.yaml the anchor comes, so that no form is asked twice at once. */
function clearOfOthers(plan: StudyPlan, anchor: AnchorPlan): { anchor: string; days: number }[] {
  const anchors = [...plan.anchors.values()]
  const earlier = anchors.slice(0, anchors.indexOf(anchor)).filter((one) => !one.repeats && !one.ends)
  return earlier.flatMap((other) => {
    const days = [...plan.forms.values()].map(({ schedules }) => {
      const dated = schedules.filter(isDated)
      return clearance(
        dated.filter((one) => one.anchor.id === other.id && !one.until.includes(anchor.id)),
        dated.filter((one) => one.anchor.id === anchor.id),
      )
    })
    const most = Math.max(0, ...days)
    return most > 0 ? [{ anchor: other.id, days: most }] : []
  })
}

/** Days between two dates after which nothing of the one is open any more when the other's first window opens. */
function clearance(before: readonly DatedSchedule[], after: readonly DatedSchedule[]): number {
  if (before.length === 0 || after.length === 0) return 0
  return Math.max(...before.map(lastDay)) - Math.min(...after.map(firstDay)) + 1
}

const firstDay = ({ recurrence, fromDay, window }: DatedSchedule): number =>
  (recurrence.unit === 'listed' ? (recurrence.days[0] ?? 0) : fromDay) - window.opensDaysEarlier

/** The last day on which a window is open into the hours in which they open; of an open-ended schedule its first. */
function lastDay({ recurrence, fromDay, toDay, window }: DatedSchedule): number {
  const due = toDay ?? (recurrence.unit === 'listed' ? (recurrence.days.at(-1) ?? 0) : fromDay)
  const open = window.closesMinute - window.opensMinute + window.closesDaysLater * 1440
  return due + Math.ceil(open / 1440) - 1
}

/** Days after the enrolment until each schedule has been due once to its end, or once at all where it is open-ended. */
export function courseDays(plans: readonly StudyPlan[], course: readonly ExpectedAnchor[]): number {
  const days = plans.flatMap((plan) =>
    [...plan.forms.values()].flatMap(({ schedules }) =>
      schedules.filter(isDated).map((schedule) => dayOf(course, schedule.anchor.id) + lengthOf(schedule)),
    ),
  )
  return Math.max(0, ...days)
}

function lengthOf({ recurrence, fromDay, toDay }: DatedSchedule): number {
  if (toDay !== null) return toDay
  if (recurrence.unit === 'listed') return recurrence.days.at(-1) ?? 0
  return fromDay + recurrence.step * (recurrence.unit === 'days' ? 1 : 31)
}

/** Where nobody says when a date comes. */
export const daysToAnchor = 7

/** The expected day of an anchor after the enrolment. */
export function dayOf(course: readonly ExpectedAnchor[], id: string): number {
  const anchor = course.find((one) => one.id === id)
  if (anchor === undefined) return 0
  if (anchor.expectedDay !== null) return anchor.expectedDay
  return Math.max(daysToAnchor, ...anchor.after.map((other) => dayOf(course, other.anchor) + other.days))
}
