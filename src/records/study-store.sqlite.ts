// Published studies on SQLite.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import {
  type NewSiteVersions,
  type PublishedStudy,
  type PublishedVersion,
  publishedOf,
  publishedOtherwise,
  publishedVersionOf,
  type SiteVersion,
  type StudyStore,
  siteVersionOf,
} from './study-store.ts'

const isoDate = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'

export function studyStore(db: Database) {
  const known = db.prepare('SELECT sha256 FROM studies WHERE study_id = ? AND version = ?')
  const newest = db.prepare(
    `SELECT study_id, version, sha256, files FROM studies WHERE study_id = ?
     ORDER BY published_at DESC, version DESC LIMIT 1`,
  )
  const one = db.prepare(
    'SELECT study_id, version, sha256, files FROM studies WHERE study_id = ? AND version = ?',
  )
  const found = (row: Record<string, unknown> | undefined): PublishedStudy | undefined =>
    row === undefined ? undefined : publishedOf(row)
  return {
    publish(_tx: Transaction, study: PublishedStudy, now: number): boolean {
      const { studyId, version, sha256 } = study
      const row = known.get(studyId, version)
      if (row?.sha256 === sha256) return false
      if (row !== undefined) throw publishedOtherwise(study)
      const files = JSON.stringify(Object.fromEntries(study.files))
      db.prepare(
        `INSERT INTO studies (study_id, version, sha256, files, published_at)
         SELECT ?1, ?2, ?3, ?4, MAX(?5, COALESCE(1 + MAX(published_at), 0)) FROM studies WHERE study_id = ?1`,
      ).run(studyId, version, sha256, files, now)
      return true
    },
    newest: (studyId: string): PublishedStudy | undefined => found(newest.get(studyId)),
    version: (studyId: string, version: string): PublishedStudy | undefined =>
      found(one.get(studyId, version)),
    all: (studyId: string): PublishedVersion[] =>
      db
        .prepare(
          `SELECT study_id, version, sha256, published_at FROM studies WHERE study_id = ?
           ORDER BY published_at, version`,
        )
        .all(studyId)
        .map(publishedVersionOf),
    adopt(_tx: Transaction, { studyId, version, sites, fromDate }: NewSiteVersions, now: number): void {
      const add = db.prepare(
        `INSERT INTO site_versions (study_id, number, site_id, version, from_date, set_at)
         SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2, ?3, ?4, ?5 FROM site_versions WHERE study_id = ?1`,
      )
      for (const siteId of sites) add.run(studyId, siteId, version, fromDate, now)
    },
    siteVersions: (studyId: string): SiteVersion[] =>
      db
        .prepare(
          'SELECT site_id, version, from_date, set_at FROM site_versions WHERE study_id = ? ORDER BY number',
        )
        .all(studyId)
        .map(siteVersionOf),
    /** What was recorded before the first older response, seen from the end, is not looked at: rows are many. */
    sitesAppliedFrom: (studyId: string, fromDate: string, sinceMs: number): Set<string> =>
      new Set(
        db
          .prepare(
            `SELECT DISTINCT p.site_id FROM occasions AS o
             JOIN patients AS p ON p.study_id = o.study_id AND p.patient_id = o.patient_id
             WHERE o.study_id = ?1 AND o.occasion >= ?2 AND o.occasion GLOB '${isoDate}'
             UNION SELECT DISTINCT p.site_id FROM responses AS r
             JOIN patients AS p ON p.study_id = r.study_id AND p.patient_id = r.patient_id
             WHERE r.study_id = ?1 AND NOT r.occasion GLOB '${isoDate}' AND r.position > COALESCE(
               (SELECT position FROM responses WHERE recorded_at < ?3 ORDER BY position DESC LIMIT 1), 0)`,
          )
          .all(studyId, fromDate, sinceMs)
          .map((r) => String(r.site_id)),
      ),
    ids: (): string[] =>
      db
        .prepare('SELECT DISTINCT study_id FROM studies ORDER BY study_id')
        .all()
        .map((r) => String(r.study_id)),
  } satisfies StudyStore
}
