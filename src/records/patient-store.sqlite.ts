// Patients: pseudonymous ids, site, zone, and the opaque arm code. The arm is read by processing and by the
// audited unblinding alone (P10).
import type { Database, Transaction } from '../storage/sqlite.ts'

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
}

const columns = 'study_id, patient_id, site_id, arm, zone, language, status, enrolled_on, withdrawn_at'

/** Adds a patient; false if the id is taken in this study. */
export function addPatient(tx: Transaction, p: Patient, salt: string): boolean {
  const done = tx.db
    .prepare(`INSERT OR IGNORE INTO patients (${columns}, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
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
}

/** Withdraws an active patient from an instant on; false if there is none. */
export function withdrawPatient(tx: Transaction, studyId: string, patientId: string, at: string): boolean {
  const done = tx.db
    .prepare(
      `UPDATE patients SET status = 'withdrawn', withdrawn_at = ? WHERE study_id = ? AND patient_id = ? AND status = 'active'`,
    )
    .run(at, studyId, patientId)
  return done.changes === 1
}

/** A finder with one prepared statement, for many look-ups. */
export function patientFinder(db: Database): (studyId: string, patientId: string) => Patient | undefined {
  const statement = db.prepare(`SELECT ${columns} FROM patients WHERE study_id = ? AND patient_id = ?`)
  return (studyId, patientId) => {
    const r = statement.get(studyId, patientId)
    return r === undefined ? undefined : patient(r)
  }
}

/** Patients of a study in id order, from after an id. */
export function patientsAfter(db: Database, studyId: string, after: string, limit: number): Patient[] {
  const statement = db.prepare(
    `SELECT ${columns} FROM patients WHERE study_id = ? AND patient_id > ? ORDER BY patient_id LIMIT ?`,
  )
  return statement.all(studyId, after, limit).map(patient)
}

/** How many patients each study has. */
export function patientCounts(db: Database): Map<string, number> {
  const rows = db.prepare('SELECT study_id, COUNT(*) AS n FROM patients GROUP BY study_id').all()
  return new Map(rows.map((r) => [String(r.study_id), Number(r.n)]))
}

function patient(r: Record<string, unknown>): Patient {
  return {
    studyId: String(r.study_id),
    patientId: String(r.patient_id),
    siteId: String(r.site_id),
    arm: String(r.arm),
    zone: String(r.zone),
    language: String(r.language),
    status: r.status as Patient['status'],
    enrolledOn: String(r.enrolled_on),
    withdrawnAt: r.withdrawn_at === null ? undefined : String(r.withdrawn_at),
  }
}
