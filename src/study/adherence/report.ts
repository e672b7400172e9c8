// All measures of one patient's adherence that the data allow, each with its numerator, denominator, exclusions and
// rule version (P11). Two sources that disagree are both kept and their difference is shown.
import { withoutNoise } from '../scoring/rounding.ts'
import { type Course, type CourseDay, courseOf } from './course.ts'
import { type Figure, noFigure } from './figure.ts'
import { daysBetween } from './local-time.ts'
import { pillCount, simplePillCount } from './pill-count.ts'
import type { Prescription } from './prescription.ts'
import type { AdherenceEvent } from './read-events.ts'
import { daysCovered, possessionRatio } from './supply-measures.ts'
import { correctDosing, type Overdose, overdoses, takingAdherence } from './taking-measures.ts'
import { drugHolidays, timingAdherence, windowAdherence } from './timing-measures.ts'

/** The ABC taxonomy: when taking began, when it ended, how long it lasted (dates of doses that count). */
export type Phases = {
  readonly initiation: string | null
  readonly lastDose: string | null
  readonly persistenceDays: number
  /** Days from the first dose due to the first dose taken. */
  readonly initiationDelayDays: number | null
}

/** JSON-serialisable, and the same for the same events and prescription. */
export type AdherenceReport = {
  readonly patient: string | null
  readonly prescription: { readonly id: string; readonly version: string; readonly unit: string }
  readonly period: Course['period']
  readonly measures: { readonly [measure: string]: Figure }
  readonly phases: Phases
  readonly overdoses: readonly Overdose[]
  /** Taking adherence less pill count, in percentage points, where both are known. */
  readonly difference: { readonly reported: number; readonly counted: number; readonly points: number } | null
  readonly days: readonly CourseDay[]
}

/** The report, or null where the prescription gives no period and there is no event to end it. */
export function adherenceReport(
  prescription: Prescription,
  events: readonly AdherenceEvent[],
  patient: string | null,
): AdherenceReport | null {
  const course = courseOf(prescription, events)
  if (course === null) return null
  const taking = [
    takingAdherence(course),
    correctDosing(course),
    timingAdherence(course),
    windowAdherence(course),
    drugHolidays(course),
  ]
  const figures = [
    ...(reportsDoses(events) ? taking : taking.map(withoutReports)),
    pillCount(course),
    simplePillCount(course),
    possessionRatio(course),
    daysCovered(course),
  ]
  const measures = Object.fromEntries(figures.map((one) => [one.measure, one]))
  return {
    patient,
    prescription: { id: prescription.id, version: prescription.version, unit: prescription.unit },
    period: course.period,
    measures,
    phases: phasesOf(course),
    overdoses: overdoses(course),
    difference: differenceOf(course, measures),
    days: course.days,
  }
}

/** Where there are supplies and counts only, silence about doses says nothing. */
function reportsDoses(events: readonly AdherenceEvent[]): boolean {
  return events.length === 0 || events.some(({ kind }) => kind === 'taken' || kind === 'missed')
}

const withoutReports = ({ measure, formula }: Figure): Figure => noFigure(measure, formula, 'no-dose-reports')

function phasesOf({ taken, slots }: Course): Phases {
  const days = taken.flatMap(({ event, excluded }) => (excluded === null ? [event.day] : []))
  const [initiation = null] = days
  const lastDose = days.at(-1) ?? null
  const due = slots.find((slot) => slot.excluded === null)?.day
  return {
    initiation,
    lastDose,
    persistenceDays: initiation === null || lastDose === null ? 0 : daysBetween(initiation, lastDose) + 1,
    initiationDelayDays: initiation === null || due === undefined ? null : daysBetween(due, initiation),
  }
}

/** Only where doses were reported at all: without reports there are not two sources. */
function differenceOf(course: Course, measures: AdherenceReport['measures']): AdherenceReport['difference'] {
  const reported = measures.taking?.percent ?? null
  const counted = measures['pill-count']?.percent ?? measures['pill-count-simple']?.percent ?? null
  if (reported === null || counted === null || course.taken.length === 0) return null
  return { reported, counted, points: withoutNoise(reported - counted) }
}
