// Diary compliance of one patient (domain.md §3.2): what was due by the study versions in force at the site, what of it
// has an entry, and which occasions are left out. Pure; whoever has the records hands in what fills the occasions.
import { type Compliance, type DueOccasion, diaryCompliance } from '../compliance.ts'
import type { PatientCourse } from '../course.ts'
import { localDateAt } from '../dose-prescription.ts'
import type { StudyPlan } from '../plan.ts'
import { type Due, dueOccasions } from '../schedule/due-occasions.ts'
import type { StudyVersions } from '../study-versions.ts'

/** What compliance needs to know of a patient. */
export type CompliancePatient = {
  readonly patientId: string
  readonly siteId: string
  readonly zone: string
  readonly enrolledOn: string
  readonly withdrawnAt: string | null
  readonly course: PatientCourse
  /** When a device was first given a token, UTC ISO 8601; null where none was. */
  readonly deviceSince: string | null
}

/** The entry that fills an occasion. `status` is the occasion's, `completedAt` an instant, UTC ISO 8601. */
export type FilledOccasion = {
  readonly position: number
  readonly status: string
  readonly completedAt: string | null
}

/** Finds the entry that fills an occasion; keys as {@link occasionKey} makes them. */
export type FilledOccasions = ReadonlyMap<string, FilledOccasion>

/** One due occasion with what became of it. */
export type JudgedOccasion = DueOccasion & {
  readonly due: Due
  readonly position: number | null
  readonly studyVersion: string
}

/** What was due with the study version that says so. */
export type VersionedDue = Due & { readonly studyVersion: string }

/** Forms and occasions hold no space. */
export const occasionKey = (form: string, occasion: string): string => `${form} ${occasion}`

/** Days before enrolment that a schedule may reach back to. */
const reachBackDays = 366

/** What was due up to the patient's local date at `now`, each by the version that the site had on its due date. */
export function dueByVersions(
  versions: StudyVersions,
  patient: CompliancePatient,
  nowMs: number,
): VersionedDue[] {
  const now = new Date(nowMs).toISOString()
  const from = Temporal.PlainDate.from(patient.enrolledOn).subtract({ days: reachBackDays }).toString()
  const span = { from, to: localDateAt(patient, now) }
  const all: VersionedDue[] = []
  for (const plan of versions.ofSite(patient.siteId))
    for (const due of dueOccasions(plan, patient, span))
      if (versions.isSingle || versions.at(patient.siteId, due.dueDate) === plan)
        all.push({ ...due, studyVersion: plan.version })
  return all.sort((a, b) => (a.dueDate < b.dueDate ? -1 : a.dueDate > b.dueDate ? 1 : 0))
}

/** What became of each due occasion. */
export function judgeOccasions(
  dues: readonly VersionedDue[],
  filled: FilledOccasions,
  versions: StudyVersions,
  patient: CompliancePatient,
): JudgedOccasion[] {
  const since = activeSince(dues, filled, patient)
  return dues.map((due) => {
    const entry = filled.get(occasionKey(due.form, due.occasion))
    const plan = versions.of(due.studyVersion)
    return {
      form: due.form,
      occasion: due.occasion,
      phase: plan === undefined ? null : phaseOf(plan, patient, due.dueDate),
      closesAt: Date.parse(due.closesAt),
      completed: entry === undefined ? 'no' : completedOf(due, entry),
      active: entry !== undefined || isActive(due, patient, since),
      assigned: true,
      notEvaluable: entry?.status === 'void' ? 'void' : reasonOf(patient.course, due.dueDate),
      due,
      position: entry?.position ?? null,
      studyVersion: due.studyVersion,
    }
  })
}

/** All figures at an instant, in ms since the epoch. */
export const complianceOf = (occasions: readonly JudgedOccasion[], nowMs: number): Compliance =>
  diaryCompliance(occasions, nowMs)

/**
 * The phase of a date: the anchor that began last, `cycle.3` for the third date of one that repeats; `enrolled` before
 * any other. Null before the enrolment.
 */
export function phaseOf(
  plan: StudyPlan,
  { enrolledOn, course }: CompliancePatient,
  date: string,
): string | null {
  let phase: string | null = enrolledOn <= date ? 'enrolled' : null
  let since = enrolledOn
  for (const anchor of plan.anchors.values()) {
    const dates = course.anchors[anchor.id] ?? []
    const index = dates.findLastIndex((one) => one <= date)
    const began = dates[index]
    if (began === undefined || (phase !== null && began < since)) continue
    phase = anchor.repeats ? `${anchor.id}.${index + 1}` : anchor.id
    since = began
  }
  return phase
}

/** When the patient could first send something: the first token, or the first entry if that was before it. */
function activeSince(
  dues: readonly VersionedDue[],
  filled: FilledOccasions,
  { deviceSince }: CompliancePatient,
): string | null {
  const first = dues.find(({ form, occasion }) => filled.has(occasionKey(form, occasion)))
  if (first === undefined) return deviceSince
  return deviceSince === null || first.opensAt < deviceSince ? first.opensAt : deviceSince
}

/** Enrolled with a device before the window closed, and not withdrawn before it closed. */
function isActive(due: Due, { withdrawnAt }: CompliancePatient, since: string | null): boolean {
  if (since === null || due.closesAt <= since) return false
  return withdrawnAt === null || Date.parse(due.closesAt) <= Date.parse(withdrawnAt)
}

function completedOf(due: Due, { status, completedAt }: FilledOccasion): DueOccasion['completed'] {
  if (status === 'void') return 'no'
  if (status === 'early') return 'early'
  if (status !== 'late') return 'in-window'
  return due.locksAt !== null && completedAt !== null && completedAt >= due.locksAt
    ? 'after-lock'
    : 'accepted-late'
}

const reasonOf = ({ notEvaluable }: PatientCourse, date: string): string | null =>
  notEvaluable.find(({ from, to }) => from <= date && date <= to)?.reason ?? null
