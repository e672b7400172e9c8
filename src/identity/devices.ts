// The devices that may send, in memory: looking a token up costs one hash, and a revocation counts at once.
import { tokenHash } from './token.ts'

/** A device in good standing and the one patient it sends for. */
export type Device = { readonly deviceId: number; readonly studyId: string; readonly patientId: string }

export type Devices = {
  /** The device of a token, or undefined if the token is unknown or revoked. */
  find(token: string): Device | undefined
  add(tokenSha256: string, device: Device): void
  revoke(deviceId: number): void
  readonly size: number
}

/** `issued` are the devices in good standing, with the base64 SHA-256 of their tokens. */
export function deviceRegistry(issued: Iterable<[tokenSha256: string, device: Device]>): Devices {
  const byHash = new Map(issued)
  const hashes = new Map<number, string>()
  for (const [tokenSha256, device] of byHash) hashes.set(device.deviceId, tokenSha256)
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
    get size() {
      return byHash.size
    },
  }
}
