// The keys of reminders, derived (HKDF, RFC 5869) from the installation's receipt key: every node has them, nothing more
// has to be copied or kept, and a lost key folder is the only way to lose them.
import { createECDH, createPrivateKey, hkdfSync } from 'node:crypto'

/** The key by which push services know who sends (VAPID, RFC 8292), ECDSA on P-256; both halves in base64url. */
export type PushKey = {
  /** An uncompressed point, 65 bytes. Phones subscribe for it. */
  readonly publicKey: string
  /** 32 bytes. */
  readonly privateKey: string
}

export type ReminderKeys = {
  readonly push: PushKey
  /** Seals subscriptions and contacts; 32 bytes. */
  readonly seal: Buffer
  /** Makes the names by which push services tell messages apart; 32 bytes. */
  readonly tag: Buffer
}

/** Order of P-256 (SP 800-186, 3.2.1.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The keys of the installation that has this receipt key (PKCS #8, PEM). */
export function reminderKeysOf(receiptKeyPem: string): ReminderKeys {
  const secret = createPrivateKey(receiptKeyPem).export({ type: 'pkcs8', format: 'der' })
  const derived = (what: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `levee reminders ${what} v1`, bytes))
  return { push: pushKeyOf(derived('push', 48)), seal: derived('seal', 32), tag: derived('tag', 32) }
}

/** A scalar from 1 to order − 1; 16 bytes more than it needs make its bias negligible (FIPS 186-5, A.2.1). */
function pushKeyOf(seed: Buffer): PushKey {
  const scalar = (BigInt(`0x${seed.toString('hex')}`) % (order - 1n)) + 1n
  const pair = createECDH('prime256v1')
  const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
  pair.setPrivateKey(bytes)
  return { publicKey: pair.getPublicKey('base64url'), privateKey: bytes.toString('base64url') }
}
