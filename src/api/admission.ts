// Whether a call is let in, before its body is read: the same answer at every door.
import { type Device, type Devices, handInGraceMs } from '../identity/devices.ts'
import { retryAfter } from '../intake/accept.ts'
import type { Journal } from '../intake/journal.ts'
import { Problem } from '../system/problem.ts'

const scheme = 'bearer '

/**
 * The device of an Authorization header or metadata (RFC 6750), to hand in what it holds: a replaced phone may do that,
 * and a tablet that was handed over for some time after its token has expired. Throws `token.missing` or `token.unknown`.
 */
export function senderOf(header: string | undefined, devices: Devices): Device {
  const device = deviceOf(header, devices)
  if (device.expiresAt !== undefined && Date.now() > device.expiresAt + handInGraceMs)
    throw new Problem('token.unknown', {})
  return device
}

/**
 * The device of a header, for whatever is not handing in. Throws as {@link senderOf}, and `device.replaced` where another
 * phone has taken its place. A tablet of the site is let in with `clinic` only, until its token expires; what it asks for
 * must then be of its `form`.
 */
export function readerOf(
  header: string | undefined,
  devices: Devices,
  { clinic = false }: { readonly clinic?: boolean } = {},
): Device {
  const device = deviceOf(header, devices)
  if (device.standing === 'replaced') throw new Problem('device.replaced', {})
  if (device.kind === 'clinic') {
    if (device.expiresAt !== undefined && Date.now() > device.expiresAt)
      throw new Problem('token.unknown', {})
    if (!clinic) throw new Problem('token.other-form', { member: 'path' })
  }
  return device
}

function deviceOf(header: string | undefined, devices: Devices): Device {
  if (header === undefined || header.slice(0, scheme.length).toLowerCase() !== scheme)
    throw new Problem('token.missing', {})
  const device = header.length > 512 ? undefined : devices.find(header.slice(scheme.length).trim())
  if (device === undefined) throw new Problem('token.unknown', {})
  return device
}

/** Throws `device.too-many` where a limit says how many seconds the device is to wait (D21). */
export function refuseTooMany(waitSeconds: number | undefined): void {
  if (waitSeconds !== undefined) throw new Problem('device.too-many', {}, { retryAfterSeconds: waitSeconds })
}

/** Throws `server.overloaded` while the journal is behind. */
export function refuseWhenBehind(journal: Journal): void {
  if (journal.overloaded()) throw new Problem('server.overloaded', {}, { retryAfterSeconds: retryAfter(1) })
}
