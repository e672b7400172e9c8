// Staff actions on a patient's course (src/study/course.ts). Each is one transaction with its audit entry, which keeps
// the old and the new value, who, when and why: a corrected date stays readable as it was (P6).
import type { Transaction } from '../storage/transaction.ts'
import { dayNumber } from '../study/calendar-date.ts'
import { courseText, type PatientCourse } from '../study/course.ts'
import { enrolled } from '../study/schedule/schedule-plan.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'
import type { Authority } from './actions.ts'
import type { AuditLog } from './audit-log.ts'
import type { Patient, PatientStore } from './patient-store.ts'

/** Where a course is changed: one open transaction, server time in ms since the epoch. */
export type CourseScene = {
  readonly tx: Transaction
  readonly patients: PatientStore
  readonly audit: AuditLog
  readonly now: number
}

/** Whose course. */
export type OfPatient = { readonly studyId: string; readonly patientId: string }

/**
 * A change of a course. `before` and `after` become part of the audit entry: the members that changed, as JSON text
 * (`courseBefore` reads it). Every blinded reader may see them: what could tell an arm must be a commitment there (P10).
 * Null: nothing to change, and nothing on record.
 */
export type CourseChange = {
  readonly action: string
  readonly course: PatientCourse
  readonly before: string
  readonly after: string
}

/** Changes a course. Throws the Problem `record.not-found` where there is no such patient. */
export async function changeCourse(
  { tx, patients, audit, now }: CourseScene,
  { studyId, patientId }: OfPatient,
  by: Authority,
  change: (patient: Patient) => CourseChange | null,
): Promise<PatientCourse> {
  const patient = await patients.find(studyId, patientId)
  if (patient === undefined)
    throw new Problem('record.not-found', { record: `patient ${patientId} in ${studyId}` })
  const changed = change(patient)
  if (changed === null) return patient.course
  await patients.setCourse(tx, studyId, patientId, courseText(changed.course))
  await audit.append(tx, {
    at: new Date(now).toISOString(),
    ...by,
    action: changed.action,
    study: studyId,
    patient: patientId,
    record: `patient:${patientId}`,
    before: changed.before,
    after: changed.after,
  })
  return changed.course
}

/**
 * A date of an anchor. Of one that repeats: without `cycle` the date of the next cycle, with it a correction of that
 * cycle's date. `date` null takes a date back that was entered by mistake.
 */
export type SetAnchor = OfPatient & {
  readonly anchor: string
  readonly date: string | null
  readonly cycle?: number
}

/** Enters, corrects or takes back a date. Throws Problems naming the member that does not fit the study or the dates. */
export function setAnchor(
  scene: CourseScene,
  versions: StudyVersions,
  asked: SetAnchor,
  by: Authority,
): Promise<PatientCourse> {
  const { anchor: id, date } = asked
  if (date !== null && Number.isNaN(dayNumber(date))) throw invalid('date', 'an ISO date that exists')
  return changeCourse(scene, asked, by, (patient) => {
    const known = versions.ofSite(patient.siteId).flatMap((plan) => plan.anchors.get(id) ?? [])
    const anchor = known[0]
    if (anchor === undefined || id === enrolled.id)
      throw invalid('anchor', 'an anchor of the study, other than enrolled')
    const { course } = patient
    const before = course.anchors[id] ?? []
    const after = anchor.repeats ? withCycle(before, asked) : date === null ? [] : [date]
    if (JSON.stringify(before) === JSON.stringify(after)) return null
    const { [id]: _, ...others } = course.anchors
    const anchors = after.length === 0 ? others : { ...others, [id]: after }
    return {
      action: 'patient.anchor-set',
      course: { ...course, anchors },
      before: JSON.stringify({ anchors: { [id]: before } }),
      after: JSON.stringify({ anchors: { [id]: after } }),
    }
  })
}

/** The dates of a repeating anchor stay in order: a cycle begins after the one before it. */
function withCycle(before: readonly string[], { date, cycle }: SetAnchor): readonly string[] {
  const index = (cycle ?? (date === null ? before.length : before.length + 1)) - 1
  if (!Number.isInteger(index) || index < 0 || index > before.length)
    throw invalid('cycle', `a cycle from 1 to ${before.length + 1}`)
  if (date === null) {
    if (index !== before.length - 1) throw invalid('cycle', 'the last cycle: only its date can be taken back')
    return before.slice(0, -1)
  }
  const after = index === before.length ? [...before, date] : before.with(index, date)
  const isOrdered = after.every((one, at) => at === 0 || (after[at - 1] as string) < one)
  if (!isOrdered) throw invalid('date', 'a date after the cycle before it and before the cycle after it')
  return after
}

/** Days (ISO, both inclusive) that are left out of compliance, and why. */
export type MarkNotEvaluable = OfPatient & {
  readonly from: string
  readonly to: string
  readonly cause: string
}

/** Reasons for which a span may be left out (domain.md §3.2). Closed list. */
export const notEvaluableCauses = ['travel', 'device-failure', 'hospital', 'other'] as const

/** Marks a span as not evaluable. Throws Problems naming the member that does not fit. */
export function markNotEvaluable(
  scene: CourseScene,
  { from, to, cause, ...patient }: MarkNotEvaluable,
  by: Authority,
): Promise<PatientCourse> {
  if (Number.isNaN(dayNumber(from))) throw invalid('from', 'an ISO date that exists')
  if (Number.isNaN(dayNumber(to)) || to < from) throw invalid('to', 'an ISO date, not before from')
  if (!notEvaluableCauses.includes(cause as never)) throw invalid('cause', notEvaluableCauses.join(', '))
  return changeCourse(scene, patient, by, ({ course }) => {
    const span = { from, to, reason: cause }
    if (course.notEvaluable.some((one) => JSON.stringify(one) === JSON.stringify(span))) return null
    const notEvaluable = [...course.notEvaluable, span].sort((a, b) => (a.from < b.from ? -1 : 1))
    return {
      action: 'patient.not-evaluable',
      course: { ...course, notEvaluable },
      before: JSON.stringify({ notEvaluable: course.notEvaluable }),
      after: JSON.stringify({ notEvaluable }),
    }
  })
}

const invalid = (member: string, expected: string): Problem =>
  new Problem('submission.invalid', { member, expected })
