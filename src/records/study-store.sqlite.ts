// Published studies on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type PublishedStudy, publishedOtherwise, type StudyStore } from './study-store.ts'

export function studyStore(db: Database) {
  const known = db.prepare('SELECT sha256 FROM studies WHERE study_id = ? AND version = ?')
  const inForce = db.prepare(
    'SELECT version, sha256, files FROM studies WHERE study_id = ? ORDER BY published_at DESC, version DESC LIMIT 1',
  )
  return {
    publish(_tx: Transaction, study: PublishedStudy, now: number): boolean {
      const { studyId, version, sha256 } = study
      const row = known.get(studyId, version)
      if (row?.sha256 === sha256) return false
      if (row !== undefined) throw publishedOtherwise(study)
      const files = JSON.stringify(Object.fromEntries(study.files))
      db.prepare('INSERT INTO studies VALUES (?, ?, ?, ?, ?)').run(studyId, version, sha256, files, now)
      return true
    },
    inForce(studyId: string): PublishedStudy | undefined {
      const row = inForce.get(studyId)
      if (row === undefined) return undefined
      const files = new Map(Object.entries(JSON.parse(String(row.files)) as Record<string, string>))
      return { studyId, version: String(row.version), sha256: String(row.sha256), files }
    },
    ids: (): string[] =>
      db
        .prepare('SELECT DISTINCT study_id FROM studies ORDER BY study_id')
        .all()
        .map((r) => String(r.study_id)),
  } satisfies StudyStore
}
