// Compiles `enableWhen` and `enableBehavior` of one FHIR R4 item. References must point to earlier items, which makes
// one pass in the form's order exact and cycles impossible.
import { asObject, type Json, objectsOf } from './fhir-json.ts'
import type { Clause, Condition, ItemPlan } from './plan.ts'

const operators = new Set(['exists', '=', '!=', '>', '<', '>=', '<='])

/** The item's own condition, or null where it has none. `seen` are the items before it; groups are null in it. */
export function compileCondition(
  element: Json,
  seen: ReadonlyMap<string, ItemPlan | null>,
  complain: (message: string) => void,
): Condition | null {
  const whens = objectsOf(element.enableWhen)
  if (whens.length === 0) return null
  const { enableBehavior } = element
  // FHIR R4, constraint que-12: the behaviour must be stated where there is more than one clause.
  if (whens.length > 1 && enableBehavior !== 'all' && enableBehavior !== 'any')
    complain('several enableWhen need enableBehavior: "all" or "any"')
  const clauses = whens.map((when) => compileClause(when, seen, complain)).filter((one) => one !== null)
  return { behaviour: enableBehavior === 'any' ? 'any' : 'all', clauses }
}

function compileClause(
  when: Json,
  seen: ReadonlyMap<string, ItemPlan | null>,
  complain: (message: string) => void,
): Clause | null {
  const { question, operator } = when
  const item = typeof question === 'string' ? seen.get(question) : undefined
  if (item === undefined || item === null) {
    complain('enableWhen.question must name an item that takes an answer and stands before this one')
    return null
  }
  if (typeof operator !== 'string' || !operators.has(operator)) {
    complain(`enableWhen.operator must be one of ${[...operators].join(' ')}`)
    return null
  }
  const value = answerOf(when)
  if (value === undefined || (operator === 'exists' && typeof value !== 'boolean')) {
    complain('enableWhen needs an answer of a supported type (answerBoolean for exists)')
    return null
  }
  if (operator !== 'exists' && !fits(item, value)) {
    complain(`enableWhen's answer is not one that item ${item.linkId} can have`)
    return null
  }
  return { linkId: item.linkId, operator: operator as Clause['operator'], value }
}

function fits(item: ItemPlan, value: boolean | number | string): boolean {
  if (item.options !== undefined) return item.options.has(value as string)
  if (item.kind === 'boolean') return typeof value === 'boolean'
  return item.kind === 'integer' || item.kind === 'decimal'
    ? typeof value === 'number'
    : typeof value === 'string'
}

function answerOf(when: Json): boolean | number | string | undefined {
  const coding = asObject(when.answerCoding)
  const value =
    coding?.code ??
    when.answerBoolean ??
    when.answerInteger ??
    when.answerDecimal ??
    when.answerString ??
    when.answerDate ??
    when.answerTime ??
    when.answerDateTime
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
    ? value
    : undefined
}
