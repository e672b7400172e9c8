// The public keys that phones verify receipts with: a phone deletes its copy of an entry only on a verified receipt.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { importPrivateKey, keyId } from '../../../system/keys.ts'

/** `spki` is base64; `id` is the name receipts give the key. */
export type PublishedKey = { readonly id: string; readonly spki: string }

/** The key of an installation, from its keys folder, where the start of the engine has put it. */
export function receiptKeysIn(keysFolder: string): readonly PublishedKey[] {
  const key = importPrivateKey(readFileSync(`${keysFolder}/receipt-key.pem`, 'utf8'))
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64')
  return [{ id: keyId(key), spki }]
}
