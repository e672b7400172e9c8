// Staff actions on a patient's doses: the dose level of a titration, and holds ordered by the investigator. Each is one
// transaction with its audit entry, which keeps the old and the new value (P6). A held dose is never a missed one.
import { addDays } from '../study/adherence/local-time.ts'
import { dayNumber } from '../study/calendar-date.ts'
import type { PatientCourse } from '../study/course.ts'
import type { DosePlan } from '../study/dose-plan.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'
import type { Authority } from './actions.ts'
import { type CourseScene, changeCourse, type OfPatient } from './course-actions.ts'
import type { Patient } from './patient-store.ts'

/** From an ISO date on the patient takes the dose at this level. A second level from the same date replaces the first. */
export type SetDoseLevel = OfPatient & {
  readonly dose: string
  readonly level: string
  readonly from: string
}

/** Sets a dose level. Throws Problems naming the member that does not fit the study. */
export function setDoseLevel(
  scene: CourseScene,
  versions: StudyVersions,
  { dose, level, from, ...patient }: SetDoseLevel,
  by: Authority,
): Promise<PatientCourse> {
  refuseNoDate('from', from)
  return changeCourse(scene, patient, by, (one) => {
    const plan = doseOf(versions, one, dose)
    const known = [...plan.timeline.levels.keys()]
    if (!known.includes(level))
      throw invalid('level', known.length === 0 ? 'a dose that has levels' : known.join(', '))
    const { course } = one
    const others = course.doseLevels.filter((change) => change.dose !== dose || change.from !== from)
    const doseLevels = [...others, { dose, level, from }].sort(byFrom)
    return changed('patient.dose-level-set', course, { doseLevels })
  })
}

/** Days (ISO, `to` included, null until resumed) on which the dose is not to be taken. */
export type HoldDose = OfPatient & {
  readonly dose: string
  readonly from: string
  readonly to: string | null
  readonly cause: string
}

/** Holds a dose. Throws Problems naming the member that does not fit the study or the holds there are. */
export function holdDose(
  scene: CourseScene,
  versions: StudyVersions,
  { dose, from, to, cause, ...patient }: HoldDose,
  by: Authority,
): Promise<PatientCourse> {
  refuseNoDate('from', from)
  if (to !== null) refuseNoDate('to', to)
  if (to !== null && to < from) throw invalid('to', 'a date not before from')
  return changeCourse(scene, patient, by, (one) => {
    const { holdReasons } = doseOf(versions, one, dose)
    if (cause.trim() === '' || holdReasons?.has(cause) === false)
      throw invalid('cause', holdReasons === null ? 'a reason' : [...holdReasons.keys()].join(', '))
    const { course } = one
    const overlaps = course.holds.some(
      (hold) =>
        hold.dose === dose && (to === null || hold.from <= to) && (hold.to === null || from <= hold.to),
    )
    if (overlaps) throw invalid('from', 'days on which the dose is not held already')
    const holds = [...course.holds, { dose, from, to, reason: cause }].sort(byFrom)
    return changed('patient.dose-held', course, { holds })
  })
}

/** The dose is taken again from an ISO date on. */
export type ResumeDose = OfPatient & { readonly dose: string; readonly on: string }

/** Ends the hold that lasts. Throws a Problem where the dose is not held, or was held from that date on only. */
export function resumeDose(
  scene: CourseScene,
  { dose, on, ...patient }: ResumeDose,
  by: Authority,
): Promise<PatientCourse> {
  refuseNoDate('on', on)
  return changeCourse(scene, patient, by, ({ course }) => {
    const open = course.holds.find((hold) => hold.dose === dose && hold.to === null)
    if (open === undefined) throw invalid('dose', 'a dose that is held without an end')
    if (on <= open.from) throw invalid('on', `a date after ${open.from}, when the hold began`)
    const holds = course.holds.map((hold) => (hold === open ? { ...hold, to: addDays(on, -1) } : hold))
    return changed('patient.dose-resumed', course, { holds })
  })
}

type Lists = Partial<Pick<PatientCourse, 'doseLevels' | 'holds'>>

/** The audit entry keeps the whole list before and after: short, and a course is rebuilt from it. */
function changed(action: string, course: PatientCourse, lists: Lists) {
  const before = Object.fromEntries(
    Object.keys(lists).map((name) => [name, course[name as keyof Lists & keyof PatientCourse]]),
  )
  return {
    action,
    course: { ...course, ...lists },
    before: JSON.stringify(before),
    after: JSON.stringify(lists),
  }
}

/** The dose in any version that the patient's site has; the one taken last first. */
function doseOf(versions: StudyVersions, { siteId }: Patient, dose: string): DosePlan {
  const found = versions.ofSite(siteId).flatMap(({ doses }) => doses.filter(({ id }) => id === dose))[0]
  if (found !== undefined) return found
  const known = versions.ofSite(siteId).flatMap(({ doses }) => doses.map(({ id }) => id))
  throw invalid(
    'dose',
    known.length === 0 ? 'a dose; the study prescribes none' : [...new Set(known)].join(', '),
  )
}

const byFrom = (a: { readonly from: string }, b: { readonly from: string }): number =>
  a.from < b.from ? -1 : a.from > b.from ? 1 : 0

function refuseNoDate(member: string, date: string): void {
  if (Number.isNaN(dayNumber(date))) throw invalid(member, 'an ISO date that exists')
}

const invalid = (member: string, expected: string): Problem =>
  new Problem('submission.invalid', { member, expected })
