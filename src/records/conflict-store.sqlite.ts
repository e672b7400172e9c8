// Conflicts on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Conflict, type ConflictStore, conflictOf } from './conflict-store.ts'

export function conflictStore(db: Database) {
  return {
    add(_tx: Transaction, c: Omit<Conflict, 'setAsideAt'>): void {
      db.prepare(
        'INSERT INTO conflicts (second_body_id, study_id, patient_id, position, noticed_at) VALUES (?, ?, ?, ?, ?)',
      ).run(c.secondBodyId, c.studyId, c.patientId, c.position, c.noticedAt)
    },
    setAside(_tx: Transaction, secondBodyId: number, now: number): Conflict | undefined {
      const row = db
        .prepare(
          'UPDATE conflicts SET set_aside_at = ? WHERE second_body_id = ? AND set_aside_at IS NULL RETURNING *',
        )
        .get(now, secondBodyId)
      return row === undefined ? undefined : conflictOf(row)
    },
    list(includeSetAside: boolean, limit: number): Conflict[] {
      const open = includeSetAside ? '' : 'WHERE set_aside_at IS NULL'
      return db
        .prepare(`SELECT * FROM conflicts ${open} ORDER BY second_body_id LIMIT ?`)
        .all(limit)
        .map(conflictOf)
    },
  } satisfies ConflictStore
}
