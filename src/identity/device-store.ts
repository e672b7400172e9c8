// Devices: only the hash of a token is kept, and a revoked device stays on record.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { Device } from './devices.ts'

/** `tokenSha256` is base64. */
export type NewDevice = { studyId: string; patientId: string; tokenSha256: string; label: string }

/** A device that was given a token; the token itself is stored nowhere. */
export type DeviceView = {
  readonly deviceId: number
  readonly label: string
  readonly issuedAt: number
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
  /** All devices in good standing, with the base64 hash of their tokens. */
  inGoodStanding(): Later<[tokenSha256: string, device: Device][]>
  /** The devices of a patient, oldest first. */
  of(studyId: string, patientId: string): Later<DeviceView[]>
}
