// Checkpoints of the audit logs on PostgreSQL (P6). Each second one node signs what grew; every processing node keeps
// the newest in its own folder, so that each node by itself notices a database that was rolled back.

import { checkpointsDue } from '../records/audit-log.postgres.ts'
import { auditStore } from '../records/audit-store.postgres.ts'
import {
  auditGate,
  keepCheckpoint,
  keepMissedCheckpoint,
  studiesWithCheckpoints,
} from '../records/checkpoint-files.ts'
import { clientOf, inPostgresTransaction, type Postgres } from '../storage/postgres.ts'
import { reached } from '../system/points.ts'
import type { Signer } from '../system/signed-note.ts'
import { flushedSoFar, inPostgresSnapshot, takeCheckpointTurn } from './lock-store.postgres.ts'

export type Checkpointer = {
  /** Throws, with the reason in words, if a log does not reach or match what this node has kept of it. */
  passGate(): Promise<void>
  /** Signs what grew, unless another node is signing, and keeps what is new here. */
  run(): Promise<void>
}

/** `folder`: where this node keeps its checkpoints. */
export function checkpointer(db: Postgres, signer: Signer, folder: string): Checkpointer {
  const kept = new Map<string, number>()

  const sign = () =>
    inPostgresTransaction(db, async (tx) => {
      if (!(await takeCheckpointTurn(tx))) return
      const store = auditStore(clientOf(tx))
      const due = await checkpointsDue(store, () => signer)
      if (due.length > 0) reached('audit.before-checkpoint')
      for (const { studyId, row } of due) await store.addCheckpoint(tx, studyId, row)
    })

  /**
   * What another node stored may be visible here and not yet on the standby, if its commit was cut off (reliability:
   * §1.1). Kept outside, it would testify against the database after a failover; so a flush comes first.
   */
  const keep = async () => {
    const store = auditStore(db.pool)
    const fresh: { studyId: string; size: number; note: string }[] = []
    for (const [studyId, { size }] of await store.heads()) {
      const newest = await store.checkpointAtOrBefore(studyId, size)
      if (newest !== undefined && newest.size > (kept.get(studyId) ?? 0)) fresh.push({ studyId, ...newest })
    }
    if (fresh.length === 0) return
    await flushedSoFar(db)
    reached('audit.after-checkpoint-row')
    for (const { studyId, size, note } of fresh) {
      keepCheckpoint(folder, studyId, note)
      kept.set(studyId, size)
    }
    reached('audit.after-checkpoint-file')
  }

  return {
    async passGate() {
      await flushedSoFar(db)
      await inPostgresSnapshot(db, async (snapshot) => {
        const store = auditStore(snapshot)
        for (const studyId of studiesWithCheckpoints(folder)) {
          const reason = await auditGate(store, folder, studyId, signer.verifierKey)
          if (reason !== undefined) throw new Error(reason)
        }
        for (const [studyId, { size }] of await store.heads()) {
          await keepMissedCheckpoint(store, folder, studyId, signer.verifierKey)
          kept.set(studyId, (await store.checkpointAtOrBefore(studyId, size))?.size ?? 0)
        }
      })
    },
    async run() {
      await sign()
      await keep()
    },
  }
}
