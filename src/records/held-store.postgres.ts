// Held entries on PostgreSQL. The slot of a held entry is that of its journal entry.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Held, type HeldFilter, type HeldStore, heldOf } from './held-store.ts'

/**
 * With `lock`, for the connection of a transaction: `at` locks its row until the end, so that of two who decide about
 * one entry at once, at two nodes, the second sees what the first has decided.
 */
export function heldStore(db: Queryable, { lock = false } = {}) {
  const at = `SELECT * FROM held WHERE position = $1${lock ? ' FOR UPDATE' : ''}`
  return {
    put: (tx: Transaction, held: Held): Promise<void> => putAll(tx, [held]),
    putAll,
    async at(position: number): Promise<Held | undefined> {
      const { rows } = await db.query(at, [position])
      return rows[0] === undefined ? undefined : heldOf(rows[0])
    },
    async retrying(): Promise<Held[]> {
      const { rows } = await db.query(`SELECT * FROM held WHERE state = 'retrying' ORDER BY position`)
      return rows.map(heldOf)
    },
    async list(filter: HeldFilter): Promise<Held[]> {
      const { states, studyId, codes, patientId, sites, includeSetAside, after, limit } = filter
      const { rows } = await db.query(
        `SELECT * FROM held WHERE state = ANY($1) AND position > $2 AND ($3::text IS NULL OR study_id = $3)
         AND ($4 OR set_aside_at IS NULL) AND ($6::text[] IS NULL OR code = ANY($6))
         AND ($7::text IS NULL OR patient_id = $7)
         AND ($8::text[] IS NULL OR EXISTS (SELECT 1 FROM patients p
           WHERE p.study_id = held.study_id AND p.patient_id = held.patient_id AND p.site_id = ANY($8)))
         ORDER BY position LIMIT $5`,
        [
          states,
          after,
          studyId ?? null,
          includeSetAside,
          limit,
          codes ?? null,
          patientId ?? null,
          sites ?? null,
        ],
      )
      return rows.map(heldOf)
    },
  } satisfies HeldStore & Record<string, unknown>
}

/** Adds the rows of different positions, or moves them on. Throws if the journal has no such entry. */
async function putAll(tx: Transaction, held: readonly Held[]): Promise<void> {
  if (held.length === 0) return
  const column = (of: (h: Held) => string | number | boolean | null) => held.map(of)
  const done = await clientOf(tx).query({
    text: `INSERT INTO held (position, study_id, patient_id, lane, state, code, attempts, attempting, next_attempt_at,
        held_at, set_aside_at, slot)
      SELECT put.*, entries.slot
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::boolean[],
        $9::bigint[], $10::bigint[], $11::bigint[]) AS put (position) JOIN entries USING (position)
      ORDER BY put.position
      ON CONFLICT (position) DO UPDATE SET state = excluded.state, code = excluded.code, attempts = excluded.attempts,
        attempting = excluded.attempting, next_attempt_at = excluded.next_attempt_at,
        set_aside_at = excluded.set_aside_at`,
    values: [
      column((h) => h.position),
      column((h) => h.studyId),
      column((h) => h.patientId),
      column((h) => h.lane),
      column((h) => h.state),
      column((h) => h.code),
      column((h) => h.attempts),
      column((h) => h.attempting),
      column((h) => h.nextAttemptAt ?? null),
      column((h) => h.heldAt),
      column((h) => h.setAsideAt ?? null),
    ],
  })
  if (done.rowCount !== held.length) throw new Error('an entry to be held is not in the journal')
}
