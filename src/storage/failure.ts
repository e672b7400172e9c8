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

/** Classifies an error thrown by `node:sqlite` by its primary result code (sqlite.org/rescode.html). */
export function storageFailure(error: unknown): StorageFailure {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? (byPrimaryCode[code & 0xff] ?? 'none') : 'none'
}
