// Whether a device signed these bytes: ECDSA on P-256 with SHA-256, the signature as r and s of 32 bytes each (P1363).
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Marks } from '../../intake/head.ts'
import type { SignatureFault } from '../../records/signature-check-store.ts'

/** The public key of a device from its SPKI in base64; null where that is no key on P-256. */
export function readDeviceKey(spki: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' })
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null
  } catch {
    return null
  }
}

/** Why the signature does not hold, or null where it does. Computed on the runtime's thread pool. */
export async function checkSignature(
  { signature, malformed }: Marks,
  body: Uint8Array,
  key: KeyObject | null,
): Promise<SignatureFault | null> {
  if (malformed !== undefined) return 'malformed'
  if (signature === undefined || signature === null) return 'missing'
  if (key === null) return 'no-key'
  const bytes = Buffer.from(signature, 'base64url')
  if (bytes.length !== 64) return 'malformed'
  const holds = await new Promise<boolean>((resolve, reject) =>
    verify('sha256', body, { key, dsaEncoding: 'ieee-p1363' }, bytes, (error, result) =>
      error === null ? resolve(result) : reject(error),
    ),
  )
  return holds ? null : 'mismatch'
}
