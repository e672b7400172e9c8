// The step "check": what looks wrong with the answers of one submission, item by item. Pure; never throws.
import type { Finding } from './finding.ts'
import type { FormPlan } from './plan.ts'
import { readAnswers } from './read-answers.ts'

/** Names a form's author would give an item; others could carry anything and are counted, not repeated. */
const itemName = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/
/** Further unknown items are summed up, so that a hostile body cannot make a large record. */
const mostUnknownNamed = 20

/**
 * Findings of the answers as the device sent them: type, range, choice, required, skipping, skip logic, repeats and
 * unknown items, in the form's order. Text that can be read as a number where one is asked gives no finding.
 */
export function checkAnswers(form: FormPlan, answers: Readonly<Record<string, unknown>>): Finding[] {
  const findings: Finding[] = []
  readAnswers(form, answers, findings)
  let unnamed = 0
  let named = 0
  for (const key in answers) {
    if (form.itemById.has(key) || !Object.hasOwn(answers, key) || isGroup(form, key)) continue
    if (named < mostUnknownNamed && itemName.test(key)) {
      findings.push({ code: 'item-unknown', item: key })
      named += 1
    } else unnamed += 1
  }
  if (unnamed > 0) findings.push({ code: 'item-unknown', count: unnamed })
  return findings
}

function isGroup(form: FormPlan, key: string): boolean {
  return form.groups.some((group) => group.linkId === key)
}
