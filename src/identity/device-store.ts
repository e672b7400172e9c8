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
  /** Adds a device and returns it. */
  add(tx: Transaction, device: NewDevice, now: number): Later<Device>
  /** Revokes the devices of one patient, or only those with the label; returns their ids. */
  revoke(
    tx: Transaction,
    studyId: string,
    patientId: string,
    label: string | undefined,
    now: number,
  ): Later<number[]>
  /** All devices in good standing, with the base64 hash of their tokens. */
  inGoodStanding(): Later<[tokenSha256: string, device: Device][]>
  /** The devices of a patient, oldest first. */
  of(studyId: string, patientId: string): Later<DeviceView[]>
}
