// Skip logic of the fast path: whether an item is shown, by FHIR's enableWhen, from the answers cleaned so far.
// Says the same as form/enablement.ts, which judges any form; visible.test.ts holds both against each other.
import { answerMoment } from './answer-moment.ts'
import { compareDates, compareTimes } from './form/fhir-time.ts'
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

/** Of several answers one must fit; `!=` wants an answer, and none that equals (R4 questionnaire-enable-operator). */
function clauseHolds(clause: Clause, answer: Answer | undefined): boolean {
  const answered = answer !== undefined && !isSkip(answer)
  if (clause.operator === 'exists') return answered === clause.value
  if (!answered) return false
  if (typeof answer !== 'object') return compare(clause, answer)
  const answers = answer as readonly unknown[]
  return clause.operator === '!='
    ? answers.every((one) => compare(clause, one))
    : answers.some((one) => compare(clause, one))
}

function compare(clause: Clause, answer: unknown): boolean {
  const { operator, value } = clause
  if (clause.moment !== undefined) return compareMoments(clause, answer)
  if (operator === '=') return answer === value
  if (operator === '!=') return answer !== value
  if (typeof answer !== typeof value || typeof answer === 'boolean') return false
  const [left, right] = [answer as number, value as number]
  if (operator === '>') return left > right
  if (operator === '<') return left < right
  return operator === '>=' ? left >= right : left <= right
}

/** Times may lack seconds and moments carry a zone; what their precision does not decide does not hold. */
function compareMoments({ operator, value, moment }: Clause, answer: unknown): boolean {
  const given = answerMoment(String(answer))
  const order = moment === 'time' ? compareTimes(given, String(value)) : compareDates(given, String(value))
  if (order === 'unknown') return false
  if (operator === '=') return order === 0
  if (operator === '!=') return order !== 0
  if (operator === '>') return order > 0
  if (operator === '<') return order < 0
  return operator === '>=' ? order >= 0 : order <= 0
}
