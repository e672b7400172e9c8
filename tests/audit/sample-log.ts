// An invented audit log of any length and its exported bundle, for the tests of export and verification.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAuditBundle } from '../../src/records/audit-export.ts'
import { Frontier, leafHash } from '../../src/system/merkle.ts'
import {
  formatCheckpoint,
  importSigner,
  makeSigningKey,
  type Signer,
  signNote,
} from '../../src/system/signed-note.ts'

export const origin = 'levee.example/MORNING-301'

/** A key under the log's name; each call makes another. */
export const newSigner = (): Signer => importSigner(origin, makeSigningKey())

/** The leaf at `index`: every fifth is a staff action, the others apply the next journal entry. */
export function leafAt(index: number, reason = 'diary received'): Buffer {
  const logIndex = index - Math.floor(index / 5) - 1
  const entry = {
    position: logIndex + 1,
    logIndex,
    sha256: leafHash(Buffer.from(`${index}`)).toString('hex'),
  }
  return Buffer.from(
    JSON.stringify({
      at: `2026-11-22T00:${String(Math.floor(index / 1000) % 60).padStart(2, '0')}:00.000Z`,
      actor: index % 5 === 0 ? 'staff:nurse-1' : `device:${index % 97}`,
      action: index % 5 === 0 ? 'patient.noted' : 'submission.applied',
      study: 'MORNING-301',
      patient: `P-${String(index % 5000).padStart(5, '0')}`,
      ...(index % 5 === 0 ? {} : { record: `response:${index}`, entry }),
      after: leafHash(Buffer.from(`after ${index}`)).toString('base64'),
      reason,
    }),
  )
}

/** Leaves 0 to `count` - 1. */
export function* leaves(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield leafAt(index)
}

/** A signed checkpoint at each of `sizes`, which ascend and may repeat. */
export function* checkpoints(
  signer: Signer,
  sizes: readonly number[],
  source: Iterable<Buffer>,
): Generator<string> {
  const frontier = new Frontier()
  const stream = source[Symbol.iterator]()
  for (const size of sizes) {
    while (frontier.size < size) frontier.append(leafHash(stream.next().value as Buffer))
    const entries = size === 0 ? 0 : size - Math.floor((size - 1) / 5) - 1
    const text = formatCheckpoint({ origin, size, root: frontier.root(), extensions: [`entries ${entries}`] })
    yield signNote(text, [signer])
  }
}

/** The sizes the tests use: small ones, around a full tile, and the end. */
export const sizes = [0, 1, 255, 256, 300, 1024, 1500, 2000, 2600, 3000]

/** Writes a bundle of the sample log. `source` replaces its leaves, for a log with another history. */
export async function writeSample(
  folder: string,
  options: { signer?: Signer; at?: readonly number[]; source?: () => Iterable<Buffer> } = {},
): Promise<Signer> {
  const { signer = newSigner(), at = sizes, source = () => leaves(at.at(-1)!) } = options
  await writeAuditBundle(folder, {
    study: 'MORNING-301',
    origin,
    verifierKey: signer.verifierKey,
    createdAt: '2026-11-23T09:00:00Z',
    leaves: source,
    checkpoints: () => checkpoints(signer, at, source()),
  })
  return signer
}

/** Rewrites one file of a bundle. */
export function edit(folder: string, file: string, change: (content: Buffer) => Buffer | string): void {
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file))))
}

/** Rewrites the entries as an array of lines. */
export function editEntries(folder: string, change: (lines: string[]) => string[]): void {
  edit(folder, 'entries.jsonl', (content) => {
    const lines = content.toString().split('\n').slice(0, -1)
    return change(lines)
      .map((line) => `${line}\n`)
      .join('')
  })
}

/** Rewrites checkpoints.txt as an array of notes, and `checkpoint` as its last. */
export function editCheckpoints(folder: string, change: (notes: string[]) => string[]): void {
  edit(folder, 'checkpoints.txt', (content) => {
    const notes = change(content.toString().split(/(?<=\n\u2014 [^\n]+\n)\n/u))
    writeFileSync(join(folder, 'checkpoint'), notes.at(-1)!)
    return notes.join('\n')
  })
}

/** Keeps the latest checkpoint of a bundle elsewhere, as a site would. */
export function keepCheckpoint(folder: string, file: string): string {
  copyFileSync(join(folder, 'checkpoint'), file)
  return file
}
