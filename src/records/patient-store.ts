// Patients: pseudonymous ids, site, zone, and the opaque arm code. The arm is read by processing and by the
// audited unblinding alone (P10).
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import { courseOf, type PatientCourse } from '../study/course.ts'

export type Patient = {
  readonly studyId: string
  readonly patientId: string
  readonly siteId: string
  readonly arm: string
  /** IANA zone of the patient's home. */
  readonly zone: string
  /** BCP 47 tag. */
  readonly language: string
  readonly status: 'active' | 'withdrawn'
  /** Calendar date in the patient's zone. */
  readonly enrolledOn: string
  /** Instant, ISO 8601 UTC. */
  readonly withdrawnAt: string | undefined
  readonly course: PatientCourse
}

/** A patient to enrol, with the salt of the commitment to what is enrolled. */
export type NewPatientRow = Omit<Patient, 'course'> & { readonly salt: string }

export type PatientStore = {
  /** Adds patients of one study and returns the ids that are new in it; who has a taken id is left out. */
  addAll(tx: Transaction, patients: readonly NewPatientRow[]): Later<ReadonlySet<string>>
  /** Withdraws an active patient from an instant on; false if there is none. */
  withdraw(tx: Transaction, studyId: string, patientId: string, at: string): Later<boolean>
  find(studyId: string, patientId: string): Later<Patient | undefined>
  /** Sets a patient's course, as `courseText` writes it; throws if there is no such patient. */
  setCourse(tx: Transaction, studyId: string, patientId: string, course: string): Later<void>
  /** Those of the ids that are enrolled in the study. */
  enrolled(studyId: string, patientIds: readonly string[]): Later<ReadonlySet<string>>
  /** Patients of a study in id order, from after an id. */
  after(studyId: string, after: string, limit: number): Later<Patient[]>
  /** How many patients each study has. */
  counts(): Later<Map<string, number>>
}

/** The columns a patient is enrolled with but the salt, the same in both engines. */
export const enrolmentColumns =
  'study_id, patient_id, site_id, arm, zone, language, status, enrolled_on, withdrawn_at'
/** The columns of a patient's row but its salt. */
export const patientColumns = `${enrolmentColumns}, course`

/** A patient's row as either engine returns it. */
export const patientOf = (r: Record<string, unknown>): Patient => ({
  studyId: String(r.study_id),
  patientId: String(r.patient_id),
  siteId: String(r.site_id),
  arm: String(r.arm),
  zone: String(r.zone),
  language: String(r.language),
  status: r.status as Patient['status'],
  enrolledOn: String(r.enrolled_on),
  withdrawnAt: r.withdrawn_at === null ? undefined : String(r.withdrawn_at),
  course: courseOf(String(r.course)),
})
