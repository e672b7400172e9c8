// Devices on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import {
  type DeviceStore,
  type DeviceView,
  deviceColumns,
  deviceOf,
  type NewDevice,
  viewColumns,
} from './device-store.ts'
import type { Device } from './devices.ts'

export function deviceStore(db: Database) {
  return {
    addAll(_tx: Transaction, devices: readonly NewDevice[], now: number): Device[] {
      const add = db.prepare(
        `INSERT INTO devices (study_id, patient_id, token_sha256, label, kind, public_key, app, form, expires_at, issued_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${deviceColumns}`,
      )
      return devices.map((d) =>
        deviceOf(
          add.get(
            d.studyId,
            d.patientId,
            Buffer.from(d.tokenSha256, 'base64'),
            d.label,
            d.kind ?? 'token',
            d.publicKey ?? null,
            d.app ?? null,
            d.form ?? null,
            d.expiresAt ?? null,
            now,
          )!,
        ),
      )
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
         AND (? IS NULL OR label = ?) RETURNING ${deviceColumns}`,
      )
      return patientIds
        .flatMap((patientId) => revoke.all(now, studyId, patientId, label ?? null, label ?? null))
        .map(deviceOf)
        .sort((a, b) => a.deviceId - b.deviceId)
    },
    replaceOwn: (_tx: Transaction, { deviceId, studyId, patientId }: Device, now: number): Device[] =>
      db
        .prepare(
          `UPDATE devices SET replaced_at = ?, replaced_by = ? WHERE study_id = ? AND patient_id = ? AND device_id <> ?
           AND kind = 'own' AND revoked_at IS NULL AND replaced_at IS NULL RETURNING ${deviceColumns}`,
        )
        .all(now, deviceId, studyId, patientId, deviceId)
        .map(deviceOf)
        .sort((a, b) => a.deviceId - b.deviceId),
    giveToken(_tx: Transaction, deviceId: number, tokenSha256: string): Device | undefined {
      const row = db
        .prepare(
          `UPDATE devices SET token_sha256 = ? WHERE device_id = ? AND revoked_at IS NULL AND replaced_at IS NULL
           RETURNING ${deviceColumns}`,
        )
        .get(Buffer.from(tokenSha256, 'base64'), deviceId)
      return row === undefined ? undefined : deviceOf(row)
    },
    inGoodStanding(): [string, Device][] {
      const rows = db
        .prepare(`SELECT ${deviceColumns}, token_sha256 FROM devices WHERE revoked_at IS NULL`)
        .all()
      return rows.map((r) => [Buffer.from(r.token_sha256 as Uint8Array).toString('base64'), deviceOf(r)])
    },
    of: (studyId: string, patientId: string): DeviceView[] =>
      db
        .prepare(
          `SELECT ${viewColumns} FROM devices WHERE study_id = ? AND patient_id = ? ORDER BY device_id`,
        )
        .all(studyId, patientId) as unknown as DeviceView[],
    publicKeysOf(deviceIds: readonly number[]): ReadonlyMap<number, string> {
      const one = db.prepare('SELECT public_key FROM devices WHERE device_id = ? AND public_key IS NOT NULL')
      return new Map(
        deviceIds.flatMap((deviceId): [number, string][] => {
          const row = one.get(deviceId)
          return row === undefined ? [] : [[deviceId, String(row.public_key)]]
        }),
      )
    },
  } satisfies DeviceStore
}
