// Patients on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import {
  enrolmentColumns,
  type NewPatientRow,
  type Patient,
  type PatientStore,
  patientColumns,
  patientOf,
} from './patient-store.ts'

export type SqlitePatientStore = ReturnType<typeof patientStore>

export function patientStore(db: Database) {
  const find = db.prepare(`SELECT ${patientColumns} FROM patients WHERE study_id = ? AND patient_id = ?`)
  return {
    addAll(_tx: Transaction, patients: readonly NewPatientRow[]): Set<string> {
      const add = db.prepare(
        `INSERT OR IGNORE INTO patients (${enrolmentColumns}, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      const added = new Set<string>()
      for (const p of patients) {
        const done = add.run(
          p.studyId,
          p.patientId,
          p.siteId,
          p.arm,
          p.zone,
          p.language,
          p.status,
          p.enrolledOn,
          p.withdrawnAt ?? null,
          p.salt,
        )
        if (done.changes === 1) added.add(p.patientId)
      }
      return added
    },
    withdraw(_tx: Transaction, studyId: string, patientId: string, at: string): boolean {
      const done = db
        .prepare(
          `UPDATE patients SET status = 'withdrawn', withdrawn_at = ? WHERE study_id = ? AND patient_id = ? AND status = 'active'`,
        )
        .run(at, studyId, patientId)
      return done.changes === 1
    },
    setCourse(_tx: Transaction, studyId: string, patientId: string, course: string): void {
      const done = db
        .prepare('UPDATE patients SET course = ? WHERE study_id = ? AND patient_id = ?')
        .run(course, studyId, patientId)
      if (done.changes !== 1) throw new Error(`no patient ${patientId} in ${studyId}`)
    },
    find(studyId: string, patientId: string): Patient | undefined {
      const r = find.get(studyId, patientId)
      return r === undefined ? undefined : patientOf(r)
    },
    enrolled: (studyId: string, patientIds: readonly string[]): Set<string> =>
      new Set(patientIds.filter((id) => find.get(studyId, id) !== undefined)),
    after(studyId: string, after: string, limit: number): Patient[] {
      const statement = db.prepare(
        `SELECT ${patientColumns} FROM patients WHERE study_id = ? AND patient_id > ? ORDER BY patient_id LIMIT ?`,
      )
      return statement.all(studyId, after, limit).map(patientOf)
    },
    counts(): Map<string, number> {
      const rows = db.prepare('SELECT study_id, COUNT(*) AS n FROM patients GROUP BY study_id').all()
      return new Map(rows.map((r) => [String(r.study_id), Number(r.n)]))
    },
  } satisfies PatientStore
}
