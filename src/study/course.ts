// A patient's course: the dates from which schedules count, the zones the device was seen in, dose levels and holds,
// and spans that cannot be judged. It is what happened to the patient, as far as anything falls due by it; every change
// of it is an action of a named person or of processing, with its audit entry.

/** A patient's course. Every list is in the order of its dates or instants. */
export type PatientCourse = {
  /** ISO dates at the site, in order; one for each cycle where the anchor repeats. `enrolled` is not among them. */
  readonly anchors: { readonly [anchor: string]: readonly string[] }
  /** UTC instants (ISO 8601) from which the device was seen in an IANA zone; before the first, the home zone holds. */
  readonly zones: readonly { readonly from: string; readonly zone: string }[]
  readonly doseLevels: readonly { readonly dose: string; readonly level: string; readonly from: string }[]
  /** `to` is the last day of the hold, null while it lasts. */
  readonly holds: readonly {
    readonly dose: string
    readonly from: string
    readonly to: string | null
    readonly reason: string
  }[]
  /** What scores may know of the patient besides the answers, such as sex, by the study's names. */
  readonly facts?: { readonly [fact: string]: string }
  /** ISO dates, both inclusive: what was due then is left out of compliance, and shown as left out. */
  readonly notEvaluable: readonly { readonly from: string; readonly to: string; readonly reason: string }[]
}

/** The course of a patient of whom nothing but the enrolment is known. */
export const emptyCourse: PatientCourse = Object.freeze({
  anchors: Object.freeze({}),
  zones: Object.freeze([]),
  doseLevels: Object.freeze([]),
  holds: Object.freeze([]),
  notEvaluable: Object.freeze([]),
})

/** Changes of zone that are remembered; the audit log keeps them all. A device that flutters must not grow a record. */
const mostZones = 64

/** The course as its stored JSON text says; members it lacks are empty. @throws SyntaxError where it is no JSON. */
export function courseOf(text: string): PatientCourse {
  return text === '{}' ? emptyCourse : { ...emptyCourse, ...(JSON.parse(text) as Partial<PatientCourse>) }
}

/** The course as stored: one text for one course, `{}` where nothing is known. */
export function courseText(course: PatientCourse): string {
  const { anchors, zones, doseLevels, holds, notEvaluable, facts = {} } = course
  const sorted = Object.fromEntries(Object.entries(anchors).sort(([a], [b]) => (a < b ? -1 : 1)))
  return JSON.stringify({
    ...(Object.keys(sorted).length === 0 ? {} : { anchors: sorted }),
    ...(zones.length === 0 ? {} : { zones }),
    ...(doseLevels.length === 0 ? {} : { doseLevels }),
    ...(holds.length === 0 ? {} : { holds }),
    ...(notEvaluable.length === 0 ? {} : { notEvaluable }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  })
}

/** The zone the device was last seen in at or before a UTC instant (ISO 8601), else the patient's home zone. */
export function zoneAt(course: PatientCourse, homeZone: string, instant: string): string {
  return course.zones.findLast(({ from }) => from <= instant)?.zone ?? homeZone
}

/**
 * The course after an entry was completed in `zone` at a UTC instant (ISO 8601), or null where that is nothing new. An
 * entry that was offline for long may tell of a change before others that are known.
 */
export function zoneSeen(
  course: PatientCourse,
  homeZone: string,
  zone: string,
  instant: string,
): PatientCourse | null {
  const known = course.zones
  if (isSameZone(zoneAt(course, homeZone, instant), zone)) return null
  const before = known.filter(({ from }) => from < instant)
  const after = known.filter(({ from }) => from > instant)
  if (after[0]?.zone === zone) after.shift()
  return { ...course, zones: [...before, { from: instant, zone }, ...after].slice(-mostZones) }
}

/** Whether two names are of one zone: Asia/Calcutta is Asia/Kolkata. Both must exist. */
function isSameZone(a: string, b: string): boolean {
  return a === b || new Temporal.ZonedDateTime(0n, a).equals(new Temporal.ZonedDateTime(0n, b))
}

/**
 * The course as it was before a change, from the change's audit entry: `before` holds, as JSON text, the members that
 * changed, of `anchors` the anchors that changed.
 */
export function courseBefore(course: PatientCourse, before: string): PatientCourse {
  const { anchors, ...others } = JSON.parse(before) as { [member: string]: unknown }
  const earlier = { ...course, ...others }
  if (anchors === undefined) return earlier
  const merged = { ...course.anchors, ...(anchors as PatientCourse['anchors']) }
  return {
    ...earlier,
    anchors: Object.fromEntries(Object.entries(merged).filter(([, dates]) => dates.length > 0)),
  }
}
