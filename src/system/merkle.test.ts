// Known answers of RFC 6962 and the laws of its proofs.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  consistencyPath,
  emptyRoot,
  Frontier,
  inclusionPath,
  isConsistent,
  leafHash,
  nodeHash,
  rootFromInclusion,
  rootOf,
} from './merkle.ts'

// The reference vectors of Certificate Transparency (RFC 6962), used by every implementation of it.
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const hashes = leaves.map((hex) => leafHash(Buffer.from(hex, 'hex')))
const hex = (buffers: Buffer[]) => buffers.map((buffer) => buffer.toString('hex'))

test('P6: roots equal the published vectors of RFC 6962 for 0 to 8 leaves', () => {
  const frontier = new Frontier()
  for (const [size, root] of roots.entries()) {
    assert.equal(rootOf(hashes.slice(0, size)).toString('hex'), root)
    assert.equal(frontier.root().toString('hex'), root)
    if (size < hashes.length) frontier.append(hashes[size]!)
  }
})

test('P6: proofs equal the published vectors of RFC 6962', () => {
  assert.deepEqual(hex(inclusionPath(hashes, 0)), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
  assert.deepEqual(hex(inclusionPath(hashes, 5)), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
  assert.deepEqual(hex(inclusionPath(hashes.slice(0, 3), 2)), [roots[2]])
  assert.deepEqual(hex(consistencyPath(hashes.slice(0, 5), 2)), [
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ])
  assert.deepEqual(hex(consistencyPath(hashes, 6)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
})

const many = Array.from({ length: 300 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)))
const rootAt = Array.from({ length: 301 }, (_, size) => rootOf(many.slice(0, size)))

/** RFC 6962 §2.1 word for word, as the yardstick. */
function definition(part: Buffer[]): Buffer {
  if (part.length < 2) return part[0] ?? emptyRoot()
  const k = 2 ** Math.ceil(Math.log2(part.length) - 1)
  return nodeHash(definition(part.slice(0, k)), definition(part.slice(k)))
}

test('the compact form agrees with the recursive definition for every size up to 300', () => {
  for (const [size, root] of rootAt.entries())
    assert.deepEqual(root, definition(many.slice(0, size)), `${size}`)
})

const treeAndLeaf = fc
  .integer({ min: 1, max: 300 })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }))

test('a leaf is proved at its own place in the tree and at no other', () => {
  for (let size = 1; size <= 300; size++) {
    const tree = many.slice(0, size)
    for (let index = 0; index < size; index += 1 + Math.floor(size / 8)) {
      assert.deepEqual(rootFromInclusion(many[index]!, index, size, inclusionPath(tree, index)), rootAt[size])
    }
  }
  fc.assert(
    fc.property(treeAndLeaf, fc.nat(300), fc.nat(), ({ size, index }, other, bit) => {
      const path = inclusionPath(many.slice(0, size), index)
      if (other !== index)
        assert.notDeepEqual(rootFromInclusion(many[index]!, other, size, path), rootAt[size])
      assert.notDeepEqual(rootFromInclusion(flip(many[index]!, bit), index, size, path), rootAt[size])
      assert.equal(rootFromInclusion(many[index]!, index, size, [...path, many[0]!]), undefined)
      if (path.length > 0) {
        const at = bit % path.length
        const wrong = path.with(at, flip(path[at]!, bit))
        assert.notDeepEqual(rootFromInclusion(many[index]!, index, size, wrong), rootAt[size])
        assert.equal(rootFromInclusion(many[index]!, index, size, path.slice(1)), undefined)
      }
    }),
  )
})

test('every older tree is proved to be a prefix of every newer one, for all sizes up to 300', () => {
  const stride = 7
  for (let newer = 0; newer <= 300; newer++) {
    for (let older = newer % stride; older <= newer; older += stride) {
      const path = consistencyPath(many.slice(0, newer), older)
      assert.ok(isConsistent(at(older), at(newer), path), `${older} in ${newer}`)
    }
  }
})

test('no proof connects a tree with another history', () => {
  fc.assert(
    fc.property(treeAndLeaf, fc.nat(), ({ size, index: older }, bit) => {
      const path = consistencyPath(many.slice(0, size), older)
      assert.ok(isConsistent(at(older), at(size), path))
      assert.ok(!isConsistent({ size: older, root: flip(rootAt[older]!, bit) }, at(size), path))
      assert.ok(!isConsistent(at(older), at(size), [...path, many[0]!]))
      if (older === 0) return
      assert.ok(!isConsistent(at(older), { size, root: flip(rootAt[size]!, bit) }, path))
      assert.ok(!isConsistent(at(size), at(older), path))
      const step = bit % path.length
      assert.ok(!isConsistent(at(older), at(size), path.with(step, flip(path[step]!, bit))))
      assert.ok(!isConsistent(at(older), at(size), path.toSpliced(step, 1)))
    }),
  )
})

test('a frontier that was kept goes on as if it had never stopped', () => {
  fc.assert(
    fc.property(treeAndLeaf, ({ size, index }) => {
      const before = new Frontier()
      for (const leaf of many.slice(0, index)) before.append(leaf)
      const after = Frontier.fromBytes(before.toBytes())
      assert.equal(after.size, index)
      for (const leaf of many.slice(index, size)) after.append(leaf)
      assert.deepEqual(after.root(), rootAt[size])
    }),
  )
})

test('a damaged frontier is refused', () => {
  const frontier = new Frontier()
  for (const leaf of many.slice(0, 11)) frontier.append(leaf)
  const bytes = frontier.toBytes()
  assert.throws(() => Frontier.fromBytes(bytes.subarray(0, -1)), RangeError)
  assert.throws(() => Frontier.fromBytes(Buffer.concat([bytes, many[0]!])), RangeError)
  assert.throws(() => Frontier.fromBytes(Buffer.alloc(3)), RangeError)
  assert.throws(() => Frontier.fromBytes(Buffer.alloc(8, 255)), RangeError)
})

test('a leaf longer than the scratch buffer hashes like any other', () => {
  for (const length of [4094, 4095, 4096, 4097, 70_000]) {
    const data = Buffer.alloc(length, 7)
    assert.deepEqual(leafHash(data), plainLeafHash(data), `${length}`)
  }
})

function plainLeafHash(data: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(data).digest()
}

function at(size: number): { size: number; root: Buffer } {
  return { size, root: rootAt[size]! }
}

function flip(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7)
  return copy
}
