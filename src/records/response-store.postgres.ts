// Responses on PostgreSQL: written in sets, because a statement for each row would cost a round trip each. The
// statements have no names, so that each is planned for the size its tables have by now.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { AlertRow, OccasionKey, ResponseReader, ResponseRow, VisibleResponse } from './response-store.ts'

/** An occasion that an entry fills. */
export type OccasionRow = OccasionKey & { position: number; status: string; dose: string | null }
export type ScoreRow = { position: number; name: string; value: number | null; band: string | null }
export type DeviationRow = {
  studyId: string
  patientId: string
  rule: string
  position: number
  raisedAt: number
}
/** An alert is raised once for each. */
export type AlertKey = Pick<AlertRow, 'studyId' | 'patientId' | 'rule' | 'day'>

/** What responses bring with them, in sets. */
export type Effects = {
  readonly occasions: readonly OccasionRow[]
  readonly scores: readonly ScoreRow[]
  readonly deviations: readonly DeviationRow[]
  readonly alerts: readonly AlertRow[]
}

/** The reading half; gives the visible part only. */
export function responseReader(db: Queryable): ResponseReader {
  return {
    async visible(position: number): Promise<VisibleResponse | undefined> {
      const { rows } = await db.query<VisibleResponse>({
        name: 'response-visible',
        text: `SELECT effect, leaf_index AS "leafIndex", recorded_at AS "recordedAt" FROM responses WHERE position = $1`,
        values: [position],
      })
      return rows[0]
    },
  }
}

/** Which of these occasions are filled, and by which position. Who holds their patients' slots may rely on it. */
export async function filledOccasions(
  tx: Transaction,
  keys: readonly OccasionKey[],
): Promise<(OccasionKey & { position: number })[]> {
  if (keys.length === 0) return []
  const { rows } = await clientOf(tx).query<OccasionKey & { position: number }>(
    `SELECT study_id AS "studyId", occasion, form, patient_id AS "patientId", position
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted (study_id, occasion, form, patient_id)
     JOIN occasions USING (study_id, occasion, form, patient_id)`,
    [
      keys.map((k) => k.studyId),
      keys.map((k) => k.occasion),
      keys.map((k) => k.form),
      keys.map((k) => k.patientId),
    ],
  )
  return rows
}

/** Which of these alerts are raised. Who holds their patients' slots may rely on it. */
export async function raisedAlerts(tx: Transaction, keys: readonly AlertKey[]): Promise<AlertKey[]> {
  if (keys.length === 0) return []
  const { rows } = await clientOf(tx).query<AlertKey>(
    `SELECT study_id AS "studyId", patient_id AS "patientId", rule, day
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted (study_id, patient_id, rule, day)
     JOIN alerts USING (study_id, patient_id, rule, day)`,
    [
      keys.map((k) => k.studyId),
      keys.map((k) => k.patientId),
      keys.map((k) => k.rule),
      keys.map((k) => k.day),
    ],
  )
  return rows
}

/** Writes what responses bring with them. Throws if an occasion is filled or an alert raised already. */
export async function addEffects(tx: Transaction, effects: Effects): Promise<void> {
  await addOccasions(tx, effects.occasions)
  await addScores(tx, effects.scores)
  await addDeviations(tx, effects.deviations)
  await addAlerts(tx, effects.alerts)
}

/** Between texts that travel as one; no JSON text holds it (RFC 8259 §7). */
const between = '\u001f'

/**
 * Writes responses. Throws if there is one of the same position. The effects are most of what a batch sends, and full
 * of quotation marks, each of which an array literal would escape: joined they cost half (measured).
 */
export async function addResponses(tx: Transaction, rows: readonly ResponseRow[]): Promise<void> {
  if (rows.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO responses (position, study_id, patient_id, form, form_version, occasion, recorded_at, leaf_index, salt,
       effect, restricted)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
       $8::bigint[], $9::text[], string_to_array($10, $12), $11::text[])`,
    [
      rows.map((r) => r.position),
      rows.map((r) => r.studyId),
      rows.map((r) => r.patientId),
      rows.map((r) => r.form),
      rows.map((r) => r.formVersion),
      rows.map((r) => r.occasion),
      rows.map((r) => r.recordedAt),
      rows.map((r) => r.leafIndex),
      rows.map((r) => r.salt),
      rows.map((r) => r.effect).join(between),
      rows.map((r) => r.restricted),
      between,
    ],
  )
}

async function addOccasions(tx: Transaction, rows: readonly OccasionRow[]): Promise<void> {
  if (rows.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO occasions (study_id, occasion, form, patient_id, position, status, dose)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])`,
    [
      rows.map((r) => r.studyId),
      rows.map((r) => r.occasion),
      rows.map((r) => r.form),
      rows.map((r) => r.patientId),
      rows.map((r) => r.position),
      rows.map((r) => r.status),
      rows.map((r) => r.dose),
    ],
  )
}

async function addScores(tx: Transaction, rows: readonly ScoreRow[]): Promise<void> {
  if (rows.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO scores (position, name, value, band)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::float8[], $4::text[])`,
    [rows.map((r) => r.position), rows.map((r) => r.name), rows.map((r) => r.value), rows.map((r) => r.band)],
  )
}

async function addDeviations(tx: Transaction, rows: readonly DeviationRow[]): Promise<void> {
  if (rows.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO deviations (study_id, patient_id, rule, position, raised_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])`,
    [
      rows.map((r) => r.studyId),
      rows.map((r) => r.patientId),
      rows.map((r) => r.rule),
      rows.map((r) => r.position),
      rows.map((r) => r.raisedAt),
    ],
  )
}

async function addAlerts(tx: Transaction, rows: readonly AlertRow[]): Promise<void> {
  if (rows.length === 0) return
  await clientOf(tx).query(
    `INSERT INTO alerts (study_id, patient_id, rule, day, position, severity, audience, state, raised_at, acknowledge_by,
       completed_at, received_at)
     SELECT study_id, patient_id, rule, day, position, severity, audience, 'raised', raised_at, acknowledge_by,
       completed_at, received_at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bigint[],
       $9::bigint[], $10::bigint[], $11::bigint[]) AS new (study_id, patient_id, rule, day, position, severity, audience,
       raised_at, acknowledge_by, completed_at, received_at)`,
    [
      rows.map((r) => r.studyId),
      rows.map((r) => r.patientId),
      rows.map((r) => r.rule),
      rows.map((r) => r.day),
      rows.map((r) => r.position),
      rows.map((r) => r.severity),
      rows.map((r) => r.audience),
      rows.map((r) => r.raisedAt),
      rows.map((r) => r.acknowledgeBy),
      rows.map((r) => r.completedAt),
      rows.map((r) => r.receivedAt),
    ],
  )
}
