// Flushes outside SQLite: a file's bytes, a folder's names, and files that must never be half written.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Flushes a file's content to the disk. */
export function flushFile(file: string): void {
  const fd = openSync(file, 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Flushes the folder that names the file, so that a new or renamed file survives a power cut. */
export function flushFolderOf(file: string): void {
  const fd = openSync(dirname(file), 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Writes a whole file durably: a reader finds the old content or the new, never a part. */
export function writeFileDurably(file: string, content: string | Uint8Array, mode = 0o600): void {
  const part = `${file}.part`
  writeFileSync(part, content, { mode })
  flushFile(part)
  renameSync(part, file)
  flushFolderOf(file)
}

/** Appends to a file and flushes it before returning. */
export function appendDurably(file: string, content: string, mode = 0o600): void {
  const fd = openSync(file, 'a', mode)
  try {
    writeSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Throws unless a small file can be written, flushed and removed here; returns the flush's milliseconds. */
export function probeFlush(folder: string): number {
  const file = join(folder, 'probe')
  writeFileSync(file, 'probe')
  const began = performance.now()
  flushFile(file)
  const took = performance.now() - began
  rmSync(file)
  return took
}
