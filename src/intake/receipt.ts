// Receipts: signed proof that an entry is in the journal. One Ed25519 signature covers a whole commit: the
// entries of a commit are the leaves of a small Merkle tree (RFC 6962 hashes), its root is signed, and each
// receipt carries its path to the root. So a receipt verifies alone, with the public key and nothing else.
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { isoTime } from '../system/iso-time.ts'
import { type Digest, digestBytes, leafDigest, nodeDigest, rootFromInclusion } from '../system/merkle.ts'

/** The facts a receipt attests; `logIndex` counts the entries of the study from 0. */
export type ReceiptFacts = {
  readonly studyId: string
  readonly patientId: string
  readonly submissionId: string
  /** SHA-256 of the bytes as received, lower-case hex. */
  readonly sha256: string
  readonly position: number
  readonly logIndex: number
  readonly receivedAt: number
}

/** The receipt as it stands in an answer. */
export type Receipt = {
  readonly sha256: string
  readonly position: number
  readonly logIndex: number
  /** First journal position and number of entries of the commit. */
  readonly group: readonly [first: number, size: number]
  readonly path: readonly string[]
  readonly signature: string
  readonly key: string
}

/** What signs: the private key and its public name (first 8 hex digits of SHA-256 over the SPKI bytes). */
export type ReceiptKey = { readonly id: string; readonly privateKey: KeyObject }

/** The exact text a leaf hashes: one fact per line, so that any language can rebuild it. */
export function receiptText(f: ReceiptFacts): string {
  return `levee-receipt/v1
${f.studyId}
${f.patientId}
${f.submissionId}
${f.sha256}
${f.position}
${f.logIndex}
${isoTime(f.receivedAt)}
`
}

/** The text that is signed for one commit. */
const groupText = (first: number, size: number, root: Buffer): Buffer =>
  Buffer.from(`levee-receipts/v1\n${first} ${size}\n${root.toString('base64')}\n`)

/** The Merkle root over leaf hashes, and every leaf's path (base64, from the leaf upwards). */
function rootAndPaths(leaves: readonly Digest[]): { root: Buffer; paths: string[][] } {
  const paths: string[][] = leaves.map(() => [])
  const build = (low: number, high: number): Digest => {
    if (high - low === 1) return leaves[low]!
    const split = low + 2 ** (31 - Math.clz32(high - low - 1))
    const left = build(low, split)
    const right = build(split, high)
    const leftText = digestBytes(left).toString('base64')
    const rightText = digestBytes(right).toString('base64')
    for (let i = low; i < split; i++) paths[i]!.push(rightText)
    for (let i = split; i < high; i++) paths[i]!.push(leftText)
    return nodeDigest(left, right)
  }
  return { root: digestBytes(build(0, leaves.length)), paths }
}

const receiptJson = (
  f: ReceiptFacts,
  first: number,
  size: number,
  path: string[],
  signature: string,
  key: string,
) =>
  `{"sha256":"${f.sha256}","position":${f.position},"logIndex":${f.logIndex},"group":[${first},${size}],"path":[${
    path.length === 0 ? '' : `"${path.join('","')}"`
  }],"signature":"${signature}","key":"${key}"}`

/** Signs the entries of one commit (in position order, at least one) and returns the JSON text of each receipt. */
export function signGroup(
  facts: readonly ReceiptFacts[],
  key: ReceiptKey,
): { signature: Buffer; receipts: string[] } {
  const { root, paths } = rootAndPaths(facts.map((f) => leafDigest(receiptText(f))))
  const first = facts[0]!.position
  const signature = sign(null, groupText(first, facts.length, root), key.privateKey)
  const text = signature.toString('base64')
  return {
    signature,
    receipts: facts.map((f, i) => receiptJson(f, first, facts.length, paths[i]!, text, key.id)),
  }
}

/** Rebuilds the original receipts of a whole commit, from its facts and its stored signature: by position, to the byte. */
export function receiptsAgain(
  facts: readonly ReceiptFacts[],
  signature: Buffer,
  keyId: string,
): (position: number) => string {
  const { paths } = rootAndPaths(facts.map((f) => leafDigest(receiptText(f))))
  const first = facts[0]!.position
  const text = signature.toString('base64')
  return (position) => {
    const i = position - first
    return receiptJson(facts[i]!, first, facts.length, paths[i]!, text, keyId)
  }
}

/** The same for one entry. */
export const receiptAgain = (
  facts: readonly ReceiptFacts[],
  position: number,
  signature: Buffer,
  keyId: string,
): string => receiptsAgain(facts, signature, keyId)(position)

/** Whether the receipt attests these facts under this public key. Never throws on malformed receipts. */
export function verifyReceipt(
  facts: Pick<ReceiptFacts, 'studyId' | 'patientId' | 'submissionId' | 'receivedAt'>,
  receipt: Receipt,
  publicKey: KeyObject,
): boolean {
  try {
    const { sha256, position, logIndex } = receipt
    const [first, size] = receipt.group
    const leaf = digestBytes(leafDigest(receiptText({ ...facts, sha256, position, logIndex })))
    const path = receipt.path.map((hash) => Buffer.from(hash, 'base64'))
    const root = rootFromInclusion(leaf, position - first, size, path)
    return (
      root !== undefined &&
      verify(null, groupText(first, size, root), publicKey, Buffer.from(receipt.signature, 'base64'))
    )
  } catch {
    return false
  }
}

/** The public half of a key, for verifying. */
export const publicKeyOf = (privateKey: KeyObject): KeyObject => createPublicKey(privateKey)
