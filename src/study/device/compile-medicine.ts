// Which items of a form report a prescribed dose together, so that a phone asks for it on one screen (U21).
import type { DosePlan } from '../dose-plan.ts'
import { eachItem, type FormItem } from '../form/definition.ts'
import type { Condition, FormPlan, ItemPlan, StudyPlan } from '../plan.ts'

type Asked = { readonly item: FormItem; readonly plan: ItemPlan }

/** A dose as a form asks for it. */
export type Medicine = {
  readonly dose: DosePlan
  readonly time: Asked | undefined
  readonly reason: Asked | undefined
}

/**
 * The medicines of a form by the item that says whether it was taken. The time, and the first choice that is asked
 * where it was not taken, join that screen if nothing that is asked in between decides about them. Forms that one pass
 * cannot judge keep an item a screen.
 */
export function medicinesOf(
  { doses }: Pick<StudyPlan, 'doses'>,
  form: FormPlan,
): { readonly medicines: ReadonlyMap<string, Medicine>; readonly companions: ReadonlySet<string> } {
  const medicines = new Map<string, Medicine>()
  const companions = new Set<string>()
  if (!form.onePass) return { medicines, companions }
  const visible = new Map<string, FormItem>()
  eachItem(form.definition.items, (item, parents) => {
    if (![item, ...parents].some(({ hidden, readOnly, calculated }) => hidden || readOnly || calculated))
      visible.set(item.linkId, item)
  })
  const asked = (linkId: string | undefined | null): Asked | undefined => {
    const plan = form.itemById.get(linkId ?? '')
    const item = plan && visible.get(plan.linkId)
    return item && plan && { item, plan }
  }
  for (const dose of doses) {
    if (dose.formId !== form.id) continue
    for (const { taken, time } of dose.reports) {
      if (taken === null || medicines.has(taken) || asked(taken) === undefined) continue
      const free = (one: Asked | undefined) =>
        one && !one.plan.repeats && !companions.has(one.plan.linkId) && joins(one.plan, taken, form)
          ? one
          : undefined
      const at = free(asked(time))
      const why = form.items.find(
        (one) => one.kind === 'choice' && one.conditions.some(isNotTaken(taken)) && free(asked(one.linkId)),
      )
      const reason = asked(why?.linkId)
      medicines.set(taken, { dose, time: at, reason })
      for (const one of [at, reason]) if (one !== undefined) companions.add(one.plan.linkId)
    }
  }
  return { medicines, companions }
}

/** Asked after `taken`, by conditions that look at nothing asked after it. */
function joins(item: ItemPlan, taken: string, form: FormPlan): boolean {
  const place = (linkId: string) => form.items.findIndex((one) => one.linkId === linkId)
  const at = place(taken)
  const looks = item.conditions.flatMap(({ clauses }) => clauses.map(({ linkId }) => linkId))
  return place(item.linkId) > at && looks.every((linkId) => place(linkId) <= at)
}

const isNotTaken =
  (taken: string) =>
  ({ clauses }: Condition): boolean =>
    clauses.some(
      ({ linkId, operator, value }) =>
        linkId === taken && ((operator === '=' && value === false) || (operator === '!=' && value === true)),
    )
