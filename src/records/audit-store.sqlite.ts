// Audit rows on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { AuditHead, AuditReader, CheckpointRow } from './audit-store.ts'

export type AuditStore = ReturnType<typeof auditStore>

export function auditStore(db: Database) {
  const add = db.prepare('INSERT INTO audit_entries VALUES (?, ?, ?)')
  const setHead = db.prepare(
    `INSERT INTO audit_heads VALUES (?, ?, ?, ?) ON CONFLICT (study_id)
     DO UPDATE SET size = excluded.size, entries = excluded.entries, frontier = excluded.frontier`,
  )
  const addCheckpoint = db.prepare('INSERT OR IGNORE INTO audit_checkpoints VALUES (?, ?, ?, ?)')
  return {
    add(_tx: Transaction, studyId: string, index: number, leaf: string): void {
      add.run(studyId, index, leaf)
    },
    setHead(_tx: Transaction, studyId: string, head: AuditHead): void {
      setHead.run(studyId, head.size, head.entries, head.frontier)
    },
    addCheckpoint(_tx: Transaction, studyId: string, row: CheckpointRow): void {
      addCheckpoint.run(studyId, row.size, row.frontier, row.note)
    },
    ...auditReader(db),
  }
}

/** The reading half, for any connection. */
export function auditReader(db: Database) {
  const leaves = db.prepare(
    'SELECT leaf_index, leaf FROM audit_entries WHERE study_id = ? AND leaf_index >= ? ORDER BY leaf_index',
  )
  const checkpointAt = db.prepare(
    'SELECT size, frontier, note FROM audit_checkpoints WHERE study_id = ? AND size <= ? ORDER BY size DESC LIMIT 1',
  )
  const checkpoints = db.prepare('SELECT note FROM audit_checkpoints WHERE study_id = ? ORDER BY size')
  return {
    heads(): Map<string, AuditHead> {
      const rows = db.prepare('SELECT study_id, size, entries, frontier FROM audit_heads').all()
      return new Map(
        rows.map((r) => [
          String(r.study_id),
          {
            size: Number(r.size),
            entries: Number(r.entries),
            frontier: Buffer.from(r.frontier as Uint8Array),
          },
        ]),
      )
    },
    /** Leaves from an index on, in order, one at a time. */
    *leavesFrom(studyId: string, index: number): Generator<{ index: number; leaf: string }> {
      for (const r of leaves.iterate(studyId, index))
        yield { index: Number(r.leaf_index), leaf: String(r.leaf) }
    },
    /** The newest checkpoint not larger than the size. */
    checkpointAtOrBefore(studyId: string, size: number): CheckpointRow | undefined {
      const r = checkpointAt.get(studyId, size)
      if (r === undefined) return undefined
      return { size: Number(r.size), frontier: Buffer.from(r.frontier as Uint8Array), note: String(r.note) }
    },
    *checkpoints(studyId: string): Generator<string> {
      for (const r of checkpoints.iterate(studyId)) yield String(r.note)
    },
  } satisfies AuditReader
}
