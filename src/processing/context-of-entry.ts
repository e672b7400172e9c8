// What the steps get for one entry: the version of the study it is judged by, with everything else they look at.
import { planOfEntry } from '../study/package/plan-of-entry.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { type Context, placeEntry } from './steps.ts'

/** The context of an entry of which everything but the version is known. Where a study has one, nothing is chosen. */
export function contextOf(
  versions: StudyVersions,
  known: Omit<Context, 'plan' | 'otherFormVersion'>,
): Context {
  if (versions.isSingle) return { plan: versions.newest, ...known }
  const { patient, submission } = known
  const { plan, otherFormVersion } = planOfEntry(versions, {
    siteId: patient.siteId,
    form: submission.form,
    formVersion: submission.formVersion,
    place: (plan) => placeEntry({ plan, ...known }),
  })
  return otherFormVersion ? { plan, ...known, otherFormVersion } : { plan, ...known }
}
