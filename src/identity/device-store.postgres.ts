// Devices on PostgreSQL. Other nodes are told of each change on the channel `levee_devices`.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import { notifyAtCommit } from '../storage/postgres-notify.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { DeviceStore, DeviceView, NewDevice } from './device-store.ts'
import type { Device } from './devices.ts'

/** Payload: `{"study":"…","deviceId":…}`, sent when a device is added or revoked; {@link standingOf} tells which. */
export const devicesChannel = 'levee_devices'

export function deviceStore(db: Queryable) {
  return {
    async addAll(tx: Transaction, devices: readonly NewDevice[], now: number): Promise<Device[]> {
      if (devices.length === 0) return []
      const hashes = devices.map((d) => Buffer.from(d.tokenSha256, 'base64'))
      const { rows } = await clientOf(tx).query(
        `INSERT INTO devices (study_id, patient_id, token_sha256, label, issued_at)
         SELECT study_id, patient_id, token_sha256, label, $5
         FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[])
           WITH ORDINALITY AS added (study_id, patient_id, token_sha256, label, n)
         ORDER BY n RETURNING device_id, token_sha256`,
        [
          devices.map((d) => d.studyId),
          devices.map((d) => d.patientId),
          hashes,
          devices.map((d) => d.label),
          now,
        ],
      )
      const ids = new Map(rows.map((r) => [base64Of(r.token_sha256), Number(r.device_id)]))
      const added = devices.map(({ studyId, patientId }, i) => ({
        deviceId: ids.get(base64Of(hashes[i]))!,
        studyId,
        patientId,
      }))
      await notifyAtCommit(tx, devicesChannel, added.map(notice))
      return added
    },
    async revokeAll(
      tx: Transaction,
      studyId: string,
      patientIds: readonly string[],
      label: string | undefined,
      now: number,
    ): Promise<Device[]> {
      // Locked in one order everywhere, so that two revocations cannot wait for each other in a circle.
      const { rows } = await clientOf(tx).query(
        `WITH wanted AS (
           SELECT device_id FROM devices WHERE study_id = $1 AND patient_id = ANY($2) AND revoked_at IS NULL
           AND ($3::text IS NULL OR label = $3) ORDER BY device_id FOR UPDATE
         ), revoked AS (
           UPDATE devices SET revoked_at = $4 FROM wanted WHERE devices.device_id = wanted.device_id
           RETURNING devices.device_id, patient_id
         ) SELECT device_id, patient_id FROM revoked ORDER BY device_id`,
        [studyId, patientIds, label ?? null, now],
      )
      const revoked = rows.map((r) => ({
        deviceId: Number(r.device_id),
        studyId,
        patientId: String(r.patient_id),
      }))
      await notifyAtCommit(tx, devicesChannel, revoked.map(notice))
      return revoked
    },
    async inGoodStanding(): Promise<[string, Device][]> {
      const { rows } = await db.query(
        'SELECT device_id, study_id, patient_id, token_sha256 FROM devices WHERE revoked_at IS NULL',
      )
      return rows.map(standing)
    },
    async of(studyId: string, patientId: string): Promise<DeviceView[]> {
      const { rows } = await db.query(
        `SELECT device_id AS "deviceId", label, issued_at AS "issuedAt", revoked_at AS "revokedAt" FROM devices
         WHERE study_id = $1 AND patient_id = $2 ORDER BY device_id`,
        [studyId, patientId],
      )
      return rows
    },
  } satisfies DeviceStore
}

/** Those of these devices that are in good standing now, with the base64 hashes of their tokens. */
export async function standingOf(
  db: Queryable,
  deviceIds: readonly number[],
): Promise<[tokenSha256: string, device: Device][]> {
  const { rows } = await db.query(
    'SELECT device_id, study_id, patient_id, token_sha256 FROM devices WHERE device_id = ANY($1) AND revoked_at IS NULL',
    [deviceIds],
  )
  return rows.map(standing)
}

const notice = ({ studyId, deviceId }: Device) => ({ study: studyId, deviceId })

const base64Of = (bytes: unknown): string => (bytes as Buffer).toString('base64')

const standing = (r: Record<string, unknown>): [string, Device] => [
  base64Of(r.token_sha256),
  { deviceId: Number(r.device_id), studyId: String(r.study_id), patientId: String(r.patient_id) },
]
