// Devices on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { DeviceStore, DeviceView, NewDevice } from './device-store.ts'
import type { Device } from './devices.ts'

export function deviceStore(db: Database) {
  return {
    addAll(_tx: Transaction, devices: readonly NewDevice[], now: number): Device[] {
      const add = db.prepare(
        'INSERT INTO devices (study_id, patient_id, token_sha256, label, issued_at) VALUES (?, ?, ?, ?, ?)',
      )
      return devices.map(({ studyId, patientId, tokenSha256, label }) => {
        const row = add.run(studyId, patientId, Buffer.from(tokenSha256, 'base64'), label, now)
        return { deviceId: Number(row.lastInsertRowid), studyId, patientId }
      })
    },
    revokeAll(
      _tx: Transaction,
      studyId: string,
      patientIds: readonly string[],
      label: string | undefined,
      now: number,
    ): Device[] {
      const revoke = db.prepare(
        `UPDATE devices SET revoked_at = ? WHERE study_id = ? AND patient_id = ? AND revoked_at IS NULL
         AND (? IS NULL OR label = ?) RETURNING device_id`,
      )
      return patientIds
        .flatMap((patientId) =>
          revoke
            .all(now, studyId, patientId, label ?? null, label ?? null)
            .map((r) => ({ deviceId: Number(r.device_id), studyId, patientId })),
        )
        .sort((a, b) => a.deviceId - b.deviceId)
    },
    inGoodStanding(): [string, Device][] {
      const rows = db
        .prepare('SELECT device_id, study_id, patient_id, token_sha256 FROM devices WHERE revoked_at IS NULL')
        .all()
      return rows.map((r) => [
        Buffer.from(r.token_sha256 as Uint8Array).toString('base64'),
        { deviceId: Number(r.device_id), studyId: String(r.study_id), patientId: String(r.patient_id) },
      ])
    },
    of: (studyId: string, patientId: string): DeviceView[] =>
      db
        .prepare(
          `SELECT device_id AS deviceId, label, issued_at AS issuedAt, revoked_at AS revokedAt FROM devices
           WHERE study_id = ? AND patient_id = ? ORDER BY device_id`,
        )
        .all(studyId, patientId) as unknown as DeviceView[],
  } satisfies DeviceStore
}
