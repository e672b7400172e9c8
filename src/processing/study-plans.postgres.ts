// The studies of a node on PostgreSQL with their published versions. Any node may publish, so what stands is asked for
// in each transaction that evaluates, and only what is new here is read; a version is compiled when it is needed.
import { studyStore, versionsStamp } from '../records/study-store.postgres.ts'
import type { Queryable } from '../storage/postgres.ts'
import { type StudyVersions, studyVersions, type VersionSource } from '../study/study-versions.ts'
import { versionSource } from './study-plans.ts'

/** The versions of a study as of one moment; its plans are compiled when they are asked for. */
export type VersionsOf = (studyId: string) => StudyVersions | undefined

/** A function that tells the versions of all studies, as this connection sees them. */
export function publishedVersions(): (db: Queryable) => Promise<VersionsOf> {
  const sources = new Map<string, VersionSource>()
  let known: { readonly stamp: string; readonly of: VersionsOf } | undefined
  return async (db) => {
    const stamp = await versionsStamp(db)
    if (known?.stamp !== stamp) known = { stamp, of: await readVersions(db, sources) }
    return known.of
  }
}

async function readVersions(db: Queryable, sources: Map<string, VersionSource>): Promise<VersionsOf> {
  const studies = studyStore(db)
  const versions = new Map<string, StudyVersions>()
  for (const studyId of await studies.ids()) {
    const published: VersionSource[] = []
    for (const { version, sha256 } of await studies.all(studyId)) {
      const key = `${studyId} ${sha256}`
      const source = sources.get(key) ?? (await sourceOf(studies, studyId, version))
      sources.set(key, source)
      published.push(source)
    }
    versions.set(studyId, studyVersions(studyId, published, await studies.siteVersions(studyId)))
  }
  return (studyId) => versions.get(studyId)
}

/** The texts are kept, because an evaluation cannot wait for the database. */
async function sourceOf(studies: ReturnType<typeof studyStore>, studyId: string, version: string) {
  const { files } = (await studies.version(studyId, version))!
  return versionSource(version, () => ({ files }))
}
