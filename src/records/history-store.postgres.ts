// Earlier entries on PostgreSQL: read in sets, because a lookup for each would cost a round trip each.
import { clientOf } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type EarlierEntry, mostEvents } from '../study/rules/history.ts'
import {
  type EventRow,
  earlierOfRow,
  type HistoryRow,
  historyJoins,
  type PatientForm,
} from './history-store.ts'

/** An occasion that is asked for; `whole`: the entry too, not only which one it is. */
export type WantedOccasion = PatientForm & { readonly occasion: string; readonly whole: boolean }
/** A span of time, after `fromMs` and up to `toMs`. */
export type WantedEvents = PatientForm & { readonly fromMs: number; readonly toMs: number }

/** What is there of the wanted occasions, by their places in the list. */
export async function readOccasions(
  tx: Transaction,
  wanted: readonly WantedOccasion[],
): Promise<Map<number, { readonly position: number; readonly entry: EarlierEntry | undefined }>> {
  if (wanted.length === 0) return new Map()
  const { rows } = await clientOf(tx).query<HistoryRow & { place: number }>(
    `SELECT w.place, o.position, CASE WHEN w.whole THEN r.effect END AS effect, v.version, v.effect AS changed
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[])
       WITH ORDINALITY AS w (study_id, occasion, form, patient_id, whole, place)
     JOIN occasions AS o USING (study_id, occasion, form, patient_id) ${historyJoins}
     WHERE o.standing <> 'void'`,
    [
      wanted.map((w) => w.studyId),
      wanted.map((w) => w.occasion),
      wanted.map((w) => w.form),
      wanted.map((w) => w.patientId),
      wanted.map((w) => w.whole),
    ],
  )
  return new Map(
    rows.map((row) => {
      const entry = row.effect === null ? undefined : earlierOfRow(row)
      return [Number(row.place) - 1, { position: row.position, entry }]
    }),
  )
}

/** The events of each wanted span, the latest first, by their places in the list. */
export async function readEvents(
  tx: Transaction,
  wanted: readonly WantedEvents[],
): Promise<Map<number, (Pick<EventRow, 'completedAt'> & { readonly entry: EarlierEntry })[]>> {
  const found = new Map<number, (Pick<EventRow, 'completedAt'> & { readonly entry: EarlierEntry })[]>()
  if (wanted.length === 0) return found
  const { rows } = await clientOf(tx).query<HistoryRow & { place: number; completedAt: number }>(
    `SELECT w.place, e.completed_at AS "completedAt", e.position, e.effect, e.version, e.changed
     FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[])
       WITH ORDINALITY AS w (study_id, patient_id, form, from_ms, to_ms, place)
     CROSS JOIN LATERAL (
       SELECT t.completed_at, o.position, r.effect, v.version, v.effect AS changed FROM event_times AS t
       JOIN responses AS own ON own.position = t.position
       JOIN occasions AS o ON o.study_id = t.study_id AND o.occasion = own.occasion AND o.form = t.form
         AND o.patient_id = t.patient_id AND o.position = t.position
       ${historyJoins}
       WHERE t.study_id = w.study_id AND t.patient_id = w.patient_id AND t.form = w.form
         AND t.completed_at > floor(w.from_ms)::bigint AND t.completed_at <= w.to_ms::bigint
         AND o.standing <> 'void'
       ORDER BY t.completed_at DESC, t.position DESC LIMIT ${mostEvents}
     ) AS e ORDER BY w.place, e.completed_at DESC, e.position DESC`,
    [
      wanted.map((w) => w.studyId),
      wanted.map((w) => w.patientId),
      wanted.map((w) => w.form),
      wanted.map((w) => w.fromMs),
      wanted.map((w) => w.toMs),
    ],
  )
  for (const row of rows) {
    const place = Number(row.place) - 1
    const list = found.get(place) ?? []
    list.push({ completedAt: row.completedAt, entry: earlierOfRow(row) })
    found.set(place, list)
  }
  return found
}

/** Writes when events were completed. Throws if one of the same position is there. */
export async function addEvents(tx: Transaction, rows: readonly EventRow[]): Promise<void> {
  if (rows.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO event_times (study_id, patient_id, form, completed_at, position)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])`,
    [
      rows.map((r) => r.studyId),
      rows.map((r) => r.patientId),
      rows.map((r) => r.form),
      rows.map((r) => r.completedAt),
      rows.map((r) => r.position),
    ],
  )
}
