// Skip logic: whether an item is shown, by FHIR's enableWhen, from the answers cleaned so far.

import type { Answer, Clause, Condition } from './plan.ts'
import { isSkip } from './skip-reasons.ts'

/**
 * Whether all of an item's conditions hold. Conditions refer to earlier items only (the compiler sees to it), and a
 * hidden or skipped item counts as unanswered (FHIR R4 Questionnaire, enableWhen).
 */
export function isVisible(conditions: readonly Condition[], answers: { [linkId: string]: Answer }): boolean {
  for (const condition of conditions) {
    const all = condition.behaviour === 'all'
    let holds = all
    for (const clause of condition.clauses) {
      holds = clauseHolds(clause, answers[clause.linkId])
      if (holds !== all) break
    }
    if (!holds) return false
  }
  return true
}

function clauseHolds(clause: Clause, answer: Answer | undefined): boolean {
  const answered = answer !== undefined && !isSkip(answer)
  if (clause.operator === 'exists') return answered === clause.value
  if (!answered) return false
  if (typeof answer === 'object') return (answer as readonly unknown[]).some((one) => compare(clause, one))
  return compare(clause, answer)
}

function compare(clause: Clause, answer: unknown): boolean {
  const { operator, value } = clause
  if (operator === '=') return answer === value
  if (operator === '!=') return answer !== value
  if (typeof answer !== typeof value) return false
  const [left, right] = [answer as number, value as number]
  if (operator === '>') return left > right
  if (operator === '<') return left < right
  return operator === '>=' ? left >= right : left <= right
}
