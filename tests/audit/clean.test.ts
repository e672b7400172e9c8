// P6: an untouched export passes both verifiers, at every size around the borders of tiles; any flipped bit does not.
// And what a verifier cannot know is told: a log cut off at the end shows only beside a checkpoint kept elsewhere.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { leafHash, rootOf } from '../../src/system/merkle.ts'
import {
  formatCheckpoint,
  importVerifier,
  openNote,
  parseCheckpoint,
  signNote,
} from '../../src/system/signed-note.ts'
import {
  edit,
  editCheckpoints,
  keepCheckpoint,
  leafAt,
  leaves,
  newSigner,
  origin,
  sizes,
  writeSample,
} from './sample-log.ts'
import { hasPython, verify, verifyAgain } from './verifiers.ts'

const base = mkdtempSync(join(tmpdir(), 'levee-audit-'))
after(() => rmSync(base, { recursive: true }))
let count = 0
const newFolder = () => join(base, `bundle-${++count}`)

test('the second verifier in Python runs here', { skip: !hasPython && 'python3 is missing' }, () => {
  assert.ok(hasPython)
})

test('P6: an untouched log passes both verifiers, whatever its size', async () => {
  for (const at of [[0], [1], [0, 255], [256], [1, 257], [300, 511, 512], [65_536], [3, 65_537], sizes]) {
    const folder = newFolder()
    const signer = await writeSample(folder, { at })
    const kept = keepCheckpoint(folder, join(base, 'kept'))
    for (const run of hasPython ? [verify, verifyAgain] : [verify]) {
      const verdict = run(folder, '--key', signer.verifierKey, '--checkpoint', kept)
      assert.equal(verdict.code, 0, `${at}: ${verdict.output}`)
    }
  }
})

test('the bundle holds what the formats say, and the same source gives the same bytes', async () => {
  const [first, second] = [newFolder(), newFolder()]
  const signer = await writeSample(first)
  await writeSample(second, { signer })
  for (const path of files(first))
    assert.deepEqual(readFileSync(join(first, path)), readFileSync(join(second, path)))
  const hashes = Array.from(leaves(3000), leafHash)
  const read = (path: string) => readFileSync(join(first, path))
  assert.deepEqual(read('tile/0/004'), Buffer.concat(hashes.slice(1024, 1280)))
  assert.deepEqual(read('tile/0/011.p/184'), Buffer.concat(hashes.slice(2816)))
  assert.deepEqual(read('tile/1/000.p/11').subarray(64, 96), rootOf(hashes.slice(512, 768)))
  assert.equal(read('entries.jsonl').toString(), Array.from(leaves(3000), (leaf) => `${leaf}\n`).join(''))
  const { text } = openNote(read('checkpoint').toString(), [importVerifier(read('key.vkey').toString())])
  assert.deepEqual(parseCheckpoint(text).root, rootOf(hashes))
  assert.match(read('README.txt').toString(), /node verify-audit\.mjs \./)
})

test('an export ends with the latest checkpoint, entries after it are not attested', async () => {
  const folder = newFolder()
  await writeSample(folder, { at: [10, 700], source: () => leaves(1000) })
  assert.equal(verify(folder).code, 0)
  assert.equal(readFileSync(join(folder, 'entries.jsonl')).toString().split('\n').length, 701)
})

test('P6: an older state alone looks sound, and the verifier says what that does not show', async () => {
  const folder = newFolder()
  await writeSample(folder, { at: [10, 700] })
  const said = spawnSync(process.execPath, [join(folder, 'verify-audit.mjs'), folder], { encoding: 'utf8' })
  assert.equal(said.status, 0)
  assert.match(said.stdout, /COMPLETE AND UNALTERED 完整且未被更改/)
  assert.match(said.stdout, /entries cut off at the end would not show/)
  assert.match(said.stdout, /The key came with the folder/)
})

test('what a sound log must not say is found even when it is signed', async () => {
  const signer = newSigner()
  const malformed = newFolder()
  const broken = (index: number) => (index === 321 ? Buffer.from('no object') : leafAt(index))
  await writeSample(malformed, {
    signer,
    at: [500],
    source: () => Array.from({ length: 500 }, (_, at) => broken(at)),
  })
  assert.deepEqual(pick(verify(malformed)), ['malformed', 321])
  const unaccounted = newFolder()
  await writeSample(unaccounted, { signer, at: [500] })
  editCheckpoints(unaccounted, ([note]) => {
    const { root } = parseCheckpoint(openNote(note!, [importVerifier(signer.verifierKey)]).text)
    return [signNote(formatCheckpoint({ origin, size: 500, root, extensions: ['entries 401'] }), [signer])]
  })
  assert.deepEqual(pick(verify(unaccounted)), ['unaccounted', 500])
})

test('a retried submission may come after later ones', async () => {
  const folder = newFolder()
  const order = [0, 2, 1, 3, 4, 5, 7, 6, 8, 9]
  await writeSample(folder, { at: [10], source: () => order.map((index) => leafAt(index)) })
  const verdict = verify(folder)
  assert.equal(verdict.code, 0, verdict.output)
  assert.match(verdict.output, /"outOfOrder":2/)
})

test('P6: any flipped bit in any file of the proof is found', async () => {
  const clean = newFolder()
  const signer = await writeSample(clean, { at: [7, 256, 300] })
  const proof = files(clean).filter((path) => /^(entries|checkpoint|tile)/.test(path))
  const flips = fc.record({ path: fc.constantFrom(...proof), at: fc.nat(), bit: fc.nat(7) })
  fc.assert(
    fc.property(flips, ({ path, at, bit }) => {
      const folder = newFolder()
      cpSync(clean, folder, { recursive: true })
      edit(folder, path, (content) => {
        content[at % content.length]! ^= 1 << bit
        return content
      })
      assert.equal(verify(folder, '--key', signer.verifierKey).code, 1)
    }),
    { numRuns: 40 },
  )
})

test('what cannot be checked is neither sound nor broken: exit code 2', async () => {
  const folder = newFolder()
  await writeSample(folder, { at: [5] })
  const nothing = join(base, 'nothing')
  writeFileSync(nothing, 'nothing\n')
  assert.equal(verify(folder, '--key', 'not a key').code, 2)
  assert.equal(verify(folder, '--checkpoint', nothing).code, 2)
  assert.equal(verify(folder, '--what').code, 2)
  rmSync(join(folder, 'log.json'))
  assert.equal(verify(folder).code, 2)
})

function pick({ how, index }: { how?: string; index?: number }): unknown[] {
  return [how, index]
}

function files(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return all.filter((path) => statSync(join(folder, path)).isFile())
}
