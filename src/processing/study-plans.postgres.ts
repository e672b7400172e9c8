// The compiled studies of a node on PostgreSQL. Any node may publish, so the version in force is asked for in each
// transaction that evaluates, and only a version that is new here is read and compiled.
import { studyStore } from '../records/study-store.postgres.ts'
import type { Queryable } from '../storage/postgres.ts'
import { compileStudy } from '../study/compile-study.ts'
import type { StudyPlan } from '../study/plan.ts'
import { versionsInForce } from './waiting-store.postgres.ts'

/** The plan of a study as of one moment; compiles it at the first call, and throws if it does not compile. */
export type PlanOf = (studyId: string) => StudyPlan | undefined

type Known = { readonly version: string; readonly files: ReadonlyMap<string, string>; plan?: StudyPlan }

/** A function that tells the plans in force, as this connection sees them. */
export function plansInForce(): (db: Queryable) => Promise<PlanOf> {
  const known = new Map<string, Known>()
  return async (db) => {
    const now = new Map<string, Known>()
    for (const [studyId, version] of await versionsInForce(db)) {
      const before = known.get(studyId)
      if (before?.version === version) now.set(studyId, before)
      else {
        const study = (await studyStore(db).inForce(studyId))!
        now.set(studyId, { version: study.version, files: study.files })
      }
    }
    for (const [studyId, study] of now) known.set(studyId, study)
    return (studyId) => {
      const study = now.get(studyId)
      if (study !== undefined) study.plan ??= compileStudy(study.files)
      return study?.plan
    }
  }
}
