// Checkpoints kept outside the database: one text file for each study, only ever appended to. They are what
// notices a database that was rolled back, by hand or by a damaged page, however sound it looks by itself.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { appendDurably } from '../storage/flush.ts'
import { Frontier, leafHash } from '../system/merkle.ts'
import {
  type Checkpoint,
  importVerifier,
  NoteError,
  openNote,
  parseCheckpoint,
} from '../system/signed-note.ts'
import { auditOrigin } from './audit-log.ts'
import type { AuditReader } from './audit-store.ts'

const fileOf = (folder: string, studyId: string) =>
  join(folder, `${encodeURIComponent(studyId)}.checkpoints.txt`)
/** Notes are separated by a line that no note can contain. */
const separator = '\n%%\n'
/** Far more than two notes take; the file grows for as long as the study runs and is never read whole. */
const tailBytes = 64 * 1024

/** Appends a signed checkpoint and flushes it. What a crash or a full disk left of a last one is taken away first. */
export function keepCheckpoint(folder: string, studyId: string, note: string): void {
  const file = fileOf(folder, studyId)
  const { end, size } = lastNoteOf(file)
  if (end < size) truncateSync(file, end)
  appendDurably(file, note + separator)
}

/** The last whole note of a file, where it ends with its separator, and the file's size. */
function lastNoteOf(file: string): { note: string | undefined; end: number; size: number } {
  if (!existsSync(file)) return { note: undefined, end: 0, size: 0 }
  const fd = openSync(file, 'r')
  try {
    const { size } = fstatSync(fd)
    const start = Math.max(0, size - tailBytes)
    const tail = Buffer.alloc(size - start)
    readSync(fd, tail, 0, tail.length, start)
    const last = tail.lastIndexOf(separator)
    if (last < 0) return { note: undefined, end: 0, size }
    const before = tail.subarray(0, last).lastIndexOf(separator)
    const note = tail.toString('utf8', before < 0 ? 0 : before + separator.length, last)
    return { note, end: start + last + separator.length, size }
  } finally {
    closeSync(fd)
  }
}

/** The studies that have kept checkpoints. */
export function studiesWithCheckpoints(folder: string): string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((f) => f.endsWith('.checkpoints.txt'))
  return names.map((f) => decodeURIComponent(f.slice(0, -'.checkpoints.txt'.length)))
}

/** The newest kept checkpoint, as signed note text. A last one that was cut off while writing is passed over. */
export function lastKeptCheckpoint(folder: string, studyId: string): string | undefined {
  return lastNoteOf(fileOf(folder, studyId)).note
}

/**
 * Holds a study's log against its last kept checkpoint. Returns the reason to refuse in words, or undefined:
 * the checkpoint is signed by our key, the log reaches its size, the tree at that size has its root, and the
 * leaves after it lead to the stored head.
 */
export async function auditGate(
  reader: AuditReader,
  folder: string,
  studyId: string,
  verifierKey: string,
): Promise<string | undefined> {
  const note = lastKeptCheckpoint(folder, studyId)
  const head = (await reader.heads()).get(studyId)
  if (note === undefined) return undefined
  const kept = openCheckpoint(note, verifierKey)
  if (kept === undefined) {
    return `the last checkpoint of ${studyId} is not signed by the key in keys/log-key.pem; put back the key that signed it`
  }
  if (kept.origin !== auditOrigin(studyId))
    return `the checkpoint file of ${studyId} belongs to ${kept.origin}`
  const size = head?.size ?? 0
  if (size < kept.size) {
    return `the audit log of ${studyId} ends before its last checkpoint: entries ${size} to ${kept.size - 1} are missing`
  }
  const start = await reader.checkpointAtOrBefore(studyId, kept.size)
  const frontier = start === undefined ? new Frontier() : Frontier.fromBytes(start.frontier)
  let keptRoot = frontier.size === kept.size ? frontier.root() : undefined
  for await (const { index, leaf } of reader.leavesFrom(studyId, frontier.size)) {
    if (index !== frontier.size) return `entry ${frontier.size} of the audit log of ${studyId} is missing`
    frontier.append(leafHash(Buffer.from(leaf)))
    if (frontier.size === kept.size) keptRoot = frontier.root()
  }
  if (keptRoot === undefined || !keptRoot.equals(kept.root)) {
    return `the audit log of ${studyId} differs from its last checkpoint of ${kept.size} entries; run "levee audit verify" to find the entry`
  }
  if (frontier.size !== size) return `entry ${frontier.size} of the audit log of ${studyId} is missing`
  if (!frontier.toBytes().equals(head!.frontier)) {
    return `the audit log of ${studyId} was changed after entry ${kept.size}; run "levee audit verify" to find the entry`
  }
  return undefined
}

/** The checkpoint of a note signed by this key, or undefined. */
function openCheckpoint(note: string, verifierKey: string): Required<Checkpoint> | undefined {
  try {
    return parseCheckpoint(openNote(note, [importVerifier(verifierKey)]).text)
  } catch (error) {
    if (error instanceof NoteError) return undefined
    throw error
  }
}

/** Keeps outside what a death left unkept between a checkpoint's row and its file. Call it after the gate. */
export async function keepMissedCheckpoint(
  reader: AuditReader,
  folder: string,
  studyId: string,
  verifierKey: string,
): Promise<void> {
  const size = (await reader.heads()).get(studyId)?.size ?? 0
  const row = await reader.checkpointAtOrBefore(studyId, size)
  if (row === undefined) return
  const kept = lastKeptCheckpoint(folder, studyId)
  const keptSize = kept === undefined ? 0 : (openCheckpoint(kept, verifierKey)?.size ?? 0)
  if (row.size > keptSize) keepCheckpoint(folder, studyId, row.note)
}
