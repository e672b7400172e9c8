// What a recomputation reads, on either engine: the audit log in its order, and for each response that it tells of the
// response with its commitment's salt, the entry it was made of, and its scores. Reads alone.
import type { Row, Statements } from '../storage/statements.ts'

/** A response as stored, and which entry filled its occasion. */
export type StoredForProof = {
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  readonly form: string
  readonly formVersion: string
  readonly occasion: string
  readonly leafIndex: number
  readonly salt: string
  readonly effect: string
  readonly restricted: string | null
  /** The response that fills its occasion now, and that one's leaf. */
  readonly filler: number | null
  readonly fillerLeaf: number | null
  /** Whether staff changed it; its scores are then those of the change. */
  readonly wasChanged: boolean
}

/** A journal entry with its body as kept. */
export type KeptEntry = {
  readonly position: number
  readonly studyId: string
  readonly logIndex: number
  readonly patientId: string
  readonly deviceId: number
  readonly receivedAt: number
  readonly sha256: string
  readonly body: string
  readonly head: string
}

/** A change of a response: what it became, by the leaf that tells of it. Versions count from 2. */
export type ChangedForProof = Kept & { readonly version: number }

type Kept = {
  readonly position: number
  readonly leafIndex: number
  readonly salt: string
  readonly effect: string
  readonly restricted: string | null
}

export type StoredScore = {
  readonly name: string
  readonly value: number | null
  readonly band: string | null
}

export type RecomputeStore = ReturnType<typeof recomputeStore>

/** Values in one statement. */
export const recomputeAtOnce = 200
const places = Array.from({ length: recomputeAtOnce }, () => '?').join(', ')

/** At most {@link recomputeAtOnce} positions at a time. */
export function recomputeStore(trial: Statements, journal: Statements) {
  const filled = (positions: readonly number[]): number[] => [
    ...positions,
    ...Array.from({ length: recomputeAtOnce - positions.length }, () => -1),
  ]
  return {
    /** How many leaves a study's audit log has. */
    async logSize(studyId: string): Promise<number> {
      const [row] = await trial.rows('SELECT size FROM audit_heads WHERE study_id = ?', [studyId])
      return Number(row?.size ?? 0)
    },
    async leaves(studyId: string, from: number, to: number): Promise<{ index: number; leaf: string }[]> {
      const rows = await trial.rows(
        'SELECT leaf_index, leaf FROM audit_entries WHERE study_id = ? AND leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index',
        [studyId, from, to],
      )
      return rows.map((r) => ({ index: Number(r.leaf_index), leaf: String(r.leaf) }))
    },
    async responses(positions: readonly number[]): Promise<Map<number, StoredForProof>> {
      const rows = await trial.rows(
        `SELECT r.position, r.study_id, r.patient_id, r.form, r.form_version, r.occasion, r.leaf_index, r.salt, r.effect,
           r.restricted, o.position AS filler, f.leaf_index AS filler_leaf,
           CASE WHEN EXISTS (SELECT 1 FROM response_versions v WHERE v.position = r.position) THEN 1 ELSE 0 END AS changed
         FROM responses r
         LEFT JOIN occasions o ON o.study_id = r.study_id AND o.occasion = r.occasion AND o.form = r.form
           AND o.patient_id = r.patient_id
         LEFT JOIN responses f ON f.position = o.position
         WHERE r.position IN (${places})`,
        filled(positions),
      )
      return new Map(rows.map((r) => [Number(r.position), responseOf(r)]))
    },
    async entries(positions: readonly number[]): Promise<Map<number, KeptEntry>> {
      const rows = await journal.rows(
        `SELECT position, study_id, log_index, patient_id, device_id, received_at, sha256, body, head
         FROM entries WHERE position IN (${places})`,
        filled(positions),
      )
      return new Map(rows.map((r) => [Number(r.position), entryOf(r)]))
    },
    /** Visible records by position and version: version 1 is the response, later ones are its changes. */
    async versions(positions: readonly number[]): Promise<Map<string, string>> {
      const rows = await trial.rows(
        `SELECT position, 1 AS version, effect FROM responses WHERE position IN (${places})
         UNION ALL SELECT position, version, effect FROM response_versions WHERE position IN (${places})`,
        [...filled(positions), ...filled(positions)],
      )
      return new Map(rows.map((r) => [`${r.position}.${r.version}`, String(r.effect)]))
    },
    async scores(positions: readonly number[]): Promise<Map<number, StoredScore[]>> {
      const rows = await trial.rows(
        `SELECT position, name, value, band FROM scores WHERE position IN (${places})`,
        filled(positions),
      )
      return Map.groupBy(
        rows.map((r) => ({ position: Number(r.position), ...scoreOf(r) })),
        ({ position }) => position,
      )
    },
    /** The change of a response that a leaf tells of. */
    async changed(position: number, leafIndex: number): Promise<ChangedForProof | undefined> {
      const [r] = await trial.rows(
        'SELECT position, version, leaf_index, salt, effect, restricted FROM response_versions WHERE position = ? AND leaf_index = ?',
        [position, leafIndex],
      )
      return r === undefined ? undefined : { ...changeOf(r), version: Number(r.version) }
    },
    /** The answers that changes asked for, up to a version, in order; JSON texts. */
    async wanted(position: number, version: number): Promise<string[]> {
      const rows = await trial.rows(
        `SELECT c.answers FROM response_versions v JOIN change_requests c ON c.change_id = v.change_id
         WHERE v.position = ? AND v.version <= ? ORDER BY v.version`,
        [position, version],
      )
      return rows.map((r) => String(r.answers))
    },
    /** Whether staff ever chose which entry fills an occasion. */
    async wasChosen(studyId: string, positions: readonly number[]): Promise<boolean> {
      const records = positions.map((position) => `response:${position}`)
      const rows = await trial.rows(
        `SELECT 1 FROM transitions WHERE study_id = ? AND record IN (${records.map(() => '?').join(', ')}) LIMIT 1`,
        [studyId, ...records],
      )
      return rows.length > 0
    },
  }
}

const changeOf = (r: Row): Kept => ({
  position: Number(r.position),
  leafIndex: Number(r.leaf_index),
  salt: String(r.salt),
  effect: String(r.effect),
  restricted: r.restricted === null ? null : String(r.restricted),
})

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value))

const responseOf = (r: Row): StoredForProof => ({
  ...changeOf(r),
  studyId: String(r.study_id),
  patientId: String(r.patient_id),
  form: String(r.form),
  formVersion: String(r.form_version),
  occasion: String(r.occasion),
  filler: numberOrNull(r.filler),
  fillerLeaf: numberOrNull(r.filler_leaf),
  wasChanged: Number(r.changed) === 1,
})

const entryOf = (r: Row): KeptEntry => ({
  position: Number(r.position),
  studyId: String(r.study_id),
  logIndex: Number(r.log_index),
  patientId: String(r.patient_id),
  deviceId: Number(r.device_id),
  receivedAt: Number(r.received_at),
  sha256: String(r.sha256),
  body: Buffer.from(r.body as Uint8Array).toString(),
  head: String(r.head),
})

const scoreOf = (r: Row): StoredScore => ({
  name: String(r.name),
  value: numberOrNull(r.value),
  band: r.band === null ? null : String(r.band),
})
