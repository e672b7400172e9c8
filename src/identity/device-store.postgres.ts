// Devices on PostgreSQL. Other nodes are told of each change on the channel `levee_devices`.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import { notifyAtCommit } from '../storage/postgres-notify.ts'
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

/**
 * Payload: `{"study":"…","deviceId":…}`, sent when a device is added, revoked, replaced or given a new token;
 * {@link standingOf} tells which.
 */
export const devicesChannel = 'levee_devices'

export function deviceStore(db: Queryable) {
  return {
    async addAll(tx: Transaction, devices: readonly NewDevice[], now: number): Promise<Device[]> {
      if (devices.length === 0) return []
      const hashes = devices.map((d) => Buffer.from(d.tokenSha256, 'base64'))
      const { rows } = await clientOf(tx).query(
        `INSERT INTO devices (study_id, patient_id, token_sha256, label, kind, public_key, app, form, expires_at, issued_at)
         SELECT study_id, patient_id, token_sha256, label, kind, public_key, app, form, expires_at, $10
         FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[])
           WITH ORDINALITY AS added (study_id, patient_id, token_sha256, label, kind, public_key, app, form, expires_at, n)
         ORDER BY n RETURNING ${deviceColumns}, token_sha256`,
        [
          devices.map((d) => d.studyId),
          devices.map((d) => d.patientId),
          hashes,
          devices.map((d) => d.label),
          devices.map((d) => d.kind ?? 'token'),
          devices.map((d) => d.publicKey ?? null),
          devices.map((d) => d.app ?? null),
          devices.map((d) => d.form ?? null),
          devices.map((d) => d.expiresAt ?? null),
          now,
        ],
      )
      const byHash = new Map(rows.map(standing))
      const added = hashes.map((hash) => byHash.get(base64Of(hash))!)
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
           RETURNING devices.*
         ) SELECT ${deviceColumns} FROM revoked ORDER BY device_id`,
        [studyId, patientIds, label ?? null, now],
      )
      const revoked = rows.map(deviceOf)
      await notifyAtCommit(tx, devicesChannel, revoked.map(notice))
      return revoked
    },
    async replaceOwn(
      tx: Transaction,
      { deviceId, studyId, patientId }: Device,
      now: number,
    ): Promise<Device[]> {
      const { rows } = await clientOf(tx).query(
        `WITH wanted AS (
           SELECT device_id FROM devices WHERE study_id = $1 AND patient_id = $2 AND device_id <> $3 AND kind = 'own'
           AND revoked_at IS NULL AND replaced_at IS NULL ORDER BY device_id FOR UPDATE
         ), replaced AS (
           UPDATE devices SET replaced_at = $4, replaced_by = $3 FROM wanted
           WHERE devices.device_id = wanted.device_id RETURNING devices.*
         ) SELECT ${deviceColumns} FROM replaced ORDER BY device_id`,
        [studyId, patientId, deviceId, now],
      )
      const replaced = rows.map(deviceOf)
      await notifyAtCommit(tx, devicesChannel, replaced.map(notice))
      return replaced
    },
    async giveToken(tx: Transaction, deviceId: number, tokenSha256: string): Promise<Device | undefined> {
      const { rows } = await clientOf(tx).query(
        `UPDATE devices SET token_sha256 = $2 WHERE device_id = $1 AND revoked_at IS NULL AND replaced_at IS NULL
         RETURNING ${deviceColumns}`,
        [deviceId, Buffer.from(tokenSha256, 'base64')],
      )
      const given = rows.map(deviceOf)
      await notifyAtCommit(tx, devicesChannel, given.map(notice))
      return given[0]
    },
    async inGoodStanding(): Promise<[string, Device][]> {
      const { rows } = await db.query(
        `SELECT ${deviceColumns}, token_sha256 FROM devices WHERE revoked_at IS NULL`,
      )
      return rows.map(standing)
    },
    async of(studyId: string, patientId: string): Promise<DeviceView[]> {
      const { rows } = await db.query(
        `SELECT ${viewColumns} FROM devices WHERE study_id = $1 AND patient_id = $2 ORDER BY device_id`,
        [studyId, patientId],
      )
      return rows
    },
    async publicKeysOf(deviceIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
      const { rows } = await db.query(
        'SELECT device_id, public_key FROM devices WHERE device_id = ANY($1) AND public_key IS NOT NULL',
        [deviceIds],
      )
      return new Map(rows.map((r) => [Number(r.device_id), String(r.public_key)]))
    },
  } satisfies DeviceStore
}

/** Those of these devices that are not revoked now, with the base64 hashes of their tokens. */
export async function standingOf(
  db: Queryable,
  deviceIds: readonly number[],
): Promise<[tokenSha256: string, device: Device][]> {
  const { rows } = await db.query(
    `SELECT ${deviceColumns}, token_sha256 FROM devices WHERE device_id = ANY($1) AND revoked_at IS NULL`,
    [deviceIds],
  )
  return rows.map(standing)
}

const notice = ({ studyId, deviceId }: Device) => ({ study: studyId, deviceId })

const base64Of = (bytes: unknown): string => (bytes as Buffer).toString('base64')

const standing = (r: Record<string, unknown>): [string, Device] => [base64Of(r.token_sha256), deviceOf(r)]
