// The devices that may send, in memory: looking a token up costs one hash, and a revocation counts at once.
import { tokenHash } from './token.ts'

/**
 * `own`: a phone of the patient. `clinic`: a tablet of the site, handed over for one form. `token`: issued on the command
 * line, without a key of its own.
 */
export type DeviceKind = 'own' | 'clinic' | 'token'

/** A device that was not revoked, and the one patient it sends for. Times in milliseconds since the epoch. */
export type Device = {
  readonly deviceId: number
  readonly studyId: string
  readonly patientId: string
  readonly kind: DeviceKind
  /** A replaced phone may hand in what it holds, and nothing else. */
  readonly standing: 'good' | 'replaced'
  /** When another phone took its place. */
  readonly replacedAt?: number
  /** Of a clinic tablet, the only form it may hand in. */
  readonly form?: string
  /** Of a clinic tablet, until when it may be used. */
  readonly expiresAt?: number
}

/**
 * After a clinic token has expired, the form that was filled in with it may still be handed in for this time, in
 * milliseconds: a tablet may have been without a network.
 */
export const handInGraceMs = 72 * 3_600_000

export type Devices = {
  /** The device of a token, or undefined if the token is unknown or revoked. */
  find(token: string): Device | undefined
  /** Adds a device, or takes this for what is known of it. */
  add(tokenSha256: string, device: Device): void
  revoke(deviceId: number): void
  /** Another phone took the place of this one at that time. */
  supersede(deviceId: number, at: number): void
  /** Takes these for all devices that were not revoked. */
  replace(issued: Iterable<[tokenSha256: string, device: Device]>): void
  readonly size: number
}

/** `issued` are the devices that were not revoked, with the base64 SHA-256 of their tokens. */
export function deviceRegistry(issued: Iterable<[tokenSha256: string, device: Device]>): Devices {
  let byHash = new Map(issued)
  let hashes = hashesOf(byHash)
  return {
    find: (token) => byHash.get(tokenHash(token)),
    add(tokenSha256, device) {
      // A token that was given anew: the one before counts no more.
      const before = hashes.get(device.deviceId)
      if (before !== undefined && before !== tokenSha256) byHash.delete(before)
      byHash.set(tokenSha256, device)
      hashes.set(device.deviceId, tokenSha256)
    },
    revoke(deviceId) {
      const tokenSha256 = hashes.get(deviceId)
      if (tokenSha256 === undefined) return
      byHash.delete(tokenSha256)
      hashes.delete(deviceId)
    },
    supersede(deviceId, at) {
      const tokenSha256 = hashes.get(deviceId)
      const device = tokenSha256 === undefined ? undefined : byHash.get(tokenSha256)
      if (device !== undefined)
        byHash.set(tokenSha256!, { ...device, standing: 'replaced', replacedAt: device.replacedAt ?? at })
    },
    replace(issued) {
      byHash = new Map(issued)
      hashes = hashesOf(byHash)
    },
    get size() {
      return byHash.size
    },
  }
}

const hashesOf = (byHash: ReadonlyMap<string, Device>) =>
  new Map([...byHash].map(([tokenSha256, { deviceId }]) => [deviceId, tokenSha256]))
