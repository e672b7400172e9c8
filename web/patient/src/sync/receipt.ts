// Verifies receipts on the phone, as docs/receipts.md says: the leaf is rebuilt from what this phone knows it sent, the
// path leads to the root of the server's commit, and the root's signature is checked with the key the phone was given.
// Nothing is believed that the server says about itself: a receipt for other bytes or another patient does not verify.
import type { ReceiptKey } from '../model.ts'
import { fromBase64, sha256, toBase64 } from './bytes.ts'

/** The server's answer to a submission (design §6). */
export type Acknowledgement = {
  readonly submissionId: string
  /** RFC 3339 in UTC, with milliseconds. */
  readonly receivedAt: string
  readonly receipt: {
    readonly sha256: string
    readonly position: number
    readonly logIndex: number
    readonly group: readonly [first: number, size: number]
    readonly path: readonly string[]
    readonly signature: string
    readonly key: string
  }
}

/** What this phone sent. `hashes`: SHA-256, hex, of the bytes of each attempt. */
export type Sent = {
  readonly studyId: string
  readonly patientId: string
  readonly submissionId: string
  readonly hashes: readonly string[]
}

type Bytes = Uint8Array<ArrayBuffer>

/** Checks one Ed25519 signature with a key in SPKI form. */
export type CheckEd25519 = (spki: Bytes, signature: Bytes, signed: Bytes) => Promise<boolean>

/**
 * `valid`; `unknown-key` where the receipt is signed by a key that this phone has not been given yet; `invalid`. Never
 * rejects for what the server sent.
 */
export async function checkReceipt(
  sent: Sent,
  answer: Acknowledgement,
  keys: readonly ReceiptKey[],
  check: CheckEd25519,
): Promise<'valid' | 'unknown-key' | 'invalid'> {
  try {
    const { receipt } = answer
    if (answer.submissionId !== sent.submissionId || !sent.hashes.includes(receipt.sha256)) return 'invalid'
    const spki = keys.find((key) => key.id === receipt.key)?.spki
    if (spki === undefined) return 'unknown-key'
    const [first, size] = receipt.group
    const leaf = await leafHash(leafText(sent, answer))
    const root = await rootFromPath(leaf, receipt.position - first, size, receipt.path.map(fromBase64))
    if (root === undefined) return 'invalid'
    const text = `levee-receipts/v1\n${first} ${size}\n${toBase64(root)}\n`
    const valid = await check(fromBase64(spki), fromBase64(receipt.signature), new TextEncoder().encode(text))
    return valid ? 'valid' : 'invalid'
  } catch {
    return 'invalid'
  }
}

const leafText = (sent: Sent, { receivedAt, receipt }: Acknowledgement): string =>
  `levee-receipt/v1\n${[
    sent.studyId,
    sent.patientId,
    sent.submissionId,
    receipt.sha256,
    receipt.position,
    receipt.logIndex,
    receivedAt,
  ].join('\n')}\n`

const leafHash = (text: string): Promise<Bytes> => sha256(new TextEncoder().encode(`\0${text}`))

const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => {
  const node = new Uint8Array(65)
  node[0] = 1
  node.set(left, 1)
  node.set(right, 33)
  return sha256(node)
}

/** The root that a leaf and its path give (RFC 9162 §2.1.3.2), or undefined where the path cannot be one of that tree. */
async function rootFromPath(
  leaf: Bytes,
  index: number,
  size: number,
  path: readonly Bytes[],
): Promise<Bytes | undefined> {
  const whole = Number.isSafeInteger(index) && Number.isSafeInteger(size)
  if (!whole || index < 0 || index >= size || size > 2 ** 31) return undefined
  let place = index
  let last = size - 1
  let hash = leaf
  for (const other of path) {
    if (last === 0 || other.length !== 32) return undefined
    if (place % 2 === 1 || place === last) {
      hash = await nodeHash(other, hash)
      while (place % 2 === 0 && place !== 0) {
        place >>= 1
        last >>= 1
      }
    } else {
      hash = await nodeHash(hash, other)
    }
    place >>= 1
    last >>= 1
  }
  return last === 0 ? hash : undefined
}

/** By WebCrypto. Rejects with NotSupportedError in browsers without Ed25519 (Chrome before 137). */
export async function checkByBrowser(spki: Bytes, signature: Bytes, signed: Bytes): Promise<boolean> {
  const key = await crypto.subtle.importKey('spki', spki, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', key, signature, signed)
}
