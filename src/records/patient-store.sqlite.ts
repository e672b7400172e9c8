// Patients on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Patient, type PatientStore, patientColumns, patientOf } from './patient-store.ts'

export function patientStore(db: Database) {
  const find = db.prepare(`SELECT ${patientColumns} FROM patients WHERE study_id = ? AND patient_id = ?`)
  return {
    add(_tx: Transaction, p: Patient, salt: string): boolean {
      const done = db
        .prepare(
          `INSERT OR IGNORE INTO patients (${patientColumns}, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          p.studyId,
          p.patientId,
          p.siteId,
          p.arm,
          p.zone,
          p.language,
          p.status,
          p.enrolledOn,
          p.withdrawnAt ?? null,
          salt,
        )
      return done.changes === 1
    },
    withdraw(_tx: Transaction, studyId: string, patientId: string, at: string): boolean {
      const done = db
        .prepare(
          `UPDATE patients SET status = 'withdrawn', withdrawn_at = ? WHERE study_id = ? AND patient_id = ? AND status = 'active'`,
        )
        .run(at, studyId, patientId)
      return done.changes === 1
    },
    find(studyId: string, patientId: string): Patient | undefined {
      const r = find.get(studyId, patientId)
      return r === undefined ? undefined : patientOf(r)
    },
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
