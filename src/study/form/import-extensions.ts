// Reads the extensions that set something on an item or on the whole form: limits, control, conditions, expressions.
// Every extension leaves a line in the report. Sources: FHIR R4 extensibility registry, SDC 3.0.
import { asObject, extensionOf, extensionUrls, type Json, objectsOf } from '../fhir-json.ts'
import type { Constraint, FormItem, Variable } from './definition.ts'
import { core, sdc, treatmentOf } from './extension-treatments.ts'
import { oneValueOf } from './fhir-value.ts'
import type { ImportReport, Place, ReasonCode } from './import-report.ts'
import { wordsOf } from './import-words.ts'
import { compilePattern } from './pattern.ts'

type Writable<T> = { -readonly [K in keyof T]?: T[K] }
/** What extensions set on an item; on the form itself only variables and constraints. */
export type Extended = Writable<Omit<FormItem, 'linkId' | 'type' | 'items'>> & { entryMode?: string }

/** How expressions are judged: whether the device's subset, or else the full language, can read them. */
export type ExpressionCheck = (expression: string) => 'device' | 'server' | 'invalid'

type Setting = {
  readonly place: Place
  readonly element: string
  readonly url: string
  readonly report: ImportReport
  readonly check: ExpressionCheck
}
/** Sets something and returns null, or returns why it cannot. */
type Setter = (into: Extended, extension: Json, setting: Setting) => ReasonCode | null

/** Reads all extensions of an element and reports each. */
export function importExtensions(
  element: Json,
  place: Place,
  report: ImportReport,
  check: ExpressionCheck,
): Extended {
  const into: Extended = {}
  for (const extension of objectsOf(element.extension)) {
    const url = typeof extension.url === 'string' ? extension.url : ''
    const name = `extension(${url})`
    const setter = setters.get(url)
    if (setter === undefined) {
      const { reason, blocks } = treatmentOf(url)
      if (blocks === undefined) report.ignored(place, name, reason, url)
      else report.refused(place, name, reason, blocks, url)
      continue
    }
    const fault = setter(into, extension, { place, element: name, url, report, check })
    if (fault === null) report.used(place, name)
    else if (fault === 'expression-beyond-device') report.used(place, name, fault)
    else report.refused(place, name, fault, blocksOf(fault, url), url)
  }
  return into
}

/** An enabling condition that cannot be read makes every judgement of the form a guess. */
function blocksOf(fault: ReasonCode, url: string): 'everything' | 'publishing' {
  return url === enableUrl && fault !== 'condition-beyond-device' ? 'everything' : 'publishing'
}

const enableUrl = `${sdc}enableWhenExpression`

const limit =
  (member: 'min' | 'max', types: readonly string[]): Setter =>
  (into, extension) => {
    const value = oneValueOf(extension, 'value')
    if (value === undefined || !types.includes(value.type)) return 'limit-invalid'
    into[member] = value
    return null
  }
/** Quantity: not in R4's own definition of minValue and maxValue; in that of the later extension registry. */
const ordered = ['Date', 'DateTime', 'Time', 'Decimal', 'Integer', 'Quantity']

const count =
  (member: 'minLength' | 'maxDecimals' | 'minOccurs' | 'maxOccurs' | 'maxSize', least = 0): Setter =>
  (into, extension) => {
    const value = extension.valueInteger ?? extension.valueDecimal
    if (typeof value !== 'number' || !(value >= least)) return 'limit-invalid'
    into[member] = value
    return null
  }

const flag =
  (member: 'hidden' | 'skippable' | 'optionsOpen'): Setter =>
  (into, extension) => {
    if (typeof extension.valueBoolean !== 'boolean') return 'wrong-json'
    if (extension.valueBoolean) into[member] = true
    return null
  }

const code =
  (member: 'control' | 'orientation' | 'displayCategory' | 'entryMode'): Setter =>
  (into, extension) => {
    const concept = objectsOf(asObject(extension.valueCodeableConcept)?.coding)[0]
    const value = extension.valueCode ?? concept?.code
    if (typeof value !== 'string') return 'wrong-json'
    into[member] = value
    return null
  }

const list =
  (member: 'mimeTypes' | 'referenceTypes', value: 'valueCode'): Setter =>
  (into, extension) => {
    const one = extension[value]
    if (typeof one !== 'string') return 'wrong-json'
    into[member] = [...(into[member] ?? []), one]
    return null
  }

const addUnit: Setter = (into, extension) => {
  const coding = asObject(extension.valueCoding)
  if (coding === undefined) return 'wrong-json'
  into.units = [...(into.units ?? []), coding]
  return null
}

const expression =
  (member: 'enableExpression' | 'calculated'): Setter =>
  (into, extension, { check }) => {
    const text = fhirPathOf(extension)
    if (text === null) return 'language-unknown'
    const found = check(text)
    if (found === 'invalid') return 'expression-invalid'
    into[member] = text
    if (found === 'device') return null
    return member === 'enableExpression' ? 'condition-beyond-device' : 'expression-beyond-device'
  }

const addVariable: Setter = (into, extension, { check }) => {
  const text = fhirPathOf(extension)
  const name = asObject(extension.valueExpression)?.name
  if (text === null) return 'language-unknown'
  if (typeof name !== 'string' || check(text) === 'invalid') return 'expression-invalid'
  const variable: Variable = { name, expression: text }
  into.variables = [...(into.variables ?? []), variable]
  return null
}

/** questionnaire-constraint (R4) has plain strings; SDC's targetConstraint an Expression. */
const addConstraint: Setter = (into, extension, { check }) => {
  const part = extensionOf(extension, 'expression')
  const text = part?.valueString ?? (part === undefined ? undefined : fhirPathOf(part))
  if (text === null) return 'language-unknown'
  if (typeof text !== 'string' || check(text) === 'invalid') return 'expression-invalid'
  const key = extensionOf(extension, 'key')
  const human = extensionOf(extension, 'human')
  const severity = extensionOf(extension, 'severity')?.valueCode
  const constraint: Constraint = {
    key: String(key?.valueId ?? key?.valueString ?? ''),
    severity: severity === 'warning' ? 'warning' : 'error',
    human: String(human?.valueString ?? human?.valueMarkdown ?? ''),
    expression: text,
  }
  into.constraints = [...(into.constraints ?? []), constraint]
  return null
}

/** The FHIRPath text of an Expression, or null where it is of another language. */
function fhirPathOf(extension: Json): string | null {
  const value = asObject(extension.valueExpression)
  if (value === undefined) return typeof extension.valueString === 'string' ? extension.valueString : null
  return value.language === 'text/fhirpath' && typeof value.expression === 'string' ? value.expression : null
}

const setPattern: Setter = (into, extension) => {
  const { valueString } = extension
  if (typeof valueString !== 'string' || compilePattern(valueString) === null) return 'pattern-invalid'
  into.pattern = valueString
  return null
}

const setUnit: Setter = (into, extension) => {
  const coding = asObject(extension.valueCoding)
  if (coding === undefined) return 'wrong-json'
  into.unit = coding
  return null
}

const setStep: Setter = (into, extension) => {
  const step = extension.valueInteger ?? extension.valueDecimal
  if (typeof step !== 'number' || step <= 0) return 'limit-invalid'
  into.sliderStep = step
  return null
}

const setMedia: Setter = (into, extension) => {
  const media = asObject(extension.valueAttachment)
  if (media === undefined) return 'wrong-json'
  into.media = media
  return null
}

const setEntryFormat: Setter = (into, extension, { place, report }) => {
  const words = wordsOf(extension, 'valueString', place, report)
  if (words === undefined) return 'wrong-json'
  into.entryFormat = words
  return null
}

/** questionnaire-unitValueSet: the units cannot be listed here; any unit is taken. */
const unitValueSet: Setter = () => 'value-set-unknown'

const setters = new Map<string, Setter>([
  [extensionUrls.minValue, limit('min', ordered)],
  [extensionUrls.maxValue, limit('max', ordered)],
  [`${sdc}minQuantity`, limit('min', ['Quantity'])],
  [`${sdc}maxQuantity`, limit('max', ['Quantity'])],
  [`${core}minLength`, count('minLength')],
  [extensionUrls.maxDecimalPlaces, count('maxDecimals')],
  [`${core}questionnaire-minOccurs`, count('minOccurs')],
  [`${core}questionnaire-maxOccurs`, count('maxOccurs', 1)],
  [`${core}maxSize`, count('maxSize')],
  [`${core}regex`, setPattern],
  [`${core}mimeType`, list('mimeTypes', 'valueCode')],
  [`${core}questionnaire-referenceResource`, list('referenceTypes', 'valueCode')],
  [extensionUrls.unit, setUnit],
  [`${core}questionnaire-unitOption`, addUnit],
  [`${core}questionnaire-unitValueSet`, unitValueSet],
  [`${core}questionnaire-itemControl`, code('control')],
  [`${core}questionnaire-choiceOrientation`, code('orientation')],
  [`${core}questionnaire-displayCategory`, code('displayCategory')],
  [`${core}questionnaire-sliderStepValue`, setStep],
  [`${core}questionnaire-hidden`, flag('hidden')],
  [extensionUrls.skippable, flag('skippable')],
  [`${core}entryFormat`, setEntryFormat],
  [`${core}questionnaire-itemMedia`, setMedia],
  [`${sdc}itemMedia`, setMedia],
  [`${sdc}itemAnswerMedia`, setMedia],
  [`${sdc}entryMode`, code('entryMode')],
  [enableUrl, expression('enableExpression')],
  [`${sdc}calculatedExpression`, expression('calculated')],
  [`${core}variable`, addVariable],
  [`${core}questionnaire-constraint`, addConstraint],
  [`${core}targetConstraint`, addConstraint],
])
