// A prescribed dose, compiled: what is to be taken, counted from anchors, and which answers report it.
// Dates and wall-clock times are where the patient is.
import type { DoseWindow } from './adherence/prescription.ts'
import type { PatientCourse } from './course.ts'
import type { Text } from './text.ts'

/** The items of a form that report one dose of a day; null where the form does not ask. */
export type DoseReport = {
  /** A boolean item. */
  readonly taken: string | null
  /** An item of kind `time`, or `dateTime` in the form of an event. */
  readonly time: string | null
  /** A number in units. */
  readonly amount: string | null
  /** A number of doses. */
  readonly count: string | null
}

/** What is prescribed from `fromDay` to `toDay` after each date of an anchor; both included, null open-ended. */
export type DoseRegimen = {
  readonly anchor: string
  readonly fromDay: number
  readonly toDay: number | null
  /** Minutes of the day in order, or null where only the number of doses a day is prescribed. */
  readonly minutes: readonly number[] | null
  readonly perDay: number
  /** Units of one dose; null where the level says. */
  readonly amount: number | null
  readonly everyDays: number
  /** ISO weekdays, 1 Monday; null for all. */
  readonly weekdays: ReadonlySet<number> | null
}

/** A step of a titration; null is as in the regimen. */
export type DoseLevel = {
  readonly title: Text | null
  readonly amount: number | null
  readonly minutes: readonly number[] | null
  readonly perDay: number | null
}

/** The prescribed doses over time. */
export type DoseTimeline = {
  readonly regimens: readonly DoseRegimen[]
  /** Empty where the dose is not titrated. */
  readonly levels: ReadonlyMap<string, DoseLevel>
  /** The level until the course of the patient names another. */
  readonly startLevel: string | null
}

/** One medicine as the study prescribes it. */
export type DosePlan = {
  readonly id: string
  /** Version of the rule; every judgement and every figure names it. */
  readonly version: string
  readonly title: Text | null
  /** An SVG document that shows the pack, the same for every arm. */
  readonly picture: string | null
  readonly unit: string
  readonly formId: string
  /** One for each dose that the form asks about. */
  readonly reports: readonly DoseReport[]
  readonly timeline: DoseTimeline
  readonly window: DoseWindow | null
  readonly tolerance: number
  readonly holidayHours: number
  /** Minute of the day at which a dosing day starts. */
  readonly dayStarts: number
  readonly unrecorded: 'not-taken' | 'unknown'
  readonly band: readonly [number, number]
  /** The only reasons for a hold, by code; null where any reason may be written. */
  readonly holdReasons: ReadonlyMap<string, Text> | null
}

/** What the doses of one patient depend on besides the study. */
export type DosePatient = {
  /** IANA zone of the patient's home. */
  readonly zone: string
  readonly enrolledOn: string
  /** Instant, ISO 8601 UTC. */
  readonly withdrawnAt?: string | null | undefined
  /** Missing where nothing has happened in the patient's course. */
  readonly course?: PatientCourse
}
