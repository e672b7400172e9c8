// P6: nothing changes unnoticed. Every way to alter an exported audit log is found by both verifiers, with the index
// where it breaks, and an untouched log passes.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { formatCheckpoint, type Signer, signNote } from '../../src/system/signed-note.ts'
import {
  edit,
  editCheckpoints,
  editEntries,
  keepCheckpoint,
  leafAt,
  origin,
  sizes,
  writeSample,
} from './sample-log.ts'
import { hasPython, verify, verifyAgain } from './verifiers.ts'

const base = mkdtempSync(join(tmpdir(), 'levee-audit-'))
const clean = join(base, 'clean')
const kept = join(base, 'kept-checkpoint')
let signer: Signer
let count = 0

before(async () => {
  signer = await writeSample(clean)
  keepCheckpoint(clean, kept)
})
after(() => rmSync(base, { recursive: true }))

const flip = (at: number) => (content: Buffer) => {
  content[at]! ^= 1
  return content
}
/** Another history: one entry was never what it is in the real log. */
function* history(size: number, changed: number): Generator<Buffer> {
  for (let index = 0; index < size; index++)
    yield leafAt(index, index === changed ? 'something else' : undefined)
}

type Case = {
  name: string
  /** Makes the altered bundle. */
  make: (folder: string) => unknown
  options?: () => string[]
  how: string
  index: number
}

/** A copy of the clean bundle with one file altered. */
const altered = (change: (folder: string) => void) => (folder: string) => {
  cpSync(clean, folder, { recursive: true })
  change(folder)
}
const entries = (change: (lines: string[]) => string[]) => altered((folder) => editEntries(folder, change))
const notes = (change: (all: string[]) => string[]) => altered((folder) => editCheckpoints(folder, change))
const file = (path: string, change: (content: Buffer) => Buffer | string) =>
  altered((folder) => edit(folder, path, change))

const ofEntries: Case[] = [
  {
    name: 'a bit of an entry is flipped',
    make: entries((lines) => lines.with(1234, lines[1234]!.replace('diary', 'eiary'))),
    how: 'changed',
    index: 1234,
  },
  {
    name: 'three entries get a space more',
    make: entries((lines) => lines.map((line, at) => ([40, 41, 2999].includes(at) ? `${line} ` : line))),
    how: 'changed',
    index: 40,
  },
  {
    name: 'an entry is dropped',
    make: entries((lines) => lines.toSpliced(700, 1)),
    how: 'missing',
    index: 700,
  },
  {
    name: 'fifty are dropped',
    make: entries((lines) => lines.toSpliced(256, 50)),
    how: 'missing',
    index: 256,
  },
  {
    name: 'neighbours are swapped',
    make: entries((lines) => swap(lines, 700, 701)),
    how: 'swapped',
    index: 700,
  },
  {
    name: 'distant ones are swapped',
    make: entries((lines) => swap(lines, 0, 2100)),
    how: 'swapped',
    index: 0,
  },
  {
    name: 'an entry is moved forward',
    make: entries((lines) => lines.toSpliced(900, 1).toSpliced(700, 0, lines[900]!)),
    how: 'swapped',
    index: 700,
  },
  {
    name: 'an entry is inserted',
    make: entries((lines) => lines.toSpliced(700, 0, '{"at":"now"}')),
    how: 'inserted',
    index: 700,
  },
  {
    name: 'an entry is doubled',
    make: entries((lines) => lines.toSpliced(701, 0, lines[700]!)),
    how: 'inserted',
    index: 701,
  },
  {
    name: 'an entry is added at the end',
    make: entries((lines) => [...lines, lines[5]!]),
    how: 'inserted',
    index: 3000,
  },
  { name: 'the end is cut off', make: entries((lines) => lines.slice(0, 2500)), how: 'missing', index: 2500 },
  {
    name: 'the file is cut within an entry',
    make: file('entries.jsonl', (content) => content.subarray(0, content.lastIndexOf('"reason"'))),
    how: 'missing',
    index: 2999,
  },
]

const ofTiles: Case[] = [
  {
    name: 'a bit of a leaf tile is flipped',
    make: file('tile/0/004', flip(210 * 32 + 7)),
    how: 'tile',
    index: 1234,
  },
  {
    name: 'a bit of an upper tile is flipped',
    make: file('tile/1/000.p/11', flip(96)),
    how: 'tile',
    index: 768,
  },
  {
    name: 'a tile is missing',
    make: altered((folder) => unlinkSync(join(folder, 'tile/0/004'))),
    how: 'tile',
    index: 1024,
  },
  {
    name: 'a tile is cut',
    make: file('tile/0/004', (tile) => tile.subarray(0, 8000)),
    how: 'tile',
    index: 1024,
  },
  {
    name: 'a tile is flipped and later an entry',
    make: altered((folder) => {
      edit(folder, 'tile/0/000', flip(320))
      editEntries(folder, (lines) => lines.toSpliced(2000, 1))
    }),
    how: 'tile',
    index: 10,
  },
]

const ofCheckpoints: Case[] = [
  {
    name: 'a root is altered',
    make: notes((all) => all.with(6, changeLine(all[6]!, 2))),
    how: 'signature',
    index: 1500,
  },
  {
    name: 'a signature is altered',
    make: notes((all) => all.with(6, changeLine(all[6]!, -2, 80))),
    how: 'signature',
    index: 1500,
  },
  {
    name: 'the latest signature is altered',
    make: notes((all) => all.with(-1, changeLine(all.at(-1)!, -2, 80))),
    how: 'signature',
    index: 3000,
  },
  {
    name: 'a signature is taken away',
    make: notes((all) => all.with(2, all[2]!.replace(/\u2014.*\n/, ''))),
    how: 'signature',
    index: 255,
  },
  { name: 'checkpoints are reordered', make: notes((all) => swap(all, 5, 6)), how: 'reordered', index: 1024 },
  {
    name: 'the operator signs two histories of one size',
    make: notes((all) => {
      const root = Buffer.alloc(32, 1)
      const other = formatCheckpoint({ origin, size: 1500, root, extensions: ['entries 1200'] })
      return all.toSpliced(7, 0, signNote(other, [signer]))
    }),
    how: 'forked',
    index: 1500,
  },
  {
    name: 'the latest checkpoint is left out of the list of all',
    make: file('checkpoints.txt', (content) => content.subarray(0, content.lastIndexOf(`\n${origin}\n`))),
    how: 'checkpoint',
    index: 3000,
  },
  {
    name: 'the size in log.json is changed',
    make: file('log.json', (content) => content.toString().replace('3000', '2999')),
    how: 'checkpoint',
    index: 3000,
  },
]

const ofHistories: Case[] = [
  {
    name: 'entries and tiles are rewritten alike',
    make: async (folder) => {
      await writeSample(folder, { signer, source: () => history(3000, 1234) })
      for (const name of ['checkpoint', 'checkpoints.txt']) cpSync(join(clean, name), join(folder, name))
    },
    how: 'rewritten',
    index: 1024,
  },
  {
    name: 'the log is rolled back to an older state',
    make: (folder) => writeSample(folder, { signer, at: sizes.slice(0, -2) }),
    options: () => ['--checkpoint', kept],
    how: 'rolled-back',
    index: 2000,
  },
  {
    name: 'the log is rewritten and signed again with its own key',
    make: (folder) => writeSample(folder, { signer, source: () => history(3000, 1234) }),
    options: () => ['--checkpoint', kept],
    how: 'forked',
    index: 0,
  },
  {
    name: 'the same, and an older checkpoint was kept too',
    make: (folder) => writeSample(folder, { signer, source: () => history(3000, 1234) }),
    options: () => ['--checkpoint', join(clean, 'checkpoints.txt')],
    how: 'forked',
    index: 1024,
  },
  {
    name: 'the log is rewritten and signed with another key',
    make: (folder) => writeSample(folder, { source: () => history(3000, 1234) }),
    options: () => ['--key', signer.verifierKey],
    how: 'signature',
    index: 0,
  },
  {
    name: 'the whole folder is exchanged, with another key in it',
    make: (folder) => writeSample(folder),
    options: () => ['--checkpoint', kept],
    how: 'forked',
    index: 3000,
  },
]

// The second verifier has its own words for some breaks; the index is the same.
for (const { name, make, options = () => [], how, index } of [
  ...ofEntries,
  ...ofTiles,
  ...ofCheckpoints,
  ...ofHistories,
]) {
  test(`P6: found when ${name}`, async (t) => {
    const folder = join(base, `bundle-${++count}`)
    await make(folder)
    const first = verify(folder, ...options())
    assert.deepEqual([first.code, first.how, first.index], [1, how, index], first.output)
    if (!hasPython) return t.diagnostic('python3 is missing: the second verifier was not run')
    const second = verifyAgain(folder, ...options())
    assert.deepEqual([second.code, second.index], [1, index], second.output)
  })
}

/** Changes one character of one line of a note, keeping it valid base64. */
function changeLine(note: string, line: number, at = 10): string {
  const lines = note.split('\n')
  const old = lines.at(line)!
  return lines.with(line, `${old.slice(0, at)}${old[at] === 'A' ? 'B' : 'A'}${old.slice(at + 1)}`).join('\n')
}

function swap<T>(items: T[], a: number, b: number): T[] {
  return items.with(a, items[b]!).with(b, items[a]!)
}
