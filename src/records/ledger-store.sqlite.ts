// The ledger on SQLite, and how far the journal has been taken.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { LedgerRow, LedgerStore } from './ledger-store.ts'

export type Progress = { journalPosition: number; secondBodyId: number }

export type SqliteLedgerStore = ReturnType<typeof ledgerStore>

export function ledgerStore(db: Database) {
  const move = db.prepare(
    `INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (study_id) DO UPDATE SET
     taken = taken + excluded.taken, applied = applied + excluded.applied, quarantined = quarantined + excluded.quarantined,
     retrying = retrying + excluded.retrying, dead = dead + excluded.dead`,
  )
  const setProgress = db.prepare('UPDATE progress SET journal_position = ?, second_body_id = ? WHERE id = 1')
  return {
    /** Adds the changes (which may be negative) to a study's row. */
    move(_tx: Transaction, studyId: string, by: LedgerRow): void {
      move.run(studyId, by.taken, by.applied, by.quarantined, by.retrying, by.dead)
    },
    setProgress(_tx: Transaction, progress: Progress): void {
      setProgress.run(progress.journalPosition, progress.secondBodyId)
    },
    progress: () => readProgress(db),
    rows: () => ledgerRows(db),
  } satisfies LedgerStore & Record<string, unknown>
}

/** How far the journal has been taken. */
export function readProgress(db: Database): Progress {
  const row = db.prepare('SELECT journal_position, second_body_id FROM progress').get()
  return {
    journalPosition: Number(row?.journal_position ?? 0),
    secondBodyId: Number(row?.second_body_id ?? 0),
  }
}

/** All ledger rows by study. */
export function ledgerRows(db: Database): Map<string, LedgerRow> {
  const rows = db.prepare('SELECT study_id, taken, applied, quarantined, retrying, dead FROM ledger').all()
  return new Map(
    rows.map((r) => [
      String(r.study_id),
      {
        taken: Number(r.taken),
        applied: Number(r.applied),
        quarantined: Number(r.quarantined),
        retrying: Number(r.retrying),
        dead: Number(r.dead),
      },
    ]),
  )
}
