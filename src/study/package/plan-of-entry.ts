// Which version of a study an entry is judged by: that of its site on the due date of its occasion, so that what was
// due before an amendment keeps the version it was due under, however late its entry arrives. An event is due on the
// date of its completion.
import type { NotPlaced, Placed } from '../place.ts'
import { findForm, type StudyPlan } from '../plan.ts'
import type { StudyVersions } from '../study-versions.ts'

/** The plan, and whether another version holds that does not have this version of the form. */
export type ChosenPlan = { readonly plan: StudyPlan; readonly otherFormVersion: boolean }

/** What tells the version of an entry. `place` places it by a plan that has its form. */
export type EntryOfVersion = {
  readonly siteId: string
  readonly form: string
  readonly formVersion: string
  readonly place: (plan: StudyPlan) => Placed | NotPlaced
}

/**
 * A due date follows from a schedule, and the schedule from the version that holds on the due date: the plan taken is
 * one that agrees with itself, the version taken last first; one whose window holds the entry comes before one that
 * could only take it early or late. Where none does, because the version on the due date lacks this version of the
 * form, the newest published version that has it is taken. Pure.
 */
export function planOfEntry(versions: StudyVersions, entry: EntryOfVersion): ChosenPlan {
  if (versions.isSingle) return { plan: versions.newest, otherFormVersion: false }
  const { siteId, form, formVersion, place } = entry
  const plans = versions.ofSite(siteId)
  const [only] = plans
  if (plans.length === 1 && only !== undefined && findForm(only, form, formVersion) !== undefined)
    return { plan: only, otherFormVersion: false }
  let outside: StudyPlan | undefined
  for (const plan of plans) {
    if (findForm(plan, form, formVersion) === undefined) continue
    const placed = place(plan)
    const due = dueDateOf(placed)
    if (due === undefined || versions.at(siteId, due) !== plan) continue
    if (isSure(placed)) return { plan, otherFormVersion: false }
    outside ??= plan
  }
  if (outside !== undefined) return { plan: outside, otherFormVersion: false }
  const holding = versions.holding(form, formVersion)
  // Nothing has this form: whichever plan says so.
  if (holding === undefined) return { plan: versions.newest, otherFormVersion: false }
  const due = dueDateOf(place(holding))
  if (due === undefined) return { plan: holding, otherFormVersion: false }
  const inForce = versions.at(siteId, due)
  return findForm(inForce, form, formVersion) === undefined
    ? { plan: holding, otherFormVersion: true }
    : { plan: inForce, otherFormVersion: false }
}

/** The device named the occasion, or its window holds the entry, or each entry is an occasion. */
const isSure = (placed: Placed | NotPlaced): boolean =>
  placed.placed &&
  (placed.found.by === 'named' || placed.found.by === 'window' || placed.found.by === 'event')

function dueDateOf(placed: Placed | NotPlaced): string | undefined {
  return placed.placed ? (placed.dueDate ?? placed.localDate) : undefined
}
