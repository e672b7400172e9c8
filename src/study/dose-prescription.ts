// What one patient is prescribed: the study's regimens laid on the dates of the patient's anchors, in the dose levels
// and with the holds of the patient's course. The denominators of every adherence measure come from here (P11).
import { addDays } from './adherence/local-time.ts'
import type { Prescription, Regimen, Span } from './adherence/prescription.ts'
import { emptyCourse, zoneAt } from './course.ts'
import type { DosePatient, DosePlan, DoseRegimen, DoseTimeline } from './dose-plan.ts'

/** The last day to look at, and the date from which nothing is prescribed any more (null for neither). */
export type PrescribedUntil = { readonly to: string | null; readonly endsOn: string | null }

const openEnd: PrescribedUntil = { to: null, endsOn: null }

/**
 * The prescription of a dose for a patient, or null where none of its anchors has a date yet. `timeline` is the dose's
 * own, which is what everybody may know, or for unblinded readers alone the one restricted to the patient's arm.
 */
export function prescriptionOf(
  dose: DosePlan,
  patient: DosePatient,
  timeline: DoseTimeline = dose.timeline,
  { to, endsOn }: PrescribedUntil = openEnd,
): Prescription | null {
  const regimens = regimensOf(dose, patient, timeline, endsOn)
  const [first] = regimens
  if (first === undefined) return null
  const lastDay = endsOn === null ? null : addDays(endsOn, -1)
  return {
    id: dose.id,
    version: dose.version,
    patient: null,
    unit: dose.unit,
    zones: zonesOf(patient),
    period: {
      from: first.from.slice(0, 10),
      to: to === null ? lastDay : lastDay === null || to < lastDay ? to : lastDay,
    },
    regimens,
    spans: spansOf(dose, patient),
    window: dose.window,
    tolerance: dose.tolerance,
    holidayHours: dose.holidayHours,
    dayStarts: dose.dayStarts,
    unrecorded: dose.unrecorded,
    band: dose.band,
  }
}

/** The timeline that unblinded readers judge an arm by. Restricted: what it gives may tell the arm (P10). */
export const timelineOfArm = (
  restricted: ReadonlyMap<string, ReadonlyMap<string, DoseTimeline>>,
  dose: DosePlan,
  arm: string,
): DoseTimeline => restricted.get(arm)?.get(dose.id) ?? dose.timeline

/** The local date of an instant where the patient was by the course; the home zone before the first zone seen. */
export function localDateAt({ zone, course = emptyCourse }: DosePatient, at: string): string {
  return Temporal.Instant.from(at)
    .toZonedDateTimeISO(zoneAt(course, zone, at))
    .toPlainDate()
    .toString()
}

/** Zones by local date, as prescriptions have them; of several zones on one date the last holds. */
function zonesOf({ zone, course = emptyCourse }: DosePatient): Prescription['zones'] {
  const byDate = new Map([['0000-01-01', zone]])
  for (const seen of course.zones) {
    const date = Temporal.Instant.from(seen.from).toZonedDateTimeISO(seen.zone).toPlainDate().toString()
    byDate.set(date, seen.zone)
  }
  return [...byDate].map(([from, name]) => ({ from, zone: name })).sort((a, b) => (a.from < b.from ? -1 : 1))
}

/** Open holds last for ever: a period always ends before that. */
function spansOf({ id }: DosePlan, { course = emptyCourse }: DosePatient): Span[] {
  const held = course.holds
    .filter((hold) => hold.dose === id)
    .map(({ from, to, reason }): Span => ({ from, to: to ?? '9999-12-31', reason, kind: 'held' }))
  const notEvaluable = course.notEvaluable.map((span): Span => ({ ...span, kind: 'not-evaluable' }))
  return [...held, ...notEvaluable]
}

type Laid = { readonly regimen: DoseRegimen; readonly from: string; readonly until: string | null }

/**
 * Each regimen from each date of its anchor, until it ends, the anchor's next date, or another regimen begins. Where
 * two begin on one day the one written later holds.
 */
function regimensOf(
  dose: DosePlan,
  patient: DosePatient,
  timeline: DoseTimeline,
  endsOn: string | null,
): Regimen[] {
  const laid = new Map<string, Laid>()
  const { anchors } = patient.course ?? emptyCourse
  for (const regimen of timeline.regimens) {
    const dates = regimen.anchor === 'enrolled' ? [patient.enrolledOn] : anchors[regimen.anchor]
    for (const [i, date] of (dates ?? []).entries()) {
      const from = addDays(date, regimen.fromDay)
      const ends = [
        regimen.toDay === null ? null : addDays(date, regimen.toDay + 1),
        dates?.[i + 1] ?? null,
        endsOn,
      ]
      const until = ends.filter((end) => end !== null).sort()[0] ?? null
      if (until === null || from < until) laid.set(from, { regimen, from, until })
    }
  }
  const inOrder = [...laid.values()].sort((a, b) => (a.from < b.from ? -1 : 1))
  return inOrder.flatMap((one, i) => {
    const next = inOrder[i + 1]?.from
    const until = next !== undefined && (one.until === null || next < one.until) ? next : one.until
    return levelsOf(dose, patient, timeline, { ...one, until })
  })
}

/** One regimen cut at each change of the dose level; days on and off go on being counted from its own beginning. */
function levelsOf(
  dose: DosePlan,
  { course = emptyCourse }: DosePatient,
  { levels, startLevel }: DoseTimeline,
  { regimen, from, until }: Laid,
): Regimen[] {
  const changes = course.doseLevels
    .filter((change) => change.dose === dose.id)
    .toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const before = changes.findLast((change) => change.from <= from)?.level ?? startLevel
  const within = changes.filter((change) => change.from > from && (until === null || change.from < until))
  const cuts = [{ from, level: before }, ...within].filter(
    // Of several changes on one day the last one holds.
    (cut, i, all) => all[i + 1]?.from !== cut.from,
  )
  return cuts.map((cut, i) => {
    const level = cut.level === null ? undefined : levels.get(cut.level)
    const minutes = level?.minutes ?? (level?.perDay == null ? regimen.minutes : null)
    const end = cuts[i + 1]?.from ?? until
    return {
      from: `${cut.from}T00:00`,
      until: end === null ? null : `${end}T00:00`,
      minutes,
      perDay: minutes?.length ?? level?.perDay ?? regimen.perDay,
      amount: level?.amount ?? regimen.amount ?? 1,
      everyDays: regimen.everyDays,
      weekdays: regimen.weekdays,
      countsFrom: from,
    }
  })
}
