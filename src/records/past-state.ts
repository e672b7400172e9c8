// The state of a study as it was when an entry was evaluated, rebuilt from the audit log in its order: which versions
// were published and taken by which site, who had withdrawn, and each patient's course. What is evaluated again is
// evaluated by this state, and never by what is so today (P11).
import { emptyCourse, type PatientCourse } from '../study/course.ts'
import {
  type Adoption,
  type StudyVersions,
  studyVersions,
  type VersionSource,
} from '../study/study-versions.ts'
import type { Patient } from './patient-store.ts'

/** An audit entry as far as it changes this state. */
export type PastLeaf = {
  readonly action: string
  readonly record: string
  readonly patient?: string
  readonly after?: string
}

export type PastState = {
  /** Takes note of the next leaf. */
  note(leaf: PastLeaf): void
  /** A patient as it was; undefined if nobody of that id is enrolled. */
  patient(patientId: string): Patient | undefined
  /** The versions as they stood; undefined before the first publication. */
  versions(): StudyVersions | undefined
}

/** `patients` are as they are now: what of them never changes is taken from there, and the end of a withdrawal. */
export function pastState(
  studyId: string,
  patients: Iterable<Patient>,
  sources: ReadonlyMap<string, VersionSource>,
): PastState {
  const now = new Map<string, Patient>()
  const then = new Map<string, Patient>()
  for (const patient of patients) now.set(patient.patientId, patient)
  const published: VersionSource[] = []
  const adoptions: Adoption[] = []
  let versions: StudyVersions | undefined
  const patientThen = (patientId: string): Patient | undefined => {
    const known = then.get(patientId) ?? now.get(patientId)
    if (known === undefined || then.has(patientId)) return known
    // Facts are told at enrolment and stay.
    const { facts } = known.course
    const course = facts === undefined ? emptyCourse : { ...emptyCourse, facts }
    const fresh: Patient = { ...known, status: 'active', withdrawnAt: undefined, course }
    then.set(patientId, fresh)
    return fresh
  }
  return {
    note({ action, record, patient: patientId, after }) {
      if (action === 'study.published') {
        const source = sources.get(record.slice('study:'.length))
        if (source !== undefined) published.push(source)
        versions = undefined
      } else if (action === 'site.version-taken') {
        const [, version, fromDate] = /^version (.+) from (\S+)$/.exec(after ?? '') ?? []
        const siteId = record.slice('site:'.length)
        if (version !== undefined && fromDate !== undefined) adoptions.push({ siteId, version, fromDate })
        versions = undefined
      } else if (patientId !== undefined && action.startsWith('patient.')) {
        const patient = patientThen(patientId)
        if (patient !== undefined)
          then.set(patientId, patientAfter(patient, now.get(patientId), action, after))
      }
    },
    patient: patientThen,
    versions() {
      if (published.length === 0) return undefined
      versions ??= studyVersions(studyId, published.slice(), adoptions.slice())
      return versions
    },
  }
}

/** A patient after an action of the log. */
function patientAfter(
  patient: Patient,
  today: Patient | undefined,
  action: string,
  after: string | undefined,
): Patient {
  if (action === 'patient.withdrawn')
    return { ...patient, status: 'withdrawn', withdrawnAt: today?.withdrawnAt }
  if (after?.startsWith('{') !== true) return patient
  const changed = JSON.parse(after) as Partial<PatientCourse>
  const course: PatientCourse =
    action === 'patient.anchor-set'
      ? { ...patient.course, anchors: anchorsAfter(patient.course, changed.anchors) }
      : { ...patient.course, ...changed }
  return { ...patient, course }
}

/** An anchor without dates is not among the anchors, as the action leaves it. */
function anchorsAfter(
  { anchors }: PatientCourse,
  changed: PatientCourse['anchors'] = {},
): PatientCourse['anchors'] {
  return Object.fromEntries(
    Object.entries({ ...anchors, ...changed }).filter(([, dates]) => dates.length > 0),
  )
}
