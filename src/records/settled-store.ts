// How far an entry is settled: applied or held, and covered by a checkpoint of the audit log (reliability: D14). Then a
// device may let its own copy go.
import type { Statements } from '../storage/statements.ts'

export type SettledStore = ReturnType<typeof settledStore>

export function settledStore(on: Statements) {
  return {
    /** The leaf that tells of an applied entry, or undefined where it is not applied. */
    async leafOf(position: number): Promise<number | undefined> {
      const [row] = await on.rows('SELECT leaf_index FROM responses WHERE position = ?', [position])
      return row === undefined ? undefined : Number(row.leaf_index)
    },
    /** Leaves of a study's log, and those that its newest checkpoint covers. */
    async logOf(studyId: string): Promise<{ size: number; covered: number }> {
      const [row] = await on.rows(
        `SELECT size, COALESCE((SELECT MAX(c.size) FROM audit_checkpoints c WHERE c.study_id = h.study_id), 0) AS covered
         FROM audit_heads h WHERE study_id = ?`,
        [studyId],
      )
      return { size: Number(row?.size ?? 0), covered: Number(row?.covered ?? 0) }
    },
  }
}
