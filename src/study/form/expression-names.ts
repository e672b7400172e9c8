// What an expression of an item sees: its focus, and the names it may use. Source: SDC, "Form Behavior and
// Calculation": %resource is the response, %context the response's item, %questionnaire and %qitem the form's own
// elements; variables of the form and of all items around count, each able to use those before it.
import { type Json, objectsOf } from '../fhir-json.ts'
import type { FormDefinition, Variable } from './definition.ts'
import type { Names } from './expression/evaluate.ts'
import { type Collection, fromJson } from './expression/items.ts'
import type { Expressions } from './expressions.ts'
import type { Instance } from './response-tree.ts'

/** The focus and names for expressions on the whole form (`null`) or on one item. */
export type ScopeOf = (instance: Instance | null) => { readonly focus: unknown; readonly names: Names }

/** `resource` is the response without disabled items. A variable that fails is empty. */
export function createScopes(form: FormDefinition, resource: Json, expressions: Expressions): ScopeOf {
  const root: Names = {
    resource: fromJson(resource),
    rootResource: fromJson(resource),
    context: fromJson(resource),
    ...(expressions.questionnaire !== null && { questionnaire: fromJson(expressions.questionnaire) }),
  }
  const sources = sourceItems(expressions.questionnaire)
  const top = withVariables(root, form.variables, resource, expressions)
  const known = new Map<Instance, Names>()
  const namesOf = (instance: Instance): Names => {
    const before = known.get(instance)
    if (before !== undefined) return before
    const outer = instance.parent === null ? top : namesOf(instance.parent)
    const focus = focusOf(instance)
    const source = sources?.get(instance.item.linkId)
    const own = source === undefined ? outer : { ...outer, qitem: fromJson(source) }
    const names = withVariables(own, instance.item.variables, focus, expressions)
    known.set(instance, names)
    return names
  }
  return (instance) => {
    if (instance === null) return { focus: resource, names: top }
    const focus = focusOf(instance)
    return { focus, names: { ...namesOf(instance), context: fromJson(focus) } }
  }
}

/** The Questionnaire's own items by linkId, or null where the source is not at hand. */
function sourceItems(questionnaire: Json | null): ReadonlyMap<unknown, Json> | null {
  if (questionnaire === null) return null
  const found = new Map<unknown, Json>()
  const visit = (holder: Json) => {
    for (const item of objectsOf(holder.item)) {
      found.set(item.linkId, item)
      visit(item)
    }
  }
  visit(questionnaire)
  return found
}

/** An item that the response lacks is an item without answers. */
function focusOf(instance: Instance): unknown {
  return instance.json ?? { linkId: instance.item.linkId }
}

function withVariables(
  outer: Names,
  variables: readonly Variable[] | undefined,
  focus: unknown,
  expressions: Expressions,
): Names {
  if (variables === undefined) return outer
  const names: Record<string, Collection> = { ...outer }
  for (const { name, expression } of variables) {
    try {
      names[name] = expressions.evaluate(expression, focus, { ...names, context: fromJson(focus) })
    } catch {
      names[name] = []
    }
  }
  return names
}
