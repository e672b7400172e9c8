// Published studies: their files, exactly as published, never changed afterwards.
import type { Database, Transaction } from '../storage/sqlite.ts'

/** A published version; `files` maps the name within the study's folder to its text. */
export type PublishedStudy = {
  readonly studyId: string
  readonly version: string
  readonly sha256: string
  readonly files: ReadonlyMap<string, string>
}

/** Adds a version; false if exactly this content is already published under it. Throws on other content. */
export function publishStudy(tx: Transaction, study: PublishedStudy, now: number): boolean {
  const known = tx.db
    .prepare('SELECT sha256 FROM studies WHERE study_id = ? AND version = ?')
    .get(study.studyId, study.version)
  if (known !== undefined) {
    if (known.sha256 === study.sha256) return false
    throw new Error(
      `${study.studyId} version ${study.version} is already published with other content; give it a new version`,
    )
  }
  const files = JSON.stringify(Object.fromEntries(study.files))
  tx.db
    .prepare('INSERT INTO studies VALUES (?, ?, ?, ?, ?)')
    .run(study.studyId, study.version, study.sha256, files, now)
  return true
}

/** The version in force: the one published last. */
export function studyInForce(db: Database, studyId: string): PublishedStudy | undefined {
  const row = db
    .prepare(
      'SELECT version, sha256, files FROM studies WHERE study_id = ? ORDER BY published_at DESC, version DESC LIMIT 1',
    )
    .get(studyId)
  if (row === undefined) return undefined
  const files = new Map(Object.entries(JSON.parse(String(row.files)) as Record<string, string>))
  return { studyId, version: String(row.version), sha256: String(row.sha256), files }
}

/** Ids of all studies, in order. */
export const studyIds = (db: Database): string[] =>
  db
    .prepare('SELECT DISTINCT study_id FROM studies ORDER BY study_id')
    .all()
    .map((r) => String(r.study_id))
