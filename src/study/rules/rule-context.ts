// What rules read of one entry, as objects of the form's classes. Made once for each entry that has rules.
import type { Answers, FormPlan } from '../plan.ts'
import { ruleName } from '../rule-name.ts'
import { isSkip } from '../skip-reasons.ts'
import type { RuleGroup } from './rule-shapes.ts'

/** A longer text is no answer to a question of a form: a rule that reads it fails, and says so. */
const longestText = 10_000

/** The answers that rules read; what was skipped or not given is not a member. */
export function answersForRules(form: FormPlan, answers: Answers): object {
  const given = new form.ruleShapes.AnswersForRules() as Record<string, unknown>
  for (const item of form.ruleItems) put(given, item.ruleName, answers[item.linkId])
  for (const group of form.ruleGroups) given[group.ruleName] = repetitions(group, answers[group.linkId])
  return given
}

/** The scores that have a value. */
export function scoresForRules(
  form: FormPlan,
  scores: readonly { readonly id: string; readonly value: number | null }[],
): object {
  const results = new form.ruleShapes.ScoresForRules() as Record<string, unknown>
  for (const score of scores) if (score.value !== null) results[ruleName(score.id)] = score.value
  return results
}

/** The length of each list that rules read, the longest where there are several; see rule-work.ts. */
export function sizesOf(form: FormPlan, answers: Answers): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const item of form.ruleItems) {
    const answer = answers[item.linkId]
    if (Array.isArray(answer)) sizes.set(item.ruleName, answer.length)
  }
  const measure = (group: RuleGroup, answer: unknown): void => {
    if (!Array.isArray(answer)) return
    sizes.set(group.path, Math.max(sizes.get(group.path) ?? 0, answer.length))
    for (const inner of group.groups)
      for (const one of answer as readonly Answers[]) measure(inner, one[inner.linkId])
  }
  for (const group of form.ruleGroups) measure(group, answers[group.linkId])
  return sizes
}

/** A group without repetitions is an empty list. */
function repetitions(group: RuleGroup, answer: unknown): object[] {
  if (!Array.isArray(answer)) return []
  return (answer as readonly Answers[]).map((one) => {
    const repetition = new group.Repetition() as Record<string, unknown>
    for (const item of group.items) put(repetition, item.ruleName, one[item.linkId])
    for (const inner of group.groups) repetition[inner.ruleName] = repetitions(inner, one[inner.linkId])
    return repetition
  })
}

function put(object: Record<string, unknown>, name: string, answer: unknown): void {
  if (answer === undefined || isSkip(answer as never)) return
  if (typeof answer === 'string' && answer.length > longestText)
    Object.defineProperty(object, name, { get: refuseText })
  else object[name] = answer
}

function refuseText(): never {
  throw new RangeError('the text is too long for a rule')
}
