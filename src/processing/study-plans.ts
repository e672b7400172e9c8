// The compiled studies of this process: each compiled exactly once, whoever asks first.
import type { studyStore } from '../records/study-store.sqlite.ts'
import type { PublishedStudy } from '../records/study-store.ts'
import { compileStudy } from '../study/compile-study.ts'
import type { StudyPlan } from '../study/plan.ts'
import { oncePerKey } from '../system/once.ts'

export type StudyPlans = {
  /** Compiles the version in force at the first call; undefined if the study is not published. */
  load(studyId: string): Promise<StudyPlan | undefined>
  /** The plan if it was loaded before. */
  loaded(studyId: string): StudyPlan | undefined
  /** The plan without waiting: compiled here if nobody has yet, for an action that follows its publication. */
  now(studyId: string): StudyPlan | undefined
  /** A new version was published: the next load compiles again. */
  forget(): void
}

export function studyPlans(studies: ReturnType<typeof studyStore>): StudyPlans {
  const plans = new Map<string, StudyPlan>()
  const compile = (studyId: string): StudyPlan | undefined => {
    const study: PublishedStudy | undefined = studies.inForce(studyId)
    if (study === undefined) return undefined
    const plan = compileStudy(study.files)
    plans.set(studyId, plan)
    return plan
  }
  const now = (studyId: string) => plans.get(studyId) ?? compile(studyId)
  let load = oncePerKey(now)
  return {
    now,
    load: (studyId) => load(studyId),
    loaded: (studyId) => plans.get(studyId),
    forget() {
      plans.clear()
      load = oncePerKey(now)
    },
  }
}
