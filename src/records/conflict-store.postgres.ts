// Conflicts on PostgreSQL.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Conflict, type ConflictFilter, type ConflictStore, conflictOf } from './conflict-store.ts'

type NewConflict = Omit<Conflict, 'setAsideAt'>

export function conflictStore(db: Queryable) {
  return {
    add: (tx: Transaction, conflict: NewConflict): Promise<void> => addAll(tx, [conflict]),
    addAll,
    async setAside(tx: Transaction, secondBodyId: number, now: number): Promise<Conflict | undefined> {
      const { rows } = await clientOf(tx).query(
        'UPDATE conflicts SET set_aside_at = $1 WHERE second_body_id = $2 AND set_aside_at IS NULL RETURNING *',
        [now, secondBodyId],
      )
      return rows[0] === undefined ? undefined : conflictOf(rows[0])
    },
    async one(secondBodyId: number): Promise<Conflict | undefined> {
      const { rows } = await db.query('SELECT * FROM conflicts WHERE second_body_id = $1', [secondBodyId])
      return rows[0] === undefined ? undefined : conflictOf(rows[0])
    },
    async of(filter: ConflictFilter): Promise<Conflict[]> {
      const { studyId, sites, patientId, includeSetAside, after, limit } = filter
      const { rows } = await db.query(
        `SELECT * FROM conflicts c WHERE study_id = $1 AND second_body_id > $2
         AND ($3::text IS NULL OR patient_id = $3) AND ($4 OR set_aside_at IS NULL)
         AND ($5::text[] IS NULL OR EXISTS (SELECT 1 FROM patients p
           WHERE p.study_id = c.study_id AND p.patient_id = c.patient_id AND p.site_id = ANY($5)))
         ORDER BY second_body_id LIMIT $6`,
        [studyId, after, patientId ?? null, includeSetAside, sites, limit],
      )
      return rows.map(conflictOf)
    },
    async list(includeSetAside: boolean, limit: number): Promise<Conflict[]> {
      const { rows } = await db.query(
        'SELECT * FROM conflicts WHERE $1 OR set_aside_at IS NULL ORDER BY second_body_id LIMIT $2',
        [includeSetAside, limit],
      )
      return rows.map(conflictOf)
    },
  } satisfies ConflictStore & Record<string, unknown>
}

/** Adds conflicts; throws if one is there already. */
async function addAll(tx: Transaction, conflicts: readonly NewConflict[]): Promise<void> {
  if (conflicts.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO conflicts (second_body_id, study_id, patient_id, position, noticed_at)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])`,
    [
      conflicts.map((c) => c.secondBodyId),
      conflicts.map((c) => c.studyId),
      conflicts.map((c) => c.patientId),
      conflicts.map((c) => c.position),
      conflicts.map((c) => c.noticedAt),
    ],
  )
}
