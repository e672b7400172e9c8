// Entries whose signatures are to be checked, added on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { SignedEntry } from './signature-check-store.ts'

export function signedEntries(db: Database) {
  const add = db.prepare("INSERT INTO device_signatures VALUES (?, ?, ?, ?, 'waiting', NULL, NULL)")
  return {
    /** Throws if the entry is there already. */
    add(_tx: Transaction, { position, studyId, patientId, deviceId }: SignedEntry): void {
      add.run(position, studyId, patientId, deviceId)
    },
  }
}
