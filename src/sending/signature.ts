// Signatures by the Standard Webhooks specification 1.0.0: HMAC-SHA256, one for each secret while secrets rotate.
import { createHmac } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'

/** The three headers that let a receiver know who sent what and when. */
export type SignedHeaders = {
  readonly 'webhook-id': string
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

/**
 * Signs `id.timestamp.body` with each secret. `now` in milliseconds since the epoch; receivers are told seconds. An id
 * with a full stop is not ambiguous here, because every body of ours begins with a brace.
 */
export function signedHeaders(
  secrets: readonly Buffer[],
  id: string,
  body: string,
  now: number,
): SignedHeaders {
  const timestamp = String(Math.floor(now / 1000))
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  )
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

const secretLine = /^whsec_([A-Za-z0-9+/]+={0,2})$/
/** Bytes of a secret (Standard Webhooks, signature scheme). */
const secretBytes = { least: 24, most: 64 }
/** Stands in the documentation of every library. */
const published = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

/**
 * Reads the secrets, one `whsec_…` a line; empty lines and lines that begin with # are passed over. Throws, naming
 * the line but never its text, if the file can be read by others than its owner, is empty, or a line is no secret.
 */
export function readSecrets(file: string): Buffer[] {
  const fd = openSync(file, 'r')
  try {
    const mode = fstatSync(fd).mode & 0o777
    if ((mode & 0o077) !== 0)
      throw new Error(`${file} has mode ${mode.toString(8).padStart(4, '0')}; chmod it to 0600`)
    const lines = readFileSync(fd, 'utf8').split('\n')
    const secrets = lines.flatMap((line, i) => readSecret(line.trim(), `${file}, line ${i + 1}`))
    if (secrets.length === 0) throw new Error(`${file} holds no secret; put one whsec_… on a line`)
    return secrets
  } finally {
    closeSync(fd)
  }
}

function readSecret(line: string, where: string): Buffer[] {
  if (line === '' || line.startsWith('#')) return []
  if (line === published) throw new Error(`${where}: this secret is published in the specification; make one`)
  const secret = Buffer.from(secretLine.exec(line)?.[1] ?? '', 'base64')
  const { least, most } = secretBytes
  if (secret.length < least || secret.length > most)
    throw new Error(`${where}: not whsec_ and ${least} to ${most} bytes in base64`)
  return [secret]
}
