// What processing has not taken: entries that wait under their slots, and evidence that nobody has noticed. Whoever
// holds a slot's lock takes its entries; what one takes, the same transaction removes, so none is taken twice or
// skipped, in whatever order intake commits (reliability: D16).
import type { JournalEntry, SecondBody } from '../intake/journal-store.ts'
import { slots } from '../intake/slot.ts'
import { type Patient, patientOf } from '../records/patient-store.ts'
import { clientOf, type Queryable } from '../storage/postgres.ts'
import { lockClasses } from '../storage/postgres-locks.ts'
import type { Transaction } from '../storage/transaction.ts'

/** An entry with its slot and its patient as they are in this moment. */
export type WaitingEntry = JournalEntry & { readonly slot: number; readonly patient: Patient | undefined }

const entryColumns = `e.position, e.slot, e.study_id, e.log_index, e.patient_id, e.device_id, e.received_at, e.sha256,
  e.body, CASE WHEN substr(e.head, 3, 4) <> 'door' THEN e.head END AS head, p.site_id, p.arm, p.zone, p.language, p.status, p.enrolled_on, p.withdrawn_at, p.course`

/**
 * Locks slots that have waiting entries and that nobody else has, beginning with `first`, until the transaction
 * ends; at most `most`. What is read of them must be read by a later statement, whose snapshot includes what the
 * slot's last holder did.
 */
export async function takeSlots(tx: Transaction, first: number, most: number): Promise<number[]> {
  const { rows } = await clientOf(tx).query<{ slot: number }>(
    `WITH busy AS MATERIALIZED (
       SELECT s.slot FROM generate_series(0, $1::int - 1) AS s (slot)
       WHERE EXISTS (SELECT 1 FROM waiting WHERE waiting.slot = s.slot::smallint)
       ORDER BY (s.slot - $2::int + $1) % $1
     ) SELECT slot FROM busy WHERE pg_try_advisory_xact_lock($3, slot) LIMIT $4`,
    [slots, first, lockClasses.slot, most],
  )
  return rows.map((r) => r.slot)
}

/**
 * The first waiting entries of the slots, in the order of their positions, at most `most`: of each slot its first.
 * Throws if one that waits is not in the journal.
 */
export async function waitingEntries(
  tx: Transaction,
  taken: readonly number[],
  most: number,
): Promise<WaitingEntry[]> {
  const ofEach = Math.min(most, Math.ceil((4 * most) / Math.max(1, taken.length)))
  const { rows } = await clientOf(tx).query(
    `SELECT w.position AS waits, ${entryColumns}
     FROM (
       SELECT first.position FROM unnest($1::smallint[]) AS s (slot) CROSS JOIN LATERAL (
         SELECT position FROM waiting WHERE waiting.slot = s.slot ORDER BY position LIMIT $2
       ) AS first ORDER BY first.position LIMIT $3
     ) AS w LEFT JOIN entries AS e USING (position)
     LEFT JOIN patients AS p ON p.study_id = e.study_id AND p.patient_id = e.patient_id
     ORDER BY w.position`,
    [taken, ofEach, most],
  )
  return rows.map((r) => {
    if (r.position === null) throw new Error(`the journal has a hole: entry ${r.waits} waits and is not kept`)
    return waitingOf(r)
  })
}

/** One entry, waiting or not. Throws if the journal does not have it. */
export async function entryWithPatient(tx: Transaction, position: number): Promise<WaitingEntry> {
  const { rows } = await clientOf(tx).query(
    `SELECT ${entryColumns} FROM entries AS e
     LEFT JOIN patients AS p ON p.study_id = e.study_id AND p.patient_id = e.patient_id WHERE e.position = $1`,
    [position],
  )
  if (rows[0] === undefined) throw new Error(`entry ${position} is held but not in the journal`)
  return waitingOf(rows[0])
}

/** Takes entries out of what waits. Throws if one does not wait any more. */
export async function removeWaiting(
  tx: Transaction,
  entries: readonly Pick<WaitingEntry, 'slot' | 'position'>[],
): Promise<void> {
  if (entries.length === 0) return
  const done = await clientOf(tx).query(
    `DELETE FROM waiting USING unnest($1::smallint[], $2::bigint[]) AS taken (slot, position)
     WHERE waiting.slot = taken.slot AND waiting.position = taken.position`,
    [entries.map((e) => e.slot), entries.map((e) => e.position)],
  )
  if (done.rowCount !== entries.length) throw new Error('an entry was taken that did not wait any more')
}

/** The study and the slot of a kept entry. */
export async function placeOfEntry(
  db: Queryable,
  position: number,
): Promise<{ studyId: string; slot: number } | undefined> {
  const { rows } = await db.query<{ studyId: string; slot: number }>(
    'SELECT study_id AS "studyId", slot FROM entries WHERE position = $1',
    [position],
  )
  return rows[0]
}

/** Second bodies that nobody has noticed, locked for this transaction; those that another one has are left out. */
export async function unnoticedBodies(tx: Transaction, most: number): Promise<SecondBody[]> {
  const { rows } = await clientOf(tx).query<SecondBody>(
    `SELECT s.id, s.position, s.same_content AS "sameContent", s.received_at AS "receivedAt", s.sha256,
       e.study_id AS "studyId", e.patient_id AS "patientId", e.submission_id AS "submissionId"
     FROM second_bodies AS s JOIN entries AS e ON e.position = s.position
     WHERE s.noticed_at IS NULL ORDER BY s.id LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
    [most],
  )
  return rows
}

/** Marks second bodies as noticed. */
export async function markNoticed(tx: Transaction, ids: readonly number[], now: number): Promise<void> {
  if (ids.length === 0) return
  await clientOf(tx).query('UPDATE second_bodies SET noticed_at = $1 WHERE id = ANY($2)', [now, ids])
}

const waitingOf = (r: Record<string, unknown>): WaitingEntry => ({
  position: r.position as number,
  slot: r.slot as number,
  studyId: r.study_id as string,
  logIndex: r.log_index as number,
  patientId: r.patient_id as string,
  deviceId: r.device_id as number,
  receivedAt: r.received_at as number,
  sha256: r.sha256 as string,
  body: (r.body as Buffer).toString(),
  head: r.head as string | null,
  patient: r.status === null ? undefined : patientOf(r),
})
