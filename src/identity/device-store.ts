// Devices: only the hash of a token is kept, and a revoked or replaced device stays on record.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { Device, DeviceKind } from './devices.ts'

/** `tokenSha256` is base64. */
export type NewDevice = {
  readonly studyId: string
  readonly patientId: string
  readonly tokenSha256: string
  readonly label: string
  /** Standard: `token`. */
  readonly kind?: DeviceKind
  /** SPKI, base64. */
  readonly publicKey?: string
  /** Name and version of the app that activated it. */
  readonly app?: string
  readonly form?: string
  readonly expiresAt?: number
}

/** A device that was given a token; the token itself is stored nowhere. Times in milliseconds since the epoch. */
export type DeviceView = {
  readonly deviceId: number
  readonly label: string
  readonly kind: DeviceKind
  readonly app: string | null
  readonly form: string | null
  readonly issuedAt: number
  readonly expiresAt: number | null
  readonly replacedAt: number | null
  readonly revokedAt: number | null
}

export type DeviceStore = {
  /** Adds devices and returns them in the same order. Token hashes are unique for ever. */
  addAll(tx: Transaction, devices: readonly NewDevice[], now: number): Later<Device[]>
  /** Revokes the devices of these patients, or only those with the label; returns them, oldest first. */
  revokeAll(
    tx: Transaction,
    studyId: string,
    patientIds: readonly string[],
    label: string | undefined,
    now: number,
  ): Later<Device[]>
  /** Has a phone take the place of the patient's other own ones; returns those that it replaced, oldest first. */
  replaceOwn(tx: Transaction, by: Device, now: number): Later<Device[]>
  /** Gives a device that was neither revoked nor replaced a new token; undefined if there is none. */
  giveToken(tx: Transaction, deviceId: number, tokenSha256: string): Later<Device | undefined>
  /** All devices that were not revoked, with the base64 hash of their tokens. */
  inGoodStanding(): Later<[tokenSha256: string, device: Device][]>
  /** The devices of a patient, oldest first. */
  of(studyId: string, patientId: string): Later<DeviceView[]>
  /** The public keys of those of these devices that have one. */
  publicKeysOf(deviceIds: readonly number[]): Later<ReadonlyMap<number, string>>
}

/** The columns that {@link deviceOf} reads. */
export const deviceColumns = 'device_id, study_id, patient_id, kind, form, expires_at, replaced_at'

/** The columns of {@link DeviceView}. */
export const viewColumns = `device_id AS "deviceId", label, kind, app, form, issued_at AS "issuedAt",
  expires_at AS "expiresAt", replaced_at AS "replacedAt", revoked_at AS "revokedAt"`

/** A device by its row. */
export function deviceOf(row: Readonly<Record<string, unknown>>): Device {
  const { replaced_at: replacedAt, form, expires_at: expiresAt } = row
  return {
    deviceId: Number(row.device_id),
    studyId: String(row.study_id),
    patientId: String(row.patient_id),
    kind: row.kind as DeviceKind,
    standing: replacedAt === null ? 'good' : 'replaced',
    ...(replacedAt === null ? {} : { replacedAt: Number(replacedAt) }),
    ...(form === null ? {} : { form: String(form) }),
    ...(expiresAt === null ? {} : { expiresAt: Number(expiresAt) }),
  }
}
