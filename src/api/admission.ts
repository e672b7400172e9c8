// Whether a call is let in, before its body is read: the same answer at every door.
import type { Devices } from '../identity/devices.ts'
import { retryAfter } from '../intake/accept.ts'
import type { Sender } from '../intake/basic-checks.ts'
import type { Journal } from '../intake/journal.ts'
import { Problem } from '../system/problem.ts'

const scheme = 'bearer '

/** The sender of an Authorization header or metadata (RFC 6750). Throws `token.missing` or `token.unknown`. */
export function senderOf(header: string | undefined, devices: Devices): Sender {
  if (header === undefined || header.slice(0, scheme.length).toLowerCase() !== scheme)
    throw new Problem('token.missing', {})
  const device = header.length > 512 ? undefined : devices.find(header.slice(scheme.length).trim())
  if (device === undefined) throw new Problem('token.unknown', {})
  return device
}

/** Throws `server.overloaded` while the journal is behind. */
export function refuseWhenBehind(journal: Journal): void {
  if (journal.overloaded()) throw new Problem('server.overloaded', {}, { retryAfterSeconds: retryAfter(1) })
}
