// Checks one item of a response at its place: hidden or not, how many answers, each answer, and the form's own rules.

import { checkValue, optionOf } from './check-value.ts'
import { compareValues } from './compare-values.ts'
import type { FhirValue, FormItem } from './definition.ts'
import { type Enablement, isAnswered } from './enablement.ts'
import type { ResponseFindings } from './response-finding.ts'
import { childrenOf, hasReason, type Instance } from './response-tree.ts'

/** What the checks of all items share. `complete`: required items must be answered by now. */
export type Checking = {
  readonly enablement: Enablement
  readonly findings: ResponseFindings
  readonly complete: boolean
}

/** Checks the instance, not what is inside it. `repetitions` is how often it stands here (groups). */
export function checkItem(instance: Instance, repetitions: number, checking: Checking): void {
  const { item, path, json } = instance
  const { enablement, findings } = checking
  const { linkId } = item
  if (!enablement.isEnabled(instance)) {
    if (instance.answers.length > 0) findings.add('hidden-answered', path, { linkId })
    return
  }
  if (json !== null) checkText(instance, findings)
  if (item.type === 'display') return
  if (item.type === 'group') {
    checkGroup(instance, repetitions, checking)
    return
  }
  checkCount(instance, checking)
  for (const { value, path: at } of instance.answers)
    if (value !== null)
      checkValue(item, value, (code, detail) => findings.add(code, at, { linkId, ...detail }))
  checkTogether(instance, findings)
  if (json !== null && json.answer === undefined && json.item === undefined && hasReason(json) === undefined)
    findings.add('item-empty', path, { linkId })
}

function checkText({ item, json, path }: Instance, findings: ResponseFindings): void {
  const text = json?.text
  if (text === undefined || item.text === undefined) return
  const { linkId } = item
  if (typeof text !== 'string') {
    findings.add('json-invalid', path, { linkId, expected: 'string' })
    return
  }
  const known = [item.text.text, ...Object.values(item.text.in ?? {})]
  if (!known.some((one) => one.trim() === text.trim())) findings.add('text-differs', path, { linkId })
}

function checkGroup(instance: Instance, repetitions: number, checking: Checking): void {
  const { item, path, json } = instance
  const { findings, enablement } = checking
  const { linkId } = item
  if (item.required === true && !isAnswered(instance, enablement.isEnabled) && expected(instance))
    missing(instance, checking)
  else if (
    json !== null &&
    json.item === undefined &&
    json.answer === undefined &&
    hasReason(json) === undefined
  )
    findings.add('item-empty', path, { linkId })
  const present = json === null ? 0 : repetitions
  checkOccurrences(item, present, path, checking)
}

function checkCount(instance: Instance, checking: Checking): void {
  const { item, path, answers, json } = instance
  const given = answers.filter((answer) => answer.value !== null).length
  const reason =
    hasReason(json) ?? answers.map((answer) => hasReason(answer.json)).find((one) => one !== undefined)
  const declined = item.skippable === true && reason !== undefined
  if (given === 0 && item.required === true && !declined && expected(instance)) {
    missing(instance, checking)
    return
  }
  if (item.repeats !== true && answers.length > 1)
    checking.findings.add('too-many-answers', path, {
      linkId: item.linkId,
      expected: 'at most 1',
      actual: String(answers.length),
    })
  if (!declined && expected(instance)) checkOccurrences(item, given, path, checking)
}

/**
 * Whether an answer can be expected at this place. Sub-items of a question belong to its answers, so without an answer
 * there is nowhere to put them; the same holds inside a repeating group that stands nowhere.
 */
function expected({ parent, json }: Instance): boolean {
  if (json !== null || parent === null) return true
  if (parent.item.type !== 'group') return parent.answers.length > 0
  if (parent.json === null && parent.item.repeats === true && parent.item.required !== true) return false
  return expected(parent)
}

function missing({ item, path }: Instance, { findings, complete }: Checking): void {
  findings.add('required-missing', path, {
    linkId: item.linkId,
    expected: item.type,
    actual: 'nothing',
    ...(complete ? {} : { severity: 'information' as const }),
  })
}

function checkOccurrences(
  item: FormItem,
  given: number,
  path: string,
  { findings, complete }: Checking,
): void {
  const { linkId, minOccurs, maxOccurs } = item
  if (minOccurs !== undefined && given < minOccurs && (given > 0 || item.required !== true))
    findings.add('too-few-answers', path, {
      linkId,
      expected: `at least ${minOccurs}`,
      actual: String(given),
      ...(complete ? {} : { severity: 'information' as const }),
    })
  if (maxOccurs !== undefined && given > maxOccurs)
    findings.add('too-many-answers', path, {
      linkId,
      expected: `at most ${maxOccurs}`,
      actual: String(given),
    })
}

/** What only all answers of a question together show. */
function checkTogether(instance: Instance, findings: ResponseFindings): void {
  const { item, path } = instance
  const { linkId } = item
  const values = instance.answers.map((answer) => answer.value).filter((value) => value !== null)
  if (values.length > 1) {
    const exclusive = values.some((value) => optionOf(item.options ?? [], value)?.exclusive === true)
    if (exclusive) findings.add('option-exclusive', path, { linkId })
    const twice = values.some((value, index) =>
      values.slice(0, index).some((other) => sameAnswer(other, value)),
    )
    if (twice && (item.type === 'choice' || item.type === 'open-choice'))
      findings.add('answer-repeated', path, { linkId })
  }
  if (item.readOnly !== true || item.initial === undefined || values.length === 0) return
  const { initial } = item
  const kept =
    values.length === initial.length && values.every((value, i) => sameAnswer(value, initial[i] as FhirValue))
  if (!kept && item.calculated === undefined) findings.add('fixed-changed', path, { linkId })
}

function sameAnswer(a: FhirValue, b: FhirValue): boolean {
  return a.type === b.type && compareValues(a, b) === 0
}

/** Walks instances in document order and counts the repetitions of groups. */
export function checkItems(instances: readonly Instance[], checking: Checking): void {
  const counts = new Map<FormItem, number>()
  for (const { item, json } of instances) if (json !== null) counts.set(item, (counts.get(item) ?? 0) + 1)
  const seen = new Set<FormItem>()
  for (const instance of instances) {
    const first = !seen.has(instance.item)
    seen.add(instance.item)
    checkItem(instance, first ? (counts.get(instance.item) ?? 0) : occursEnough, checking)
    if (instance.answers.length > 0)
      for (const answer of instance.answers) checkItems(answer.children, checking)
    else checkItems(childrenOf(instance), checking)
  }
}

/** The second and later repetitions do not tell again that there are too few or too many. */
const occursEnough = Number.NaN
