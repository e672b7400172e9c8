// The published studies as readers need them: their versions compiled once for the whole process, by content.

import { compileStudy } from '../study/compile-study.ts'
import type { StudyPlan } from '../study/plan.ts'
import { formKeysOf, type StudyVersions, studyVersions } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'
import type { PublishedStudy, StudyStore } from './study-store.ts'

/** Names a version for a derivation. */
type Identity = (version: string) => { id: string; version: string; sha256: string }

/** Plans are kept by content: a version never changes. */
const plans = new Map<string, StudyPlan>()

/** The plan of a published version. */
export function compiled({ sha256, files }: Pick<PublishedStudy, 'sha256' | 'files'>): StudyPlan {
  let plan = plans.get(sha256)
  if (plan === undefined) {
    plan = compileStudy(files)
    plans.set(sha256, plan)
  }
  return plan
}

/**
 * The versions of the studies as they stand now; files are read once for each version. All throw Problem
 * `record.not-found` for a study or version that is not there.
 */
export function studyBooks(studies: StudyStore) {
  const kept = new Map<string, PublishedStudy>()
  const files = async (studyId: string, version: string): Promise<PublishedStudy> => {
    const key = `${studyId} ${version}`
    const study = kept.get(key) ?? (await studies.version(studyId, version))
    if (study === undefined)
      throw new Problem('record.not-found', { record: `study ${studyId} version ${version}` })
    kept.set(key, study)
    return study
  }
  const of = async (studyId: string): Promise<{ versions: StudyVersions; published: Identity }> => {
    const all = await studies.all(studyId)
    if (all.length === 0) throw new Problem('record.not-found', { record: `study ${studyId}` })
    const read = new Map<string, PublishedStudy>()
    for (const { version } of all) read.set(version, await files(studyId, version))
    const versions = studyVersions(
      studyId,
      all.map(({ version }) => {
        const study = read.get(version) as PublishedStudy
        return { version, plan: () => compiled(study), formKeys: () => formKeysOf(study.files) }
      }),
      await studies.siteVersions(studyId),
    )
    const published: Identity = (version) => ({
      id: studyId,
      version,
      sha256: read.get(version)?.sha256 ?? '',
    })
    return { versions, published }
  }
  return { of, files }
}

export type StudyBooks = ReturnType<typeof studyBooks>
