// The one pass over a form's answers that checking and cleaning share, so that both see the same values.
// Survives any JSON value; never throws; touches only own members that the form names.

import type { Finding } from './finding.ts'
import type { Answers, FormPlan } from './plan.ts'
import { readAnswersByTree } from './read-answers-by-tree.ts'
import { AnswerRecord, isValue, readItem } from './read-item.ts'
import { isVisible } from './visible.ts'

/**
 * The cleaned answers of `form` in its order. With `findings`, what is wrong is added there.
 * Out-of-range values stay in the answers (the site must see them); what cannot be read stays out.
 */
export function readAnswers(
  form: FormPlan,
  raw: Readonly<Record<string, unknown>>,
  findings: Finding[] | null,
): Answers {
  if (!form.onePass) return readAnswersByTree(form, raw, findings)
  const answers = new AnswerRecord()
  for (const item of form.items) {
    const given = Object.hasOwn(raw, item.linkId) ? raw[item.linkId] : undefined
    if (item.conditions.length > 0 && !isVisible(item.conditions, answers)) {
      if (findings !== null && isValue(given)) findings.push({ code: 'hidden-answered', item: item.linkId })
      continue
    }
    const answer = given === undefined || given === null ? undefined : readItem(item, given, findings)
    if (answer !== undefined) answers[item.linkId] = answer
    // "Missing" would mislead where the pass has just said why the answer given is no value.
    else if (findings !== null && item.required && findings.at(-1)?.item !== item.linkId)
      findings.push({ code: 'required-missing', item: item.linkId })
  }
  return answers
}
