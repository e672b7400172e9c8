// Signing keys: Ed25519, one file each, outside the databases, readable by their owner only.
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Reads the PKCS #8 PEM file of an Ed25519 key, making it with mode 0600 at the first start. */
export function loadOrMakeKey(file: string): string {
  if (!existsSync(file)) {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx', flush: true })
  }
  return readFileSync(file, 'utf8')
}

/** Throws unless the text is an Ed25519 private key in PKCS #8 PEM. */
export function importPrivateKey(pem: string): KeyObject {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the key is not an Ed25519 key')
  return key
}

/** A key's public name: the first 8 hex digits of SHA-256 over its public SPKI bytes. */
export function keyId(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 8)
}
