// Which items a patient would meet with the answers given so far, in the form's order, and why the others are hidden.
import type { Json } from '../fhir-json.ts'
import { eachItem, type FormDefinition } from './definition.ts'
import { type DisabledBecause, judgeEnablement } from './enablement.ts'
import type { Expressions } from './expressions.ts'
import { ResponseFindings } from './response-finding.ts'
import { eachInstance, layResponse } from './response-tree.ts'

/** One item at one place; `place` names linkIds with the number of a repetition from 0, e.g. `drugs[1]/dose`. */
export type ItemAtPlace = { readonly linkId: string; readonly place: string; readonly path: string }

/** Enabled and disabled items. A linkId is enabled where it is so in at least one place. */
export type VisibleItems = {
  readonly enabled: readonly string[]
  readonly disabled: readonly string[]
  readonly places: readonly ItemAtPlace[]
  readonly hidden: readonly (ItemAtPlace & { readonly because: DisabledBecause })[]
}

/** Judges all items of a form by a response, present or not. */
export function visibleItems(form: FormDefinition, response: Json, expressions: Expressions): VisibleItems {
  const tree = layResponse(form, response, new ResponseFindings())
  const enablement = judgeEnablement(form, tree, response, expressions)
  const places: ItemAtPlace[] = []
  const hidden: (ItemAtPlace & { because: DisabledBecause })[] = []
  const on = new Set<string>()
  eachInstance(tree.roots, (instance) => {
    const { item, place, path } = instance
    const because = enablement.reason(instance)
    const here = { linkId: item.linkId, place, path }
    if (because !== undefined) hidden.push({ ...here, because })
    else {
      places.push(here)
      on.add(item.linkId)
    }
  })
  const enabled: string[] = []
  const disabled: string[] = []
  eachItem(form.items, ({ linkId }) => (on.has(linkId) ? enabled : disabled).push(linkId))
  return { enabled, disabled, places, hidden }
}
