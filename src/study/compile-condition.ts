// Compiles the imported conditions of one item for the fast path, which reads answers by linkId in the form's order.
import { asObject } from './fhir-json.ts'
import type { EnableWhen, FormItem } from './form/definition.ts'
import type { Clause, Condition, ItemPlan } from './plan.ts'

/**
 * The item's own condition; null where it has none; `later` where it looks at an item that does not stand before it,
 * or inside a repeating group: such a form is judged as a whole (read-answers-by-tree.ts).
 */
export function compileCondition(
  item: FormItem,
  seen: ReadonlyMap<string, ItemPlan>,
  complain: (message: string) => void,
): Condition | 'later' | null {
  if (item.enableWhen === undefined) return null
  const clauses: Clause[] = []
  for (const when of item.enableWhen) {
    const question = seen.get(when.question)
    if (question === undefined) return 'later'
    const clause = compileClause(when, question)
    if (clause === null) complain(`enableWhen's answer is not one that item ${when.question} can have`)
    else clauses.push(clause)
  }
  return { behaviour: item.enableBehavior ?? 'all', clauses }
}

function compileClause({ operator, answer }: EnableWhen, question: ItemPlan): Clause | null {
  const { linkId, kind } = question
  const coding = asObject(answer.value)
  const value = coding === undefined ? answer.value : (coding.code ?? coding.value)
  if (typeof value !== 'boolean' && typeof value !== 'number' && typeof value !== 'string') return null
  if (operator === 'exists') return { linkId, operator, value }
  if (!fits(question, value)) return null
  if (kind === 'time') return { linkId, operator, value, moment: 'time' }
  return kind === 'date' || kind === 'dateTime'
    ? { linkId, operator, value, moment: 'date' }
    : { linkId, operator, value }
}

function fits(item: ItemPlan, value: boolean | number | string): boolean {
  if (item.options !== undefined) return item.open === true || item.options.has(value as string)
  if (item.kind === 'boolean') return typeof value === 'boolean'
  return item.kind === 'integer' || item.kind === 'decimal'
    ? typeof value === 'number'
    : typeof value === 'string'
}
