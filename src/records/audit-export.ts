// The audit log of one study as a folder that anybody can check without Levee (P6): entries, Merkle tiles
// (c2sp.org/tlog-tiles), signed checkpoints, the public key and a verifier in one file. Streams: memory is one tile
// for each level. The same source gives the same bytes.
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as giveWay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hashBytes, leafHash, rootOf, split } from '../system/merkle.ts'
import { Problem } from '../system/problem.ts'
import { parseCheckpoint } from '../system/signed-note.ts'
import { auditReadme } from './audit-readme.ts'

/** Hashes in a full tile (c2sp.org/tlog-tiles). */
export const tileWidth = 256

/** One study's log. `leaves` come in index order without newlines, `checkpoints` are signed notes, oldest first. */
export type AuditSource = {
  study: string
  origin: string
  verifierKey: string
  /** RFC 3339 time of this export, UTC. */
  createdAt: string
  leaves(): Iterable<Buffer> | AsyncIterable<Buffer>
  checkpoints(): Iterable<string> | AsyncIterable<string>
  progress?(done: number, total: number): void
}

/**
 * Writes the bundle into `folder` (made if missing) and tells how many entries it holds. It ends with the latest
 * checkpoint: entries after it are not attested yet. It judges nothing; a log with a fault is exported with it, and
 * the verifier in the bundle names it. Throws Problem `state.not-allowed` when the folder holds files or the log
 * has no checkpoint, NoteError when the latest is none, and what the file system throws.
 */
export async function writeAuditBundle(
  folder: string,
  source: AuditSource,
): Promise<{ entries: number; size: number }> {
  mkdirSync(folder, { recursive: true })
  if (readdirSync(folder).length > 0) refuse('the folder is not empty')
  const latest = await writeCheckpoints(folder, source.checkpoints())
  const { study, origin, createdAt: created } = source
  const log = { format: 'levee-audit-bundle/1', study, origin, size: latest.size, created }
  writeFileSync(join(folder, 'log.json'), `${JSON.stringify(log, null, 2)}\n`)
  writeFileSync(join(folder, 'key.vkey'), `${source.verifierKey}\n`)
  writeFileSync(join(folder, 'checkpoint'), latest.note)
  writeFileSync(join(folder, 'README.txt'), auditReadme(study, origin))
  copyFileSync(
    fileURLToPath(new URL('../../tools/verify-audit.mjs', import.meta.url)),
    join(folder, 'verify-audit.mjs'),
  )
  return { entries: await writeEntries(folder, latest.size, source), size: latest.size }
}

/** The path of a tile: index in groups of three digits, all but the last after an x, `.p/<width>` if not full. */
export function tilePath(level: number, index: number, width = tileWidth): string {
  const digits = String(index)
  const name = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').replace(/\d{3}(?=\d)/g, 'x$&/')
  return `tile/${level}/${name}${width < tileWidth ? `.p/${width}` : ''}`
}

async function writeCheckpoints(
  folder: string,
  notes: Iterable<string> | AsyncIterable<string>,
): Promise<{ note: string; size: number }> {
  using file = appendTo(join(folder, 'checkpoints.txt'))
  let note: string | undefined
  for await (const next of notes) {
    file.write(Buffer.from(note === undefined ? next : `\n${next}`))
    note = next
  }
  if (note === undefined) refuse('the log has no checkpoint yet')
  return { note, size: parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1)).size }
}

async function writeEntries(folder: string, size: number, source: AuditSource): Promise<number> {
  using file = appendTo(join(folder, 'entries.jsonl'))
  const tiles = tileWriter(folder)
  const newline = Buffer.from('\n')
  let done = 0
  if (size > 0) {
    for await (const leaf of source.leaves()) {
      if (leaf.includes(10)) throw new Error(`audit leaf ${done} holds a newline`)
      file.write(leaf)
      file.write(newline)
      tiles.append(leafHash(leaf))
      done += 1
      if (done === size) break
      if (done % (4 * tileWidth) === 0) {
        source.progress?.(done, size)
        // An export is never in a hurry; the server it runs in is.
        await giveWay()
      }
    }
  }
  tiles.finish()
  source.progress?.(done, size)
  return done
}

type Level = { tile: Buffer; width: number; written: number }

/** Collects the hashes of each level; a full tile is written and its root goes into the level above. */
function tileWriter(folder: string): { append(hash: Buffer): void; finish(): void } {
  const levels: Level[] = []
  const write = (level: number, { tile, width, written }: Level) => {
    const path = join(folder, tilePath(level, written, width))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, tile.subarray(0, width * hashBytes))
  }
  const append = (number: number, hash: Buffer): void => {
    levels[number] ??= { tile: Buffer.alloc(tileWidth * hashBytes), width: 0, written: 0 }
    const level = levels[number]
    level.tile.set(hash, level.width * hashBytes)
    level.width += 1
    if (level.width < tileWidth) return
    write(number, level)
    level.width = 0
    level.written += 1
    append(number + 1, rootOf(split(level.tile)))
  }
  return {
    append: (hash) => append(0, hash),
    finish: () => {
      for (const [number, level] of levels.entries()) if (level.width > 0) write(number, level)
    },
  }
}

/** A file written from one buffer of 1 MiB; what is left is written when it is disposed of. */
function appendTo(path: string): { write(bytes: Buffer): void } & Disposable {
  const descriptor = openSync(path, 'wx')
  const buffer = Buffer.alloc(1 << 20)
  let used = 0
  const put = (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  }
  const flush = () => {
    put(buffer.subarray(0, used))
    used = 0
  }
  return {
    write: (bytes) => {
      if (used + bytes.length > buffer.length) flush()
      if (bytes.length > buffer.length) return put(bytes)
      used += bytes.copy(buffer, used)
    },
    [Symbol.dispose]: () => {
      try {
        flush()
      } finally {
        closeSync(descriptor)
      }
    },
  }
}

function refuse(state: string): never {
  throw new Problem('state.not-allowed', { state, action: 'export the audit log' })
}
