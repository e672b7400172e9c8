// The one pass over a form's answers that checking and cleaning share, so that both see the same values.
// Survives any JSON value; never throws; touches only own members that the form names.
import type { Finding, FindingCode } from './finding.ts'
import type { Answer, Answers, FormPlan, ItemPlan } from './plan.ts'
import { isUnreadable, readAnswer } from './read-answer.ts'
import { skipFor } from './skip-reasons.ts'
import { isVisible } from './visible.ts'

/** Answers without inherited members, kept as fast as a literal by V8; `Object.create(null)` is a slow dictionary. */
class AnswerRecord {
  [linkId: string]: Answer
}
Reflect.deleteProperty(AnswerRecord.prototype, 'constructor')
Object.setPrototypeOf(AnswerRecord.prototype, null)

/** More answers than this to one repeating item are not a patient's. */
const mostRepeats = 100

/**
 * The cleaned answers of `form` in its order. With `findings`, what is wrong is added there.
 * Out-of-range values stay in the answers (the site must see them); what cannot be read stays out.
 */
export function readAnswers(
  form: FormPlan,
  raw: Readonly<Record<string, unknown>>,
  findings: Finding[] | null,
): Answers {
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

/** Anything but absence, null and a declared skip. */
function isValue(raw: unknown): boolean {
  if (raw === undefined || raw === null) return false
  return typeof raw !== 'object' || Array.isArray(raw) || !Object.hasOwn(raw, 'skipped')
}

function readItem(item: ItemPlan, given: unknown, findings: Finding[] | null): Answer | undefined {
  if (typeof given !== 'object') return readOne(item, given, findings, item.repeats)
  if (Array.isArray(given)) return readRepeats(item, given, findings)
  if (given === null || !Object.hasOwn(given, 'skipped')) {
    complain(findings, 'wrong-type', item)
    return undefined
  }
  const skip = skipFor((given as { skipped: unknown }).skipped)
  if (skip === undefined) complain(findings, 'skip-reason-unknown', item)
  else if (!item.skippable) complain(findings, 'skip-not-allowed', item)
  return skip
}

function readOne(
  item: ItemPlan,
  given: unknown,
  findings: Finding[] | null,
  asList: boolean,
): Answer | undefined {
  const value = readAnswer(item, given)
  if (isUnreadable(value)) {
    complain(findings, value.unreadable, item)
    return undefined
  }
  if (value === undefined) return undefined
  if (findings !== null) checkLimits(item, value, findings)
  return asList ? [value] : value
}

function readRepeats(
  item: ItemPlan,
  given: readonly unknown[],
  findings: Finding[] | null,
): Answer | undefined {
  if (!item.repeats || given.length > mostRepeats) {
    complain(findings, 'too-many-answers', item)
    return undefined
  }
  const values: (boolean | number | string)[] = []
  for (const one of given) {
    const value = readOne(item, one, findings, false)
    if (value !== undefined) values.push(value as boolean | number | string)
  }
  return values.length === 0 ? undefined : values
}

function checkLimits(item: ItemPlan, value: boolean | number | string, findings: Finding[]): void {
  if (typeof value === 'number') {
    if ((item.min !== undefined && value < item.min) || (item.max !== undefined && value > item.max))
      complain(findings, 'out-of-range', item)
    if (item.maxDecimals !== undefined && Number(value.toFixed(item.maxDecimals)) !== value)
      complain(findings, 'too-many-decimals', item)
  } else if (typeof value === 'string') {
    if (item.maxLength !== undefined && value.length > item.maxLength) complain(findings, 'too-long', item)
  }
}

/** One finding for each item and code: a list of a hundred bad values is one thing to look at. */
function complain(findings: Finding[] | null, code: FindingCode, item: ItemPlan): void {
  if (findings === null) return
  const last = findings.at(-1)
  if (last !== undefined && last.code === code && last.item === item.linkId) return
  findings.push({ code, item: item.linkId })
}
