// What staff look up of one patient or one conflict. The arm is not among it (P10).
import type { Database } from '../../storage/sqlite.ts'

/** A device that was given a token; the token itself is stored nowhere. */
export type DeviceView = {
  readonly deviceId: number
  readonly label: string
  readonly issuedAt: number
  readonly revokedAt: number | null
}

/** The other content under a known submission id, as it was received; `body` is what the device sent, unchanged. */
export type EvidenceView = {
  readonly position: number
  readonly deviceId: number
  readonly receivedAt: number
  readonly sha256: string
  readonly head: string
  readonly body: Buffer
}

/** The devices of a patient, oldest first. */
export function devicesOf(records: Database, studyId: string, patientId: string): DeviceView[] {
  return records
    .prepare(
      `SELECT device_id AS deviceId, label, issued_at AS issuedAt, revoked_at AS revokedAt FROM devices
       WHERE study_id = ? AND patient_id = ? ORDER BY device_id`,
    )
    .all(studyId, patientId) as unknown as DeviceView[]
}

/** A second body by its id. */
export function evidenceOf(journal: Database, secondBodyId: number): EvidenceView | undefined {
  const r = journal
    .prepare('SELECT position, device_id, received_at, sha256, head, body FROM second_bodies WHERE id = ?')
    .get(secondBodyId)
  if (r === undefined) return undefined
  return {
    position: Number(r.position),
    deviceId: Number(r.device_id),
    receivedAt: Number(r.received_at),
    sha256: String(r.sha256),
    head: String(r.head),
    body: Buffer.from(r.body as Uint8Array),
  }
}
