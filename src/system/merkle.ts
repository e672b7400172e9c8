// The Merkle tree of the audit log (P6): hashing, roots and proofs exactly as RFC 6962 §2.1 and RFC 9162 §2.1
// define them for SHA-256, so that anybody's implementation agrees with ours. Pure; hashes are 32-byte Buffers.
import { hash } from 'node:crypto'

/** Bytes of one hash. */
export const hashBytes = 32

const sha256 = (data: Uint8Array): Buffer => hash('sha256', data, 'buffer')

/** The root of the log without leaves: SHA-256 of nothing (RFC 6962 §2.1). */
export const emptyRoot = (): Buffer => sha256(Buffer.alloc(0))

// Hashing is synchronous, so one scratch buffer for each prefix spares an allocation for every node.
const node = Buffer.alloc(1 + 2 * hashBytes, 1)
const leaf = Buffer.alloc(4096)

/** SHA-256(0x00 ‖ data), RFC 6962 §2.1: the prefix keeps a leaf from being taken for a node. */
export function leafHash(data: Uint8Array): Buffer {
  const buffer = data.length < leaf.length ? leaf : Buffer.alloc(1 + data.length)
  buffer.set(data, 1)
  return sha256(buffer.subarray(0, 1 + data.length))
}

/** SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1. Both are 32 bytes. */
export const nodeHash = (left: Buffer, right: Buffer): Buffer =>
  digestBytes(nodeDigest(digestOf(left), digestOf(right)))

/**
 * A hash as a string of 32 characters, one for each byte. The hot paths keep hashes so, because a string of 32
 * characters costs a quarter of what a Buffer of 32 bytes costs to make.
 */
export type Digest = string

const digestOf = (hash: Buffer): Digest => hash.toString('latin1')
export const digestBytes = (digest: Digest): Buffer => Buffer.from(digest, 'latin1')

/** {@link leafHash} of the UTF-8 bytes of a text. */
export const leafDigest = (text: string): Digest => hash('sha256', `\0${text}`, 'latin1')

/** {@link nodeHash} of two digests. */
export function nodeDigest(left: Digest, right: Digest): Digest {
  node.write(left, 1, 'latin1')
  node.write(right, 1 + hashBytes, 'latin1')
  return hash('sha256', node, 'latin1')
}

/**
 * The right edge of a growing tree: its size and the roots of its complete subtrees, largest first (one for each
 * 1 in the binary size). Enough to append and to tell the root, in at most 53 hashes, whatever the size.
 */
export class Frontier {
  #size = 0
  #edge: Digest[] = []

  /** Number of leaves. */
  get size(): number {
    return this.#size
  }

  /** Appends one leaf hash. One node hash amortised. */
  append(leafHash: Buffer): void {
    this.appendDigest(digestOf(leafHash))
  }

  /** As {@link append}. */
  appendDigest(leaf: Digest): void {
    let top = leaf
    for (let n = this.#size; n % 2 === 1; n = (n - 1) / 2) top = nodeDigest(this.#edge.pop()!, top)
    this.#edge.push(top)
    this.#size += 1
  }

  /** The root of all leaves so far. */
  root(): Buffer {
    return this.#edge.length === 0
      ? emptyRoot()
      : digestBytes(this.#edge.reduceRight((right, left) => nodeDigest(left, right)))
  }

  /** For keeping: the size as 8 bytes big-endian, then the edge. {@link Frontier.fromBytes} reads it. */
  toBytes(): Buffer {
    const size = Buffer.alloc(8)
    size.writeBigUInt64BE(BigInt(this.#size))
    return Buffer.concat([size, ...this.#edge.map(digestBytes)])
  }

  /** Reads what {@link Frontier.toBytes} wrote. Throws RangeError when the length does not fit the size. */
  static fromBytes(bytes: Uint8Array): Frontier {
    const copy = Buffer.from(bytes)
    const size = copy.length < 8 ? Number.NaN : Number(copy.readBigUInt64BE())
    const edge = split(copy.subarray(8)).map(digestOf)
    if (!Number.isSafeInteger(size) || copy.length !== 8 + hashBytes * ones(size)) {
      throw new RangeError(`${copy.length} bytes are not a frontier`)
    }
    const frontier = new Frontier()
    frontier.#size = size
    frontier.#edge = edge
    return frontier
  }
}

/** Cuts concatenated hashes into views of 32 bytes, without copying. */
export function split(hashes: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(hashes.length / hashBytes) }, (_, index) =>
    hashes.subarray(index * hashBytes, (index + 1) * hashBytes),
  )
}

/** The root over these leaf hashes: MTH(D[n]) of RFC 6962 §2.1. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  return rootOfRange(hashes, 0, hashes.length)
}

/**
 * The inclusion proof of the leaf at `index` in the tree of all `hashes`, sibling of the leaf first (RFC 6962
 * §2.1.1). Throws RangeError when there is no such leaf.
 */
export function inclusionPath(hashes: readonly Buffer[], index: number): Buffer[] {
  if (!(index >= 0 && index < hashes.length)) throw new RangeError(`no leaf ${index} among ${hashes.length}`)
  const path: Buffer[] = []
  let [start, end] = [0, hashes.length]
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      path.push(rootOfRange(hashes, middle, end))
      end = middle
    } else {
      path.push(rootOfRange(hashes, start, middle))
      start = middle
    }
  }
  return path.reverse()
}

/**
 * The root that a tree of `size` leaves must have if the leaf stands at `index` and `path` is its inclusion proof
 * (RFC 9162 §2.1.3.2); the caller compares it with a signed root. Undefined when no such proof has this length.
 */
export function rootFromInclusion(
  leafHash: Buffer,
  index: number,
  size: number,
  path: readonly Buffer[],
): Buffer | undefined {
  if (!(index >= 0 && index < size)) return undefined
  let [position, last, root] = [index, size - 1, leafHash]
  for (const sibling of path) {
    if (last === 0) return undefined
    if (position % 2 === 1 || position === last) {
      root = nodeHash(sibling, root)
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      root = nodeHash(root, sibling)
    }
    ;[position, last] = [half(position), half(last)]
  }
  return last === 0 ? root : undefined
}

/**
 * The proof that the first `oldSize` leaves are a prefix of all `hashes` (RFC 6962 §2.1.2); empty when `oldSize`
 * is 0 or all of them. Throws RangeError when there are fewer than `oldSize` leaves.
 */
export function consistencyPath(hashes: readonly Buffer[], oldSize: number): Buffer[] {
  if (!(oldSize >= 0 && oldSize <= hashes.length))
    throw new RangeError(`${oldSize} of ${hashes.length} leaves`)
  if (oldSize === 0) return []
  const path: Buffer[] = []
  let [start, end] = [0, hashes.length]
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start)
    if (oldSize <= middle) {
      path.push(rootOfRange(hashes, middle, end))
      end = middle
    } else {
      path.push(rootOfRange(hashes, start, middle))
      start = middle
    }
  }
  // The old tree's own last subtree is left out where it is the whole old tree: the checker knows that root.
  if (start > 0) path.push(rootOfRange(hashes, start, end))
  return path.reverse()
}

/**
 * Whether `path` proves that the tree of `newSize` leaves and `newRoot` begins with the tree of `oldSize` leaves and
 * `oldRoot` (RFC 9162 §2.1.4.2). Every tree begins with the empty one.
 */
export function isConsistent(
  older: { size: number; root: Buffer },
  newer: { size: number; root: Buffer },
  path: readonly Buffer[],
): boolean {
  if (older.size > newer.size) return false
  if (older.size === newer.size) return path.length === 0 && older.root.equals(newer.root)
  if (older.size === 0) return path.length === 0 && older.root.equals(emptyRoot())
  const steps = ones(older.size) === 1 ? [older.root, ...path] : [...path]
  const first = steps.shift()
  if (first === undefined) return false
  let [position, last, oldRoot, newRoot] = [older.size - 1, newer.size - 1, first, first]
  while (position % 2 === 1) [position, last] = [half(position), half(last)]
  for (const step of steps) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      oldRoot = nodeHash(step, oldRoot)
      newRoot = nodeHash(step, newRoot)
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      newRoot = nodeHash(newRoot, step)
    }
    ;[position, last] = [half(position), half(last)]
  }
  return last === 0 && oldRoot.equals(older.root) && newRoot.equals(newer.root)
}

function rootOfRange(hashes: readonly Buffer[], start: number, end: number): Buffer {
  const frontier = new Frontier()
  for (let index = start; index < end; index++) frontier.append(hashes[index]!)
  return frontier.root()
}

// Sizes pass 2^32, so no bit operators.
const half = (n: number) => Math.floor(n / 2)

/** The largest power of two below `size` (RFC 6962's k), for size > 1. */
function splitPoint(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

function ones(size: number): number {
  let count = 0
  for (let n = size; n > 0; n = half(n)) count += n % 2
  return count
}
