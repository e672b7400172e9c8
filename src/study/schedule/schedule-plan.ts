// A form's schedule as compiled: from which date its due days count, which days they are, and the window of each.
import type { Text } from '../text.ts'
import type { WindowFinder } from './window.ts'

/** A date of a patient from which days are counted. `enrolled` is built in; the site enters the others. */
export type AnchorPlan = {
  readonly id: string
  readonly title: Text
  /** It has a date for each cycle, entered when the cycle begins; otherwise it has one date. */
  readonly repeats: boolean
  /** From its date on nothing else becomes due, except by schedules that count from it. */
  readonly ends: boolean
  /** Days after the enrolment, and between two dates of one that repeats, as expected; nothing is due by them. */
  readonly expectedDay: number | null
  readonly everyDays: number | null
}

/** A visit of the protocol. Its target is the anchor's date plus `day`; the window reaches so many days around it. */
export type VisitPlan = {
  readonly id: string
  readonly title: Text
  readonly anchor: AnchorPlan
  readonly day: number
  readonly daysBefore: number
  readonly daysAfter: number
}

/**
 * Wall-clock window of an occasion: minutes of the day (0–1440). It opens so many days before the due date (0 but for
 * visits), and closes so many days after it.
 */
export type WindowPlan = {
  readonly opensMinute: number
  readonly closesMinute: number
  readonly opensDaysEarlier: number
  readonly closesDaysLater: number
}

/** What is counted from a window, in calendar days of the patient; null: no limit. */
export type Thresholds = {
  /** A late entry needs a reason from the local midnight so many days after the due date on (domain.md §3.1.5). */
  readonly justifyAfterDays: number | null
  /** From so many days after closing, an entry gets the finding `locked-window`. */
  readonly locksAfterDays: number | null
  /** Minute of the day of the reminder, the first time it comes within the window. */
  readonly reminderMinute: number | null
}

/** Which days are due, counted from the first. Months clamp to the month's end, counted anew from the first day. */
export type Recurrence =
  | { readonly unit: 'days'; readonly step: number }
  | { readonly unit: 'months'; readonly step: number }
  /** Days after the anchor's date, ascending. */
  | { readonly unit: 'listed'; readonly days: readonly number[] }

/** Where the windows of a form are while the patient travels (domain.md §3.1.4). */
export type TravelPolicy = 'follow-device' | 'home-zone' | 'once-a-day'

/** One occasion for each submission, whenever something happened. */
export type EventSchedule = { readonly every: 'event' }

/** A schedule with due days. One of a visit is due once for each date of the visit's anchor. */
export type DatedSchedule = {
  readonly every: 'date' | 'visit'
  readonly anchor: AnchorPlan
  readonly recurrence: Recurrence
  /** Calendar days after the anchor's date, 0 the date itself; `toDay` inclusive, null where open. */
  readonly fromDay: number
  readonly toDay: number | null
  /** Anchors from whose date on nothing is due. */
  readonly until: readonly string[]
  readonly visit: VisitPlan | null
  readonly window: WindowPlan
  readonly thresholds: Thresholds
  readonly travel: TravelPolicy
  /** Bounds by zone and due date, memoised for this schedule. */
  readonly windows: WindowFinder
}

export type SchedulePlan = EventSchedule | DatedSchedule

/** Whether a schedule has due days. */
export const isDated = (schedule: SchedulePlan): schedule is DatedSchedule => schedule.every !== 'event'

/** The anchor every study has. */
export const enrolled: AnchorPlan = {
  id: 'enrolled',
  title: { en: 'Enrolment', zh: '入组' },
  repeats: false,
  ends: false,
  expectedDay: 0,
  everyDays: null,
}
