// Published studies on PostgreSQL. Other nodes are told of each new version on the channel `levee_studies`.
import { clientOf, type Queryable } from '../storage/postgres.ts'
import { notifyAtCommit } from '../storage/postgres-notify.ts'
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

/** Payload: `{"study":"…"}`, sent when a version is published. */
export const studiesChannel = 'levee_studies'

const isoDate = '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'

/**
 * The order of versions is that of their publication. Nodes have clocks of their own, so a version's time is never
 * earlier than just after the newest one's.
 */
export function studyStore(db: Queryable) {
  const found = async (text: string, values: readonly string[]): Promise<PublishedStudy | undefined> => {
    const { rows } = await db.query(text, [...values])
    return rows[0] === undefined ? undefined : publishedOf(rows[0])
  }
  return {
    publish: publishOn,
    newest: (studyId: string) =>
      found(
        `SELECT study_id, version, sha256, files FROM studies WHERE study_id = $1
         ORDER BY published_at DESC, version DESC LIMIT 1`,
        [studyId],
      ),
    version: (studyId: string, version: string) =>
      found('SELECT study_id, version, sha256, files FROM studies WHERE study_id = $1 AND version = $2', [
        studyId,
        version,
      ]),
    async all(studyId: string): Promise<PublishedVersion[]> {
      const { rows } = await db.query(
        `SELECT study_id, version, sha256, published_at FROM studies WHERE study_id = $1
         ORDER BY published_at, version`,
        [studyId],
      )
      return rows.map(publishedVersionOf)
    },
    async adopt(tx: Transaction, taken: NewSiteVersions, now: number): Promise<void> {
      const { studyId, version, sites, fromDate } = taken
      await clientOf(tx).query(
        `INSERT INTO site_versions (study_id, number, site_id, version, from_date, set_at)
         SELECT $1, before.number + site.number, site.id, $3, $4, $5
         FROM (SELECT COALESCE(MAX(number), 0) AS number FROM site_versions WHERE study_id = $1) AS before,
           unnest($2::text[]) WITH ORDINALITY AS site (id, number)`,
        [studyId, [...sites], version, fromDate, now],
      )
    },
    async siteVersions(studyId: string): Promise<SiteVersion[]> {
      const { rows } = await db.query(
        'SELECT site_id, version, from_date, set_at FROM site_versions WHERE study_id = $1 ORDER BY number',
        [studyId],
      )
      return rows.map(siteVersionOf)
    },
    async sitesAppliedFrom(studyId: string, fromDate: string, sinceMs: number): Promise<Set<string>> {
      const { rows } = await db.query(
        `SELECT DISTINCT p.site_id FROM occasions AS o
         JOIN patients AS p ON p.study_id = o.study_id AND p.patient_id = o.patient_id
         WHERE o.study_id = $1 AND o.occasion >= $2 AND o.occasion ~ '${isoDate}'
         UNION SELECT DISTINCT p.site_id FROM responses AS r
         JOIN patients AS p ON p.study_id = r.study_id AND p.patient_id = r.patient_id
         WHERE r.study_id = $1 AND r.occasion !~ '${isoDate}' AND r.recorded_at >= $3 AND r.position > COALESCE(
           (SELECT position FROM responses WHERE recorded_at < $3 ORDER BY position DESC LIMIT 1), 0)`,
        [studyId, fromDate, sinceMs],
      )
      return new Set(rows.map((r) => String(r.site_id)))
    },
    async ids(): Promise<string[]> {
      const { rows } = await db.query('SELECT DISTINCT study_id FROM studies ORDER BY study_id')
      return rows.map((r) => String(r.study_id))
    },
  } satisfies StudyStore
}

async function publishOn(tx: Transaction, study: PublishedStudy, now: number): Promise<boolean> {
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
}

/**
 * What changes with every version and every decision of a site, of all studies; both are only ever added to. It is short,
 * so that each batch can ask for it.
 */
export async function versionsStamp(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ stamp: string }>(
    `SELECT md5(concat(
       (SELECT string_agg(concat_ws(' ', study_id, version, sha256), ',' ORDER BY study_id, version) FROM studies), ';',
       (SELECT string_agg(concat_ws(' ', study_id, number, site_id, version, from_date), ',' ORDER BY study_id, number)
        FROM site_versions))) AS stamp`,
  )
  return rows[0]!.stamp
}
