// Ed25519 for browsers whose WebCrypto has none; for pages, not for the service worker, which leaves sending to them there.
import { checkByBrowser } from './receipt.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** By WebCrypto, or with a small library where it cannot. */
export async function checkEd25519(spki: Bytes, signature: Bytes, signed: Bytes): Promise<boolean> {
  try {
    return await checkByBrowser(spki, signature, signed)
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotSupportedError') throw error
    return checkByLibrary(spki, signature, signed)
  }
}

/** The same without WebCrypto's Ed25519. The last 32 bytes of the SPKI are the key (RFC 8410). */
export async function checkByLibrary(spki: Bytes, signature: Bytes, signed: Bytes): Promise<boolean> {
  const { verifyAsync } = await import('@noble/ed25519')
  return verifyAsync(signature, signed, spki.slice(-32))
}
