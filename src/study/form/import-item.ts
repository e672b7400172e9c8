// Reads one item of a Questionnaire, and all items inside it. Every element leaves a line in the report; what breaks
// a rule of R4 (que-1 to que-13) is refused by the rule's name.
import { type Json, objectsOf } from '../fhir-json.ts'
import type { EnableWhen, FhirValue, FormItem, ItemType } from './definition.ts'
import { answerTypes } from './definition.ts'
import { isCode, isText, isUri, oneValueOf, shapeFault } from './fhir-value.ts'
import { importConditions } from './import-conditions.ts'
import { type ExpressionCheck, type Extended, importExtensions } from './import-extensions.ts'
import { importOptions, type Options } from './import-options.ts'
import type { ImportReport, Place } from './import-report.ts'
import { wordsOf } from './import-words.ts'

/** What all items of one form share while it is read. */
export type Importing = {
  readonly report: ImportReport
  readonly contained: readonly Json[]
  readonly check: ExpressionCheck
  readonly linkIds: Set<string>
}

const deepest = 50
const isList = Array.isArray
const isFlag = (value: unknown) => typeof value === 'boolean'

/** R4's members of Questionnaire.item and the JSON each must have. */
const members: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: isText,
  extension: isList,
  modifierExtension: isList,
  linkId: isText,
  definition: isUri,
  code: isList,
  prefix: isText,
  text: isText,
  type: isCode,
  enableWhen: isList,
  enableBehavior: isCode,
  required: isFlag,
  repeats: isFlag,
  readOnly: isFlag,
  maxLength: (value) => Number.isInteger(value) && (value as number) >= 0,
  answerValueSet: isUri,
  answerOption: isList,
  initial: isList,
  item: isList,
}
const reportedElsewhere = new Set([
  'extension',
  'modifierExtension',
  'enableWhen',
  'answerValueSet',
  'answerOption',
  'initial',
  'item',
])
const withoutInfluence = new Set(['id', 'definition', 'code'])
const withMaxLength = new Set(['boolean', 'decimal', 'integer', 'string', 'text', 'url', 'open-choice'])

/** The items of a list, those that cannot be read left out (and reported). */
export function importItems(list: unknown, path: string, importing: Importing, depth = 0): FormItem[] {
  if (list === undefined) return []
  if (!isList(list) || list.length !== objectsOf(list).length || list.length === 0) {
    importing.report.refused({ path }, 'item', 'wrong-json', 'everything')
    return []
  }
  if (depth > deepest) {
    importing.report.refused({ path }, 'item', 'too-deep', 'everything')
    return []
  }
  return objectsOf(list)
    .map((element, index) => importItem(element, `${path}.item[${index}]`, importing, depth))
    .filter((item) => item !== null)
}

function importItem(element: Json, path: string, importing: Importing, depth: number): FormItem | null {
  const { report } = importing
  const { linkId, type } = element
  const place: Place = typeof linkId === 'string' ? { path, linkId } : { path }
  checkMembers(element, place, report)
  const identified = checkIdentity(element, place, importing)
  const known = typeof type === 'string' && Object.hasOwn(answerTypes, type)
  if (type === undefined) report.refused(place, 'type', 'missing', 'everything')
  else if (!known) report.refused(place, 'type', 'type-unknown', 'everything', String(type))
  const extended = importExtensions(element, place, report, importing.check)
  const options = importOptions(element, place, importing.contained, report)
  const conditions = importConditions(element, place, report)
  const items = importItems(element.item, path, importing, depth + 1)
  if (!identified || !known) return null
  checkRules(element, type as ItemType, place, report)
  const initial = importInitial(element, extended, options, place, report)
  return build(element, extended, options, conditions, items, initial, place, report)
}

function checkMembers(element: Json, place: Place, report: ImportReport): void {
  for (const [member, value] of Object.entries(element)) {
    if (member.startsWith('_') && Object.hasOwn(members, member.slice(1))) continue
    const fits = Object.hasOwn(members, member) ? members[member] : undefined
    if (fits === undefined) report.refused(place, member, 'not-r4', 'publishing', member)
    else if (!fits(value)) report.refused(place, member, 'wrong-json', 'everything')
    else if (withoutInfluence.has(member)) report.ignored(place, member, 'no-influence')
    else if (!reportedElsewhere.has(member)) report.used(place, member)
  }
  if (element.modifierExtension !== undefined)
    report.refused(place, 'modifierExtension', 'modifier-extension', 'everything')
}

function checkIdentity(element: Json, place: Place, { report, linkIds }: Importing): boolean {
  const { linkId } = element
  if (typeof linkId !== 'string') {
    report.refused(place, 'linkId', 'missing', 'everything')
    return false
  }
  if (!linkIds.has(linkId)) {
    linkIds.add(linkId)
    return true
  }
  report.refused(place, 'linkId', 'link-id-twice', 'everything', linkId)
  return false
}

/** R4's invariants on one item. Those that leave a meaning in doubt stop everything, the others only publishing. */
function checkRules(element: Json, type: ItemType, place: Place, report: ImportReport): void {
  const display = type === 'display'
  const breaks = (
    element: string,
    rule: 'que-1' | 'que-3' | 'que-5' | 'que-6' | 'que-8' | 'que-9' | 'que-10',
  ) => report.refused(place, element, rule, 'publishing')
  if (type === 'group' && element.item === undefined) breaks('item', 'que-1')
  if (display && element.item !== undefined) breaks('item', 'que-1')
  if (display && element.code !== undefined) breaks('code', 'que-3')
  if (element.answerOption !== undefined && element.answerValueSet !== undefined)
    report.refused(place, 'answerOption', 'que-4', 'everything')
  if (element.answerValueSet !== undefined && type !== 'choice' && type !== 'open-choice')
    breaks('answerValueSet', 'que-5')
  if (display && (element.required !== undefined || element.repeats !== undefined))
    breaks('required', 'que-6')
  if ((display || type === 'group') && element.initial !== undefined) breaks('initial', 'que-8')
  if (display && element.readOnly !== undefined) breaks('readOnly', 'que-9')
  if (element.maxLength !== undefined && !withMaxLength.has(type)) breaks('maxLength', 'que-10')
}

/** Defaults stay readable for a fixed (readOnly or hidden) item; shown to a patient they would be put-in words. */
function importInitial(
  element: Json,
  extended: Extended,
  options: Options,
  place: Place,
  report: ImportReport,
): FhirValue[] {
  const initial: FhirValue[] = [...options.preselected]
  objectsOf(element.initial).forEach((one, index) => {
    const here = { ...place, path: `${place.path}.initial[${index}]` }
    const value = oneValueOf(one, 'value')
    if (value === undefined || shapeFault(value) !== null)
      report.refused(here, 'value[x]', 'option-invalid', 'publishing')
    else initial.push(value)
  })
  if (element.initial !== undefined && element.answerOption !== undefined)
    report.refused(place, 'initial', 'que-11', 'publishing')
  if (initial.length > 1 && element.repeats !== true) report.refused(place, 'initial', 'que-13', 'publishing')
  if (initial.length === 0) return initial
  if (element.readOnly === true || extended.hidden === true) report.used(place, 'initial')
  else report.refused(place, 'initial', 'default-answer', 'publishing')
  return initial
}

function build(
  element: Json,
  extended: Extended,
  options: Options,
  conditions: readonly EnableWhen[],
  items: readonly FormItem[],
  initial: readonly FhirValue[],
  place: Place,
  report: ImportReport,
): FormItem {
  const { linkId, type, enableBehavior, maxLength } = element
  const shown = extended.hidden !== true
  const text = wordsOf(element, 'text', place, report, shown)
  const prefix = wordsOf(element, 'prefix', place, report, shown)
  if (
    (type === 'choice' || type === 'open-choice') &&
    options.options === undefined &&
    options.optionsFrom === undefined
  )
    report.refused(place, 'answerOption', 'options-missing', 'publishing')
  const { entryMode: _ofTheForm, ...rest } = extended
  return {
    linkId: linkId as string,
    type: type as ItemType,
    ...(text && { text }),
    ...(prefix && { prefix }),
    ...(element.required === true && { required: true as const }),
    ...(element.repeats === true && { repeats: true as const }),
    ...(element.readOnly === true && { readOnly: true as const }),
    ...(typeof maxLength === 'number' && { maxLength }),
    ...rest,
    ...(options.options && { options: options.options }),
    ...(type === 'open-choice' && { optionsOpen: true as const }),
    ...(options.optionsFrom && { optionsFrom: options.optionsFrom }),
    ...(initial.length > 0 && { initial }),
    ...(conditions.length > 0 && { enableWhen: conditions }),
    ...(conditions.length > 1 && { enableBehavior: enableBehavior === 'any' ? 'any' : 'all' }),
    ...(items.length > 0 && { items }),
  }
}
