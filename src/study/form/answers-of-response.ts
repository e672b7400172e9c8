// Answers by linkId, as the steps take them, from a QuestionnaireResponse that was accepted. Whatever a response holds
// becomes an answer or a finding; nothing is refused here and nothing is guessed. Pure; survives any JSON value.
import { asObject, type Json, objectsOf } from '../fhir-json.ts'
import type { Finding, FindingCode } from '../finding.ts'
import type { FormPlan, GroupPlan, ItemPlan } from '../plan.ts'
import { eachItem, type FormItem } from './definition.ts'
import { valuesOf } from './fhir-value.ts'
import { hasReason } from './response-tree.ts'

/** `findings` are those the answers no longer show: a place that is not the form's, a unit that does not fit. */
export type SentAnswers = {
  readonly answers: Readonly<Record<string, unknown>>
  readonly findings: readonly Finding[]
}

type Level = { readonly items: readonly ItemPlan[]; readonly groups: readonly GroupPlan[] }
type Record_ = Record<string, unknown>
/** Where each item stands in the form, and the item itself. */
type Places = ReadonlyMap<string, { readonly item: FormItem; readonly parent: string | undefined }>

const placesOf = new WeakMap<FormPlan, Places>()
/** Stands for a value that no item can have, so that the step "check" finds `wrong-type`. */
const unreadable = Object.freeze({})
const deepest = 50
/** Further items of no form are not looked into; check sums unknown items up anyway. */
const mostUnknown = 200

/**
 * The answers of a response to this form. Codings give their code, quantities their number where unit and form agree,
 * a data-absent-reason `{"skipped": reason}`; a repeating group is a list of answers. An item that stands at another
 * place than in the form is taken and told. Unknown items give a member without value, which "check" tells.
 */
export function sentAnswers(form: FormPlan, response: Json): SentAnswers {
  const findings: Finding[] = []
  const reading = { places: places(form), findings, unknown: 0 }
  const answers = empty()
  readItems(reading, response.item, form, answers, undefined, 0)
  return { answers, findings }
}

type Reading = { readonly places: Places; readonly findings: Finding[]; unknown: number }

function readItems(
  reading: Reading,
  list: unknown,
  level: Level,
  into: Record_,
  parent: string | undefined,
  depth: number,
): void {
  if (depth > deepest) return
  for (const json of objectsOf(list)) {
    const linkId = typeof json.linkId === 'string' ? json.linkId : ''
    const place = reading.places.get(linkId)
    if (place === undefined) {
      if (reading.unknown++ < mostUnknown) into[linkId] = null
    } else if (place.parent !== parent) tell(reading, 'item-misplaced', linkId)
    const group = level.groups.find((one) => one.linkId === linkId)
    if (group !== undefined) {
      const repetition = empty()
      readItems(reading, json.item, group, repetition, linkId, depth + 1)
      const before = into[linkId] as unknown[] | undefined
      if (before === undefined) into[linkId] = [repetition]
      else before.push(repetition)
      continue
    }
    const item = level.items.find((one) => one.linkId === linkId)
    if (item !== undefined) readQuestion(reading, item, place?.item, json, into)
    const inside = place === undefined ? parent : linkId
    readItems(reading, json.item, level, into, inside, depth + 1)
    for (const [index, answer] of objectsOf(json.answer).entries()) {
      if (index === 0) readItems(reading, answer.item, level, into, inside, depth + 1)
      else if (objectsOf(answer.item).length > 0) tell(reading, 'too-many-answers', linkId)
    }
  }
}

function readQuestion(
  reading: Reading,
  item: ItemPlan,
  definition: FormItem | undefined,
  json: Json,
  into: Record_,
): void {
  const { linkId } = item
  const values = objectsOf(json.answer)
    .map((answer) => answerValue(reading, item, definition, answer))
    .filter((one) => one !== undefined)
  const reason =
    hasReason(json) ??
    objectsOf(json.answer)
      .map(hasReason)
      .find((one) => one !== undefined)
  const before = into[linkId]
  if (values.length === 0) {
    if (before === undefined && reason !== undefined) into[linkId] = { skipped: reason }
  } else if (Array.isArray(before)) before.push(...values)
  else if (before !== undefined && asObject(before)?.skipped === undefined) into[linkId] = [before, ...values]
  else into[linkId] = values.length === 1 ? values[0] : values
}

/** One answer's value as a submission would have it; undefined where there is none. */
function answerValue(
  reading: Reading,
  item: ItemPlan,
  definition: FormItem | undefined,
  answer: Json,
): unknown {
  const { values, foreign } = valuesOf(answer, 'value')
  const [only] = values
  if (only === undefined && foreign.length === 0) return undefined
  if (only === undefined || values.length > 1 || foreign.length > 0) return unreadable
  const object = asObject(only.value)
  if (only.type === 'Coding') return codeOf(object, definition)
  if (only.type !== 'Quantity') return object === undefined ? only.value : unreadable
  const isNumber = item.kind === 'decimal' || item.kind === 'integer'
  if (object === undefined || object.comparator !== undefined || !isNumber) return unreadable
  if (unitFits(definition, object)) return object.value ?? unreadable
  tell(reading, 'unit-unfit', item.linkId)
  return undefined
}

/** The code, unless its system says that it is another one than the form's; free text where there is no code. */
function codeOf(coding: Json | undefined, definition: FormItem | undefined): unknown {
  if (coding === undefined) return unreadable
  const { code, system, display } = coding
  if (code === undefined) return display ?? unreadable
  const option = definition?.options?.find((one) => asObject(one.value.value)?.code === code)
  const formSystem = asObject(option?.value.value)?.system
  const other = system !== undefined && formSystem !== undefined && system !== formSystem
  return other ? `${String(system)}|${String(code)}` : code
}

/** A number without unit is in the form's; a unit is told by its code, or by its text where it has none. */
function unitFits(definition: FormItem | undefined, quantity: Json): boolean {
  const { code, unit, system } = quantity
  if (code === undefined && unit === undefined) return true
  const units = definition?.unit === undefined ? (definition?.units ?? []) : [definition.unit]
  return units.some((one) =>
    code === undefined
      ? unit === one.code || unit === one.display || unit === one.unit
      : code === one.code && (system === undefined || one.system === undefined || system === one.system),
  )
}

/** One finding for each item and code. */
function tell({ findings }: Reading, code: FindingCode, item: string): void {
  if (!findings.some((one) => one.code === code && one.item === item)) findings.push({ code, item })
}

const empty = (): Record_ => Object.create(null) as Record_

function places(form: FormPlan): Places {
  const known = placesOf.get(form)
  if (known !== undefined) return known
  const made = new Map<string, { item: FormItem; parent: string | undefined }>()
  eachItem(form.definition.items, (item, parents) => {
    made.set(item.linkId, { item, parent: parents.at(-1)?.linkId })
  })
  placesOf.set(form, made)
  return made
}
