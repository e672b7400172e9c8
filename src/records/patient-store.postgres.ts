// Patients on PostgreSQL. Other nodes are told of each change on the channel `levee_patients`.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import { notifyAtCommit } from '../storage/postgres-notify.ts'
import type { Transaction } from '../storage/transaction.ts'
import {
  enrolmentColumns,
  type NewPatientRow,
  type Patient,
  type PatientStore,
  patientColumns,
  patientOf,
} from './patient-store.ts'

/** Payload: `{"study":"…","patient":"…"}`, sent when a patient is enrolled or withdrawn, or its course changes. */
export const patientsChannel = 'levee_patients'

export function patientStore(db: Queryable) {
  return {
    async addAll(tx: Transaction, patients: readonly NewPatientRow[]): Promise<Set<string>> {
      if (patients.length === 0) return new Set()
      const column = (of: (row: NewPatientRow) => string | null) => patients.map(of)
      // In one order everywhere, so that two enrolments cannot wait for each other in a circle.
      const { rows } = await clientOf(tx).query(
        `INSERT INTO patients (${enrolmentColumns}, salt)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
           $8::text[], $9::text[], $10::text[]) AS added (${enrolmentColumns}, salt)
         ORDER BY study_id, patient_id
         ON CONFLICT (study_id, patient_id) DO NOTHING RETURNING study_id AS study, patient_id AS patient`,
        [
          column((p) => p.studyId),
          column((p) => p.patientId),
          column((p) => p.siteId),
          column((p) => p.arm),
          column((p) => p.zone),
          column((p) => p.language),
          column((p) => p.status),
          column((p) => p.enrolledOn),
          column((p) => p.withdrawnAt ?? null),
          column((p) => p.salt),
        ],
      )
      await notifyAtCommit(tx, patientsChannel, rows)
      return new Set(rows.map((r) => String(r.patient)))
    },
    async withdraw(tx: Transaction, studyId: string, patientId: string, at: string): Promise<boolean> {
      const done = await clientOf(tx).query(
        `UPDATE patients SET status = 'withdrawn', withdrawn_at = $1
         WHERE study_id = $2 AND patient_id = $3 AND status = 'active'`,
        [at, studyId, patientId],
      )
      if (done.rowCount !== 1) return false
      await notifyAtCommit(tx, patientsChannel, [{ study: studyId, patient: patientId }])
      return true
    },
    async setCourse(tx: Transaction, studyId: string, patientId: string, course: string): Promise<void> {
      const done = await clientOf(tx).query(
        'UPDATE patients SET course = $1 WHERE study_id = $2 AND patient_id = $3',
        [course, studyId, patientId],
      )
      if (done.rowCount !== 1) throw new Error(`no patient ${patientId} in ${studyId}`)
      await notifyAtCommit(tx, patientsChannel, [{ study: studyId, patient: patientId }])
    },
    async find(studyId: string, patientId: string): Promise<Patient | undefined> {
      const { rows } = await db.query({
        name: 'patient',
        text: `SELECT ${patientColumns} FROM patients WHERE study_id = $1 AND patient_id = $2`,
        values: [studyId, patientId],
      })
      return rows[0] === undefined ? undefined : patientOf(rows[0])
    },
    async enrolled(studyId: string, patientIds: readonly string[]): Promise<Set<string>> {
      const { rows } = await db.query(
        'SELECT patient_id FROM patients WHERE study_id = $1 AND patient_id = ANY($2)',
        [studyId, patientIds],
      )
      return new Set(rows.map((r) => String(r.patient_id)))
    },
    async after(studyId: string, after: string, limit: number): Promise<Patient[]> {
      const { rows } = await db.query(
        `SELECT ${patientColumns} FROM patients WHERE study_id = $1 AND patient_id > $2 ORDER BY patient_id LIMIT $3`,
        [studyId, after, limit],
      )
      return rows.map(patientOf)
    },
    async counts(): Promise<Map<string, number>> {
      const { rows } = await db.query('SELECT study_id, COUNT(*) AS n FROM patients GROUP BY study_id')
      return new Map(rows.map((r) => [String(r.study_id), Number(r.n)]))
    },
  } satisfies PatientStore
}
