// Opens SQLite databases with the settings our promises rest on, and reads every one of them back (P1).
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Transaction } from './transaction.ts'

export type { SQLInputValue, StatementSync }
export type Database = DatabaseSync

/** SQLite 3.7.0 to 3.51.2 can lose commits when the WAL is reset (the WAL-reset bug); older is refused. */
const oldestSound = [3, 51, 3] as const

/** The version of the SQLite library in this Node, and whether it is past the WAL-reset bug. */
export function sqliteVersion(): { version: string; sound: boolean } {
  const probe = new DatabaseSync(':memory:')
  const version = String(probe.prepare('SELECT sqlite_version() AS v').get()?.v)
  probe.close()
  const parts = version.split('.').map(Number)
  for (const [i, least] of oldestSound.entries()) {
    const part = parts[i] ?? 0
    if (part !== least) return { version, sound: part > least }
  }
  return { version, sound: true }
}

/**
 * Opens the one writing connection of a database file: WAL, synchronous=FULL, no automatic checkpoints
 * (the owner calls {@link checkpoint}), no untrusted schema. `cacheMiB` bounds the page cache; `pageSize` in bytes
 * counts when the file is made.
 * Throws if a setting does not read back, because a silent NORMAL loses acknowledged rows on power loss.
 */
export function openWriter(file: string, cacheMiB = 16, pageSize = 4096): Database {
  const { version, sound } = sqliteVersion()
  if (!sound)
    throw new Error(`SQLite ${version} can lose commits; ${oldestSound.join('.')} or later is needed`)
  const db = new DatabaseSync(file, { timeout: 5000 })
  db.exec(`PRAGMA page_size=${pageSize}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;
    PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cache_size=${-1024 * cacheMiB}; PRAGMA temp_store=MEMORY;`)
  const wanted = { journal_mode: 'wal', synchronous: 2, wal_autocheckpoint: 0 }
  for (const [name, value] of Object.entries(wanted)) {
    const read = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    if (read !== value) throw new Error(`${file}: PRAGMA ${name} reads ${String(read)}, ${value} is needed`)
  }
  return db
}

/** Opens a read-only connection. Keep its read transactions short: an open one keeps the WAL from shrinking. */
export function openReader(file: string, cacheMiB = 2): Database {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  db.exec(`PRAGMA cache_size=${-1024 * cacheMiB}; PRAGMA query_only=ON; PRAGMA trusted_schema=OFF;`)
  return db
}

const inside = {} as Transaction

/**
 * Runs `work` in BEGIN IMMEDIATE … COMMIT and returns its result after the flush; rolls back and rethrows
 * if `work` or the commit throws. `work` must be synchronous.
 */
export function inTransaction<T>(db: Database, work: (tx: Transaction) => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work(inside)
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/**
 * The same for work that awaits stores which answer at once: it takes turns of the microtask queue alone, so no
 * message and no timer of the thread comes between BEGIN and COMMIT. Waiting for anything else inside it is a bug.
 */
export async function inTransactionAsync<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = await work(inside)
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** One consistent snapshot for several reads. */
export function inSnapshot<T>(db: Database, read: () => T): T {
  db.exec('BEGIN')
  try {
    return read()
  } finally {
    db.exec('COMMIT')
  }
}

/** The same for reads that await; nothing else may use the connection meanwhile. */
export async function inSnapshotAsync<T>(db: Database, read: () => Promise<T>): Promise<T> {
  db.exec('BEGIN')
  try {
    return await read()
  } finally {
    db.exec('COMMIT')
  }
}

/** Moves committed pages from the WAL into the database; returns how many WAL pages there were. */
export function checkpoint(db: Database, mode: 'PASSIVE' | 'TRUNCATE' = 'PASSIVE'): number {
  const row = db.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as { log: number } | undefined
  return row?.log ?? 0
}

/** Writes every row of a database into a new file, which has no WAL yet; the caller flushes it. */
export function copyInto(db: Database, file: string): void {
  db.prepare('VACUUM INTO ?').run(file)
}

/** Whether a table has been made. */
export function hasTable(db: Database, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined
}
