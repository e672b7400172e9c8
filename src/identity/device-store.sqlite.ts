// Device rows: only the hash of a token is kept, and a revoked device stays on record.
import type { Database, Transaction } from '../storage/sqlite.ts'
import type { Device } from './devices.ts'

export type NewDevice = { studyId: string; patientId: string; tokenSha256: string; label: string }

/** Adds a device and returns it. */
export function addDevice(tx: Transaction, device: NewDevice, now: number): Device {
  const { studyId, patientId, tokenSha256, label } = device
  const row = tx.db
    .prepare(
      'INSERT INTO devices (study_id, patient_id, token_sha256, label, issued_at) VALUES (?, ?, ?, ?, ?)',
    )
    .run(studyId, patientId, Buffer.from(tokenSha256, 'base64'), label, now)
  return { deviceId: Number(row.lastInsertRowid), studyId, patientId }
}

/** Revokes the devices of one patient, or only those with the label; returns their ids. */
export function revokeDevices(
  tx: Transaction,
  studyId: string,
  patientId: string,
  label: string | undefined,
  now: number,
): number[] {
  const rows = tx.db
    .prepare(
      `UPDATE devices SET revoked_at = ? WHERE study_id = ? AND patient_id = ? AND revoked_at IS NULL
       AND (? IS NULL OR label = ?) RETURNING device_id`,
    )
    .all(now, studyId, patientId, label ?? null, label ?? null)
  return rows.map((r) => Number(r.device_id))
}

/** All devices in good standing, keyed by the base64 hash of their tokens. */
export function devicesInGoodStanding(db: Database): [string, Device][] {
  const rows = db
    .prepare('SELECT device_id, study_id, patient_id, token_sha256 FROM devices WHERE revoked_at IS NULL')
    .all()
  return rows.map((r) => [
    Buffer.from(r.token_sha256 as Uint8Array).toString('base64'),
    { deviceId: Number(r.device_id), studyId: String(r.study_id), patientId: String(r.patient_id) },
  ])
}
