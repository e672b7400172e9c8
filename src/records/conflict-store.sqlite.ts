// Conflicts on SQLite.
import type { Database, SQLInputValue } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Conflict, type ConflictFilter, type ConflictStore, conflictOf } from './conflict-store.ts'

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
    one(secondBodyId: number): Conflict | undefined {
      const row = db.prepare('SELECT * FROM conflicts WHERE second_body_id = ?').get(secondBodyId)
      return row === undefined ? undefined : conflictOf(row)
    },
    of({ studyId, sites, patientId, includeSetAside, after, limit }: ConflictFilter): Conflict[] {
      const values: SQLInputValue[] = [studyId, after]
      if (patientId !== undefined) values.push(patientId)
      if (sites !== null) values.push(...sites)
      const statement = `SELECT * FROM conflicts c WHERE study_id = ? AND second_body_id > ?
        ${patientId === undefined ? '' : 'AND patient_id = ?'}
        ${
          sites === null
            ? ''
            : `AND EXISTS (SELECT 1 FROM patients p WHERE p.study_id = c.study_id
          AND p.patient_id = c.patient_id AND p.site_id IN (${sites.map(() => '?').join(', ')}))`
        }
        ${includeSetAside ? '' : 'AND set_aside_at IS NULL'} ORDER BY second_body_id LIMIT ?`
      return db
        .prepare(statement)
        .all(...values, limit)
        .map(conflictOf)
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
