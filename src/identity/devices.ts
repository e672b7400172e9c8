// The devices that may send, in memory: looking a token up costs one hash, and a revocation counts at once.
import { tokenHash } from './token.ts'

/** A device in good standing and the one patient it sends for. */
export type Device = { readonly deviceId: number; readonly studyId: string; readonly patientId: string }

export type Devices = {
  /** The device of a token, or undefined if the token is unknown or revoked. */
  find(token: string): Device | undefined
  add(tokenSha256: string, device: Device): void
  revoke(deviceId: number): void
  /** Takes these for all devices in good standing. */
  replace(issued: Iterable<[tokenSha256: string, device: Device]>): void
  readonly size: number
}

/** `issued` are the devices in good standing, with the base64 SHA-256 of their tokens. */
export function deviceRegistry(issued: Iterable<[tokenSha256: string, device: Device]>): Devices {
  let byHash = new Map(issued)
  let hashes = hashesOf(byHash)
  return {
    find: (token) => byHash.get(tokenHash(token)),
    add(tokenSha256, device) {
      byHash.set(tokenSha256, device)
      hashes.set(device.deviceId, tokenSha256)
    },
    revoke(deviceId) {
      const tokenSha256 = hashes.get(deviceId)
      if (tokenSha256 === undefined) return
      byHash.delete(tokenSha256)
      hashes.delete(deviceId)
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
