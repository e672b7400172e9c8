// The studies of this process with their published versions: each version compiled at most once, and only when it is
// needed. A version never changes, so what was compiled stays when another is published or a site takes one.
import type { studyStore } from '../records/study-store.sqlite.ts'
import type { PublishedStudy } from '../records/study-store.ts'
import { compileStudy } from '../study/compile-study.ts'
import type { StudyPlan } from '../study/plan.ts'
import { formKeysOf, type StudyVersions, studyVersions, type VersionSource } from '../study/study-versions.ts'

export type StudyPlans = {
  /** The versions of a study as they stand; undefined if it is not published. */
  of(studyId: string): StudyVersions | undefined
  /** Compiles what sites use now, so that no entry waits for it. Throws if a published version does not compile. */
  warm(studyId: string): void
  /** A version was published or a site took one: they are read again at the next call. */
  forget(): void
}

export function studyPlans(studies: ReturnType<typeof studyStore>): StudyPlans {
  const known = new Map<string, StudyVersions>()
  const sources = new Map<string, VersionSource>()
  const read = (studyId: string): StudyVersions | undefined => {
    const published = studies.all(studyId)
    if (published.length === 0) return undefined
    const versions = studyVersions(
      studyId,
      published.map(({ version, sha256 }) => {
        const key = `${studyId} ${sha256}`
        const source = sources.get(key) ?? versionSource(version, () => studies.version(studyId, version)!)
        sources.set(key, source)
        return source
      }),
      studies.siteVersions(studyId),
    )
    known.set(studyId, versions)
    return versions
  }
  const of = (studyId: string) => known.get(studyId) ?? read(studyId)
  return {
    of,
    warm(studyId) {
      const sites = new Set(studies.siteVersions(studyId).map(({ siteId }) => siteId))
      const versions = of(studyId)
      if (sites.size === 0) versions?.at('', '')
      for (const siteId of sites) versions?.ofSite(siteId)
    },
    forget: () => known.clear(),
  }
}

/** A version whose files are read when they are needed, and dropped when they are compiled. */
export function versionSource(version: string, read: () => Pick<PublishedStudy, 'files'>): VersionSource {
  let plan: StudyPlan | undefined
  let keys: ReadonlySet<string> | undefined
  return {
    version,
    plan: () => (plan ??= compileStudy(read().files)),
    formKeys: () => (keys ??= plan === undefined ? formKeysOf(read().files) : new Set(plan.forms.keys())),
  }
}
