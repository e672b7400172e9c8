// Sorts what SQLite reports into the few classes that decide what happens next.

/**
 * - `full`: no space; the transaction rolled back cleanly, reads go on, the caller may try again later (507).
 * - `io`: the device failed; nothing about the page cache may be trusted, the process must stop (fsyncgate:
 *   a second fsync may succeed although the first one lost the pages).
 * - `busy`: another connection holds a lock; try again.
 * - `damaged`: the file is not a sound database; the process must stop.
 * - `none`: not a storage error (a constraint, a bug).
 */
export type StorageFailure = 'full' | 'io' | 'busy' | 'damaged' | 'none'

const byPrimaryCode: Record<number, StorageFailure> = {
  5: 'busy',
  6: 'busy',
  8: 'io',
  10: 'io',
  11: 'damaged',
  13: 'full',
  14: 'io',
  26: 'damaged',
}

/** Files beside the databases (attempt marker, checkpoints) fail with the codes of errno(3). */
const bySystemCode: Record<string, StorageFailure> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'io',
  EROFS: 'io',
}

/**
 * Classifies an error thrown by `node:sqlite` by its primary result code (sqlite.org/rescode.html), or one
 * thrown by `node:fs` by its system code.
 */
export function storageFailure(error: unknown): StorageFailure {
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown }
  if (typeof errcode === 'number') return byPrimaryCode[errcode & 0xff] ?? 'none'
  return typeof code === 'string' ? (bySystemCode[code] ?? 'none') : 'none'
}
