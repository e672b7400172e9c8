// What processing itself changes of a patient's course: the zone the device was seen in. Rare, so it reads the patient
// anew and relies on nothing that was known when the entry was evaluated.

import type { SqlitePatientStore } from '../records/patient-store.sqlite.ts'
import type { Patient } from '../records/patient-store.ts'
import type { Transaction } from '../storage/transaction.ts'
import { courseText, type PatientCourse, zoneSeen } from '../study/course.ts'
import type { SeenZone } from './effect.ts'

/** The old and the new value for the audit entry, as JSON text. */
export type CourseChanged = { readonly before: string; readonly after: string }

export type CourseBook = {
  /** Keeps a zone; null where it is known by now. */
  saw(tx: Transaction, studyId: string, patientId: string, seen: SeenZone): CourseChanged | null
}

/** The book of the embedded engine, and what to do when its transaction was rolled back. */
export type EmbeddedCourseBook = CourseBook & { rolledBack(): void }

/** `forget`: the patient, or all of them, must be read again before the next entry. */
export function embeddedCourseBook(
  patients: SqlitePatientStore,
  forget: (studyId?: string, patientId?: string) => void,
): EmbeddedCourseBook {
  let changed = false
  return {
    saw(tx, studyId, patientId, seen) {
      const patient = patients.find(studyId, patientId)
      const after = patient === undefined ? null : courseAfter(patient, seen)
      if (patient === undefined || after === null) return null
      patients.setCourse(tx, studyId, patientId, courseText(after))
      forget(studyId, patientId)
      changed = true
      return changeOf(patient.course, after)
    },
    rolledBack() {
      if (changed) forget()
      changed = false
    },
  }
}

/** The patient's course with the zone, null where it is known. */
export const courseAfter = ({ course, zone }: Patient, seen: SeenZone): PatientCourse | null =>
  zoneSeen(course, zone, seen.zone, seen.at)

/** What the audit entry says of it. */
export const changeOf = (before: PatientCourse, after: PatientCourse): CourseChanged => ({
  before: JSON.stringify({ zones: before.zones }),
  after: JSON.stringify({ zones: after.zones }),
})
