// Audit rows: append and read; there is no statement that changes or removes one (P6).
import type { Later } from '../storage/later.ts'

/** The log's head: its size, how many journal entries it accounts for, and the right edge of its tree. */
export type AuditHead = { size: number; entries: number; frontier: Buffer }
export type CheckpointRow = { size: number; frontier: Buffer; note: string }

/** What reads a log, for the start gate, the export and the doctor. */
export type AuditReader = {
  heads(): Later<Map<string, AuditHead>>
  /** Leaves from an index on, in order, one at a time. */
  leavesFrom(
    studyId: string,
    index: number,
  ): Iterable<{ index: number; leaf: string }> | AsyncIterable<{ index: number; leaf: string }>
  /** The newest checkpoint not larger than the size. */
  checkpointAtOrBefore(studyId: string, size: number): Later<CheckpointRow | undefined>
  /** Signed notes, oldest first. */
  checkpoints(studyId: string): Iterable<string> | AsyncIterable<string>
}
