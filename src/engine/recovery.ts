// What a start must know from the life before it.
import { existsSync, writeFileSync } from 'node:fs'
import { readProgress } from '../records/ledger-store.sqlite.ts'
import type { DataFolder } from '../storage/folder.ts'
import { hasTable, openReader } from '../storage/sqlite.ts'

/** The last journal position that trial.db has processed; 0 for a new folder. The journal must reach it. */
export function processedPosition(folder: DataFolder): number {
  if (!existsSync(folder.trial)) return 0
  const db = openReader(folder.trial)
  try {
    return hasTable(db, 'progress') ? readProgress(db).journalPosition : 0
  } finally {
    db.close()
  }
}

/** Leaves word for the next start that a flush failed, so that it rewrites the journal and trusts no cache. */
export function noteIoError(folder: DataFolder): void {
  try {
    writeFileSync(folder.ioError, new Date().toISOString(), { flush: true })
  } catch {
    // A disk that takes no marker will not pass the next start's probe flush either.
  }
}
