// Journal entries without meaning, written straight into the journal of either engine, for suites of what refers to them.
import type { Ground } from './engines.ts'

/** An entry's row; what is left out is the same in all. */
export type PlainEntry = { position: number; studyId?: string; patientId?: string; slot?: number }

/** The submission id of a plain entry. */
export function plainId(position: number): string {
  const hex = position.toString(16).padStart(16, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12)}-8000-000000000000`
}

/** The digest of a plain entry; not of its body. */
export const plainSha256 = (position: number): string =>
  (position % 256).toString(16).padStart(2, '0').repeat(32)

/** Adds entries at their positions. */
export async function addEntries(ground: Ground, entries: readonly PlainEntry[]): Promise<void> {
  for (const { position, studyId = 'S', patientId = 'P', slot = 0 } of entries) {
    const [id, sha256] = [plainId(position), plainSha256(position)]
    if (ground.name === 'sqlite') {
      ground.journal
        .prepare(`INSERT INTO entries VALUES (?, ?, ?, ?, ?, 1, 0, ?, '{}', 1, x'7b7d')`)
        .run(position, studyId, position - 1, Buffer.from(id.replaceAll('-', ''), 'hex'), patientId, sha256)
    } else {
      await ground.db.pool.query(
        `INSERT INTO entries (position, study_id, log_index, submission_id, patient_id, device_id, received_at, sha256,
           head, group_first, slot, body) VALUES ($1, $2, $3, $4, $5, 1, 0, $6, '{}', 1, $7, '\\x7b7d')`,
        [position, studyId, position - 1, id, patientId, sha256, slot],
      )
    }
  }
}
