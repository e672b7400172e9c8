// Forms that only some arms are given (`restricted.forms`): possible in open-label studies alone, because whoever sees
// which forms a patient has knows the arm. The linter refuses them everywhere else.
import type { StudyPlan } from '../plan.ts'

/** Whether patients of the arm are given the form; so is every arm that is not named, and one that is not known. */
export function isGiven(plan: StudyPlan, form: string, arm: string | undefined): boolean {
  const arms = plan.restricted.forms.get(form)
  return arms === undefined || arm === undefined || arms.has(arm)
}
