// Conflicts: other content under a known submission id, waiting for a named human. The bodies are in the journal.
import type { Database, Transaction } from '../storage/sqlite.ts'

export type Conflict = {
  readonly secondBodyId: number
  readonly studyId: string
  readonly patientId: string
  /** The entry that stands. */
  readonly position: number
  readonly noticedAt: number
  readonly setAsideAt: number | undefined
}

export function addConflict(tx: Transaction, c: Omit<Conflict, 'setAsideAt'>): void {
  tx.db
    .prepare(
      'INSERT INTO conflicts (second_body_id, study_id, patient_id, position, noticed_at) VALUES (?, ?, ?, ?, ?)',
    )
    .run(c.secondBodyId, c.studyId, c.patientId, c.position, c.noticedAt)
}

/** Marks a conflict as looked at; false if there is no open one with this id. */
export function setConflictAside(tx: Transaction, secondBodyId: number, now: number): boolean {
  const done = tx.db
    .prepare('UPDATE conflicts SET set_aside_at = ? WHERE second_body_id = ? AND set_aside_at IS NULL')
    .run(now, secondBodyId)
  return done.changes === 1
}

/** Conflicts in the order they were noticed. */
export function listConflicts(db: Database, includeSetAside: boolean, limit: number): Conflict[] {
  const statement = `SELECT * FROM conflicts ${includeSetAside ? '' : 'WHERE set_aside_at IS NULL'} ORDER BY second_body_id LIMIT ?`
  return db
    .prepare(statement)
    .all(limit)
    .map((r) => ({
      secondBodyId: Number(r.second_body_id),
      studyId: String(r.study_id),
      patientId: String(r.patient_id),
      position: Number(r.position),
      noticedAt: Number(r.noticed_at),
      setAsideAt: r.set_aside_at === null ? undefined : Number(r.set_aside_at),
    }))
}
