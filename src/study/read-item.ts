// Reads what a submission says of one item: a value, a list of values, or a declared skip. Adds findings; never throws.
import { answerMoment } from './answer-moment.ts'
import type { Finding, FindingCode } from './finding.ts'
import { compareDates, compareTimes } from './form/fhir-time.ts'
import type { Answer, ItemPlan } from './plan.ts'
import { isUnreadable, readAnswer } from './read-answer.ts'
import { skipFor } from './skip-reasons.ts'

/** Answers without inherited members, kept as fast as a literal by V8; `Object.create(null)` is a slow dictionary. */
export class AnswerRecord {
  [linkId: string]: Answer
}
Reflect.deleteProperty(AnswerRecord.prototype, 'constructor')
Object.setPrototypeOf(AnswerRecord.prototype, null)

/** More answers than this to one repeating item are not a patient's. */
export const mostRepeats = 100

/** Anything but absence, null and a declared skip. */
export function isValue(raw: unknown): boolean {
  if (raw === undefined || raw === null) return false
  return typeof raw !== 'object' || Array.isArray(raw) || !Object.hasOwn(raw, 'skipped')
}

/** The cleaned answer, or undefined where nothing given can be read. */
export function readItem(item: ItemPlan, given: unknown, findings: Finding[] | null): Answer | undefined {
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
  if (!asList) return value
  if (findings !== null) checkCount(item, [value], findings)
  return [value]
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
  if (values.length === 0) return undefined
  if (findings !== null) checkCount(item, values, findings)
  return values
}

function checkCount(item: ItemPlan, values: readonly unknown[], findings: Finding[]): void {
  const { minAnswers, maxAnswers, exclusive } = item
  if (minAnswers !== undefined && values.length < minAnswers) complain(findings, 'too-few-answers', item)
  if (maxAnswers !== undefined && values.length > maxAnswers) complain(findings, 'too-many-answers', item)
  if (exclusive !== undefined && values.length > 1 && values.some((one) => exclusive.has(one as string)))
    complain(findings, 'choice-excludes', item)
}

function checkLimits(item: ItemPlan, value: boolean | number | string, findings: Finding[]): void {
  if (typeof value === 'number') {
    if ((item.min !== undefined && value < item.min) || (item.max !== undefined && value > item.max))
      complain(findings, 'out-of-range', item)
    if (item.maxDecimals !== undefined && Number(value.toFixed(item.maxDecimals)) !== value)
      complain(findings, 'too-many-decimals', item)
  } else if (typeof value === 'string') {
    if (item.maxLength !== undefined && value.length > item.maxLength) complain(findings, 'too-long', item)
    if (item.minLength !== undefined && value.length < item.minLength) complain(findings, 'too-short', item)
    if (item.pattern !== undefined && !item.pattern.test(value)) complain(findings, 'pattern-mismatch', item)
    if (item.earliest !== undefined || item.latest !== undefined) checkMoment(item, value, findings)
  }
}

function checkMoment(item: ItemPlan, value: string, findings: Finding[]): void {
  const compare = item.kind === 'time' ? compareTimes : compareDates
  const given = answerMoment(value)
  const early = item.earliest !== undefined && compare(given, item.earliest) === -1
  if (early || (item.latest !== undefined && compare(given, item.latest) === 1))
    complain(findings, 'out-of-range', item)
}

/** One finding for each item and code: a list of a hundred bad values is one thing to look at. */
export function complain(
  findings: Finding[] | null,
  code: FindingCode,
  item: { readonly linkId: string },
): void {
  if (findings === null) return
  const last = findings.at(-1)
  if (last !== undefined && last.code === code && last.item === item.linkId) return
  findings.push({ code, item: item.linkId })
}
