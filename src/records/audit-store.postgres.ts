// Audit rows on PostgreSQL.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { AuditHead, AuditReader, CheckpointRow } from './audit-store.ts'

/** A leaf that is about to be kept. */
export type NewLeaf = { readonly studyId: string; readonly index: number; readonly leaf: string }

export type AuditStore = ReturnType<typeof auditStore>

/** Rows that are read at once. */
const page = 1000

export function auditStore(db: Queryable) {
  return {
    lockHeads,
    addHeads,
    save,
    addCheckpoint,
    /** The heads that are larger than their study's newest checkpoint, in order of their studies. */
    async grown(): Promise<Map<string, AuditHead>> {
      const { rows } = await db.query(
        `SELECT study_id, size, entries, frontier FROM audit_heads
         WHERE size > COALESCE((SELECT MAX(c.size) FROM audit_checkpoints c WHERE c.study_id = audit_heads.study_id), 0)
         ORDER BY study_id`,
      )
      return headsOf(rows)
    },
    ...auditReader(db),
  }
}

/** The reading half. Leaves and checkpoints are read in pages, each as of its own moment unless `db` is in a snapshot. */
export function auditReader(db: Queryable) {
  return {
    async heads(): Promise<Map<string, AuditHead>> {
      const { rows } = await db.query('SELECT study_id, size, entries, frontier FROM audit_heads')
      return headsOf(rows)
    },
    async *leavesFrom(studyId: string, index: number): AsyncGenerator<{ index: number; leaf: string }> {
      for (let from = index; ; ) {
        const { rows } = await db.query<{ index: number; leaf: string }>({
          name: 'audit-leaves',
          text: `SELECT leaf_index AS index, leaf FROM audit_entries WHERE study_id = $1 AND leaf_index >= $2
                 ORDER BY leaf_index LIMIT $3`,
          values: [studyId, from, page],
        })
        yield* rows
        if (rows.length < page) return
        from = rows.at(-1)!.index + 1
      }
    },
    async checkpointAtOrBefore(studyId: string, size: number): Promise<CheckpointRow | undefined> {
      const { rows } = await db.query<CheckpointRow>(
        `SELECT size, frontier, note FROM audit_checkpoints WHERE study_id = $1 AND size <= $2
         ORDER BY size DESC LIMIT 1`,
        [studyId, size],
      )
      return rows[0]
    },
    async *checkpoints(studyId: string): AsyncGenerator<string> {
      for (let after = -1; ; ) {
        const { rows } = await db.query<{ size: number; note: string }>(
          'SELECT size, note FROM audit_checkpoints WHERE study_id = $1 AND size > $2 ORDER BY size LIMIT $3',
          [studyId, after, page],
        )
        for (const { note } of rows) yield note
        if (rows.length < page) return
        after = rows.at(-1)!.size
      }
    },
  } satisfies AuditReader
}

/** The heads of these studies that are there, locked in the order of their ids until the transaction ends. */
async function lockHeads(tx: Transaction, studyIds: readonly string[]): Promise<Map<string, AuditHead>> {
  const { rows } = await clientOf(tx).query({
    name: 'lock-audit-heads',
    text: `SELECT study_id, size, entries, frontier FROM audit_heads WHERE study_id = ANY($1)
           ORDER BY study_id FOR UPDATE`,
    values: [studyIds],
  })
  return headsOf(rows)
}

/** Makes the heads of these studies, unless they are there; waits for whoever is making one. */
async function addHeads(tx: Transaction, studyIds: readonly string[], empty: Buffer): Promise<void> {
  await clientOf(tx).query(
    `INSERT INTO audit_heads (study_id, size, entries, frontier)
     SELECT study_id, 0, 0, $2 FROM unnest($1::text[]) AS study_id ORDER BY study_id ON CONFLICT DO NOTHING`,
    [studyIds, empty],
  )
}

/** Adds leaves and moves the heads, which must be locked, on; one statement. */
async function save(
  tx: Transaction,
  leaves: readonly NewLeaf[],
  heads: ReadonlyMap<string, AuditHead>,
): Promise<void> {
  const moved = [...heads.values()]
  const done = await clientOf(tx).query({
    name: 'save-audit',
    text: `WITH added AS (
        INSERT INTO audit_entries (study_id, leaf_index, leaf) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
      ) UPDATE audit_heads SET size = moved.size, entries = moved.entries, frontier = moved.frontier
      FROM unnest($4::text[], $5::bigint[], $6::bigint[], $7::bytea[]) AS moved (study_id, size, entries, frontier)
      WHERE audit_heads.study_id = moved.study_id`,
    values: [
      leaves.map((l) => l.studyId),
      leaves.map((l) => l.index),
      leaves.map((l) => l.leaf),
      [...heads.keys()],
      moved.map((h) => h.size),
      moved.map((h) => h.entries),
      moved.map((h) => h.frontier),
    ],
  })
  if (done.rowCount !== heads.size) throw new Error('an audit head to be moved on is not there')
}

/** Keeps a checkpoint; false if another node has kept one of this size. */
async function addCheckpoint(tx: Transaction, studyId: string, row: CheckpointRow): Promise<boolean> {
  const done = await clientOf(tx).query(
    'INSERT INTO audit_checkpoints (study_id, size, frontier, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [studyId, row.size, row.frontier, row.note],
  )
  return done.rowCount === 1
}

const headsOf = (rows: readonly Record<string, unknown>[]): Map<string, AuditHead> =>
  new Map(
    rows.map((r) => [
      String(r.study_id),
      { size: Number(r.size), entries: Number(r.entries), frontier: r.frontier as Buffer },
    ]),
  )
