// Published studies on PostgreSQL. Other nodes are told of each new version on the channel `levee_studies`.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import { notifyAtCommit } from '../storage/postgres-notify.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type PublishedStudy, publishedOtherwise, type StudyStore } from './study-store.ts'

/** Payload: `{"study":"…"}`, sent when a version is published. */
export const studiesChannel = 'levee_studies'

/**
 * A version is in force because it was published last. Nodes have clocks of their own, so its time is never earlier
 * than just after the newest version's.
 */
export function studyStore(db: Queryable) {
  return {
    async publish(tx: Transaction, study: PublishedStudy, now: number): Promise<boolean> {
      const { studyId, version, sha256 } = study
      const client = clientOf(tx)
      const files = JSON.stringify(Object.fromEntries(study.files))
      const added = await client.query(
        `INSERT INTO studies (study_id, version, sha256, files, published_at)
         SELECT $1, $2, $3, $4, GREATEST($5::bigint, 1 + MAX(published_at)) FROM studies WHERE study_id = $1
         ON CONFLICT (study_id, version) DO NOTHING`,
        [studyId, version, sha256, files, now],
      )
      if (added.rowCount === 1) {
        await notifyAtCommit(tx, studiesChannel, [{ study: studyId }])
        return true
      }
      const { rows } = await client.query('SELECT sha256 FROM studies WHERE study_id = $1 AND version = $2', [
        studyId,
        version,
      ])
      if (rows[0]?.sha256 !== sha256) throw publishedOtherwise(study)
      return false
    },
    async inForce(studyId: string): Promise<PublishedStudy | undefined> {
      const { rows } = await db.query(
        `SELECT version, sha256, files FROM studies WHERE study_id = $1
         ORDER BY published_at DESC, version DESC LIMIT 1`,
        [studyId],
      )
      const [row] = rows
      if (row === undefined) return undefined
      const files = new Map(Object.entries(JSON.parse(String(row.files)) as Record<string, string>))
      return { studyId, version: String(row.version), sha256: String(row.sha256), files }
    },
    async ids(): Promise<string[]> {
      const { rows } = await db.query('SELECT DISTINCT study_id FROM studies ORDER BY study_id')
      return rows.map((r) => String(r.study_id))
    },
  } satisfies StudyStore
}
