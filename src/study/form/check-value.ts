// Checks one answer against its item: type, shape, limits, options, unit. Says kinds and limits, never the answer.
import { asObject, type Json } from '../fhir-json.ts'
import { compareValues, sameCoding } from './compare-values.ts'
import { answerTypesOf, type FhirValue, type FormItem, type FormOption } from './definition.ts'
import { shapeFault } from './fhir-value.ts'
import { compilePattern } from './pattern.ts'
import type { FindingDetail, ResponseFindingCode } from './response-finding.ts'

/** Receives what is wrong with the one answer. */
export type Complain = (code: ResponseFindingCode, detail?: FindingDetail) => void

/** Checks a value; stops at the first fault that makes the rest meaningless. */
export function checkValue(item: FormItem, value: FhirValue, complain: Complain): void {
  const types = answerTypesOf(item)
  if (!types.includes(value.type)) {
    complain('wrong-type', { expected: types.map(kindName).join(' | '), actual: kindName(value.type) })
    return
  }
  const fault = shapeFault(value)
  if (fault !== null) {
    complain(fault, { expected: kindName(value.type), actual: jsonKind(value.value) })
    return
  }
  checkRange(item, value, complain)
  if (typeof value.value === 'string') checkText(item, value, complain)
  else if (typeof value.value === 'number') checkLength(item, String(value.value), complain)
  if (item.maxDecimals !== undefined) checkDecimals(item.maxDecimals, value, complain)
  if (item.type === 'choice' || item.type === 'open-choice' || item.options !== undefined)
    checkOption(item, value, complain)
  if (value.type === 'Quantity') checkUnit(item, asObject(value.value) ?? {}, complain)
  if (value.type === 'Attachment') checkAttachment(item, asObject(value.value) ?? {}, complain)
  if (value.type === 'Reference') checkReference(item, asObject(value.value) ?? {}, complain)
}

function checkRange(item: FormItem, value: FhirValue, complain: Complain): void {
  if (item.min !== undefined && compareValues(value, item.min) === -1)
    complain('out-of-range', { expected: `at least ${limitName(item.min)}`, actual: 'below' })
  if (item.max !== undefined && compareValues(value, item.max) === 1)
    complain('out-of-range', { expected: `at most ${limitName(item.max)}`, actual: 'above' })
}

/** Limits are the form's; a patient's value is never shown. */
function limitName({ value }: FhirValue): string {
  const quantity = asObject(value)
  return quantity === undefined
    ? String(value)
    : `${quantity.value} ${quantity.unit ?? quantity.code ?? ''}`.trim()
}

function checkText(item: FormItem, { type, value }: FhirValue, complain: Complain): void {
  const text = value as string
  const length = checkLength(item, text, complain)
  if (item.minLength !== undefined && length < item.minLength)
    complain('too-short', {
      expected: `at least ${item.minLength} characters`,
      actual: `${length} characters`,
    })
  // R4: "string: short (few words to short sentence) free-text entry", "text: … may include line breaks".
  if (item.type === 'string' && type === 'String' && /[\r\n]/.test(text)) complain('line-break')
  if (item.pattern !== undefined && compilePattern(item.pattern)?.test(text) === false)
    complain('pattern-mismatch', { expected: item.pattern })
}

/** Characters as a reader counts them; returns how many. */
function checkLength({ maxLength }: FormItem, text: string, complain: Complain): number {
  const length = [...text].length
  if (maxLength !== undefined && length > maxLength)
    complain('too-long', { expected: `at most ${maxLength} characters`, actual: `${length} characters` })
  return length
}

function checkDecimals(most: number, { type, value }: FhirValue, complain: Complain): void {
  const number = type === 'Quantity' ? asObject(value)?.value : value
  if (typeof number !== 'number') return
  const places = decimalPlaces(number)
  if (places > most)
    complain('too-many-decimals', {
      expected: `at most ${most} decimal places`,
      actual: `${places} decimal places`,
    })
}

/** Decimal places of a number as JSON writes it. */
export function decimalPlaces(number: number): number {
  const [digits = '', exponent = '0'] = String(number).split('e')
  const fraction = digits.split('.')[1] ?? ''
  return Math.max(0, fraction.length - Number(exponent))
}

function checkOption(item: FormItem, value: FhirValue, complain: Complain): void {
  const { options } = item
  if (options === undefined) {
    if (value.type === 'Coding') complain('option-unverifiable', { expected: item.optionsFrom ?? 'options' })
    return
  }
  const open = item.optionsOpen === true || item.type === 'open-choice'
  const option = optionOf(options, value)
  if (option !== undefined) {
    checkDisplay(option, value, complain)
    return
  }
  // R4, open-choice: "a Coding drawn from a list of possible answers or a free-text entry in a string".
  if (open && (value.type === 'String' || (value.type === 'Coding' && codeOf(value) === undefined))) return
  const expected = `one of ${options.length} options`
  const sameCode = value.type === 'Coding' && options.some((one) => codeOf(one.value) === codeOf(value))
  complain(sameCode ? 'code-system-mismatch' : 'option-unknown', { expected, actual: kindName(value.type) })
}

/** The option an answer chooses. */
export function optionOf(options: readonly FormOption[], value: FhirValue): FormOption | undefined {
  return options.find((option) => {
    if (value.type !== 'Coding' || option.value.type !== 'Coding')
      return option.value.type === value.type && compareValues(value, option.value) === 0
    const [given, listed] = [asObject(value.value), asObject(option.value.value)]
    // An option without system says nothing of the system; one that has it must be met.
    return sameCoding(given, listed)
  })
}

function codeOf({ value }: FhirValue): unknown {
  return asObject(value)?.code
}

/** Displays may be in any language of the form; case and outer white space do not matter. */
function checkDisplay(option: FormOption, { type, value }: FhirValue, complain: Complain): void {
  const display = type === 'Coding' ? asObject(value)?.display : undefined
  if (typeof display !== 'string' || option.words === undefined) return
  const { text, in: translations = {} } = option.words
  const plain = (one: string) => one.normalize('NFC').trim().toLowerCase()
  const known = [text, ...Object.values(translations)].map(plain)
  if (!known.includes(plain(display))) complain('display-mismatch', { expected: "the option's display" })
}

function checkUnit(item: FormItem, quantity: Json, complain: Complain): void {
  const units = item.units ?? (item.unit === undefined ? [] : [item.unit])
  if (units.length === 0) return
  const expected = units.map((unit) => String(unit.code ?? unit.display)).join(' | ')
  if (quantity.code === undefined && quantity.unit === undefined) {
    complain('unit-missing', { expected })
    return
  }
  const fits = units.some((unit) => {
    if (quantity.code === undefined) return [unit.code, unit.display].includes(quantity.unit)
    return quantity.code === unit.code && (unit.system === undefined || quantity.system === unit.system)
  })
  if (!fits) complain('unit-mismatch', { expected })
}

function checkAttachment(item: FormItem, attachment: Json, complain: Complain): void {
  const { contentType, size, data } = attachment
  if (item.mimeTypes !== undefined) {
    const fits = item.mimeTypes.some((type) => mimeFits(type, contentType))
    if (!fits) complain('attachment-type', { expected: item.mimeTypes.join(' | ') })
  }
  if (item.maxSize === undefined) return
  const bytes = typeof size === 'number' ? size : typeof data === 'string' ? base64Bytes(data) : 0
  if (bytes > item.maxSize)
    complain('attachment-size', { expected: `at most ${item.maxSize} bytes`, actual: `${bytes} bytes` })
}

function mimeFits(type: string, given: unknown): boolean {
  if (typeof given !== 'string') return false
  const [main = ''] = given.toLowerCase().split(';')
  const wanted = type.toLowerCase()
  return wanted.endsWith('/*') ? main.startsWith(wanted.slice(0, -1)) : main.trim() === wanted
}

function base64Bytes(data: string): number {
  const text = data.replace(/\s/g, '')
  return Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
}

function checkReference(item: FormItem, reference: Json, complain: Complain): void {
  const kind = referenceKind(reference)
  if (item.referenceTypes === undefined || kind === undefined) return
  if (!item.referenceTypes.includes(kind))
    complain('reference-type', { expected: item.referenceTypes.join(' | '), actual: kind })
}

const literalReference = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]+(?:\/_history\/[A-Za-z0-9.-]+)?$/

/** The resource type a FHIR Reference names, where it names one. */
export function referenceKind({ reference, type }: Json): string | undefined {
  if (typeof type === 'string' && /^[A-Z][A-Za-z]+$/.test(type)) return type
  return typeof reference === 'string' ? literalReference.exec(reference)?.[1] : undefined
}

/** FHIR's name of a value type, as it stands after `value`. */
function kindName(type: string): string {
  return type === 'DateTime'
    ? 'dateTime'
    : /^(?:Coding|Quantity|Attachment|Reference)$/.test(type)
      ? type
      : type.toLowerCase()
}

function jsonKind(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
