// Sealing with AES-GCM: what is kept can neither be read nor be changed without its key, and each seal is bound to
// the place it belongs to, so that one row cannot be put in another's stead. Runs wherever WebCrypto does.

/** AES-GCM: a nonce of 12 random bytes and the ciphertext with its tag. */
export type Sealed = { readonly iv: Uint8Array<ArrayBuffer>; readonly data: ArrayBuffer }

const text = new TextEncoder()

/** A new 256-bit key; `extractable` only where it is about to be wrapped. */
export const newKey = (extractable = false): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, extractable, ['encrypt', 'decrypt'])

/** Seals a JSON value for one place, such as `draft daily-diary/2026-11-22`. */
export async function seal(key: CryptoKey, place: string, value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const how = { name: 'AES-GCM', iv, additionalData: text.encode(place) }
  return { iv, data: await crypto.subtle.encrypt(how, key, text.encode(JSON.stringify(value))) }
}

/** The value again. Rejects where the key or the place is another, or a bit was changed. */
export async function unseal(key: CryptoKey, place: string, sealed: Sealed): Promise<unknown> {
  const how = { name: 'AES-GCM', iv: sealed.iv, additionalData: text.encode(place) }
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, key, sealed.data)))
}
