// Responses on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { AlertRow, OccasionKey, ResponseReader, ResponseRow, VisibleResponse } from './response-store.ts'

export type ResponseStore = ReturnType<typeof responseStore>

export function responseStore(db: Database) {
  const add = db.prepare('INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const claim = db.prepare(
    'INSERT OR IGNORE INTO occasions (study_id, occasion, form, patient_id, position, status, dose) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const filledBy = db.prepare(
    'SELECT position FROM occasions WHERE study_id = ? AND occasion = ? AND form = ? AND patient_id = ?',
  )
  const addScore = db.prepare('INSERT INTO scores VALUES (?, ?, ?, ?)')
  const raise = db.prepare(
    `INSERT OR IGNORE INTO alerts (study_id, patient_id, rule, day, position, severity, audience, state, raised_at, acknowledge_by, completed_at, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'raised', ?, ?, ?, ?)`,
  )
  const addDeviation = db.prepare(
    'INSERT INTO deviations (study_id, patient_id, rule, position, raised_at) VALUES (?, ?, ?, ?, ?)',
  )
  return {
    add(_tx: Transaction, r: ResponseRow): void {
      add.run(
        r.position,
        r.studyId,
        r.patientId,
        r.form,
        r.formVersion,
        r.occasion,
        r.recordedAt,
        r.leafIndex,
        r.salt,
        r.effect,
        r.restricted,
      )
    },
    /** Fills the occasion with this entry. Returns undefined, or the position that had filled it before. */
    fill(
      _tx: Transaction,
      k: OccasionKey,
      position: number,
      status: string,
      dose: string | null,
    ): number | undefined {
      const done = claim.run(k.studyId, k.occasion, k.form, k.patientId, position, status, dose)
      if (done.changes === 1) return undefined
      return Number(filledBy.get(k.studyId, k.occasion, k.form, k.patientId)?.position)
    },
    addScore(
      _tx: Transaction,
      position: number,
      name: string,
      value: number | null,
      band: string | null,
    ): void {
      addScore.run(position, name, value, band)
    },
    /** Raises an alert once for each patient, rule and day; true if this one was new. */
    raiseAlert(_tx: Transaction, a: AlertRow): boolean {
      const done = raise.run(
        a.studyId,
        a.patientId,
        a.rule,
        a.day,
        a.position,
        a.severity,
        a.audience,
        a.raisedAt,
        a.acknowledgeBy,
        a.completedAt,
        a.receivedAt,
      )
      return done.changes === 1
    },
    addDeviation(
      _tx: Transaction,
      studyId: string,
      patientId: string,
      rule: string,
      position: number,
      now: number,
    ): void {
      addDeviation.run(studyId, patientId, rule, position, now)
    },
  }
}

/** The reading half, for any connection; gives the visible part only. */
export function responseReader(db: Database) {
  const visible = db.prepare('SELECT effect, leaf_index, recorded_at FROM responses WHERE position = ?')
  return {
    visible(position: number): VisibleResponse | undefined {
      const row = visible.get(position)
      if (row === undefined) return undefined
      return {
        effect: String(row.effect),
        leafIndex: Number(row.leaf_index),
        recordedAt: Number(row.recorded_at),
      }
    },
  } satisfies ResponseReader
}
