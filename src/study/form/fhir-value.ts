// FHIR's value[x]: which of the possible members stands in an element, and whether its JSON is what the type says.
// Grammar: FHIR R4 datatypes and json.html. Reads anything, throws nothing.
import { asObject, type Json } from '../fhir-json.ts'
import type { FhirValue, ValueType } from './definition.ts'
import { isFhirDate, isFhirDateTime, isFhirTime } from './fhir-time.ts'

const valueTypes: readonly ValueType[] = [
  'Boolean',
  'Decimal',
  'Integer',
  'Date',
  'DateTime',
  'Time',
  'String',
  'Uri',
  'Attachment',
  'Coding',
  'Quantity',
  'Reference',
]

const most32Bit = 2_147_483_647

/** The values of an element's `prefix[x]`, and the members of that prefix with a type that is not allowed there. */
export function valuesOf(
  element: Json,
  prefix: 'value' | 'answer' | 'initial',
): { readonly values: readonly FhirValue[]; readonly foreign: readonly string[] } {
  const values: FhirValue[] = []
  const foreign: string[] = []
  for (const member of Object.keys(element)) {
    if (!member.startsWith(prefix) || member.length === prefix.length) continue
    const suffix = member.slice(prefix.length)
    if (!/^[A-Z]/.test(suffix)) continue
    const type = valueTypes.find((one) => one === suffix)
    if (type === undefined) foreign.push(member)
    else values.push({ type, value: element[member] })
  }
  return { values, foreign }
}

/** The one value of an element, or undefined where there is none or more than one. */
export function oneValueOf(element: Json, prefix: 'value' | 'answer' | 'initial'): FhirValue | undefined {
  const { values, foreign } = valuesOf(element, prefix)
  return values.length === 1 && foreign.length === 0 ? values[0] : undefined
}

/** What is wrong with a value's JSON. */
export type ValueFault =
  | 'boolean-invalid'
  | 'number-invalid'
  | 'text-invalid'
  | 'date-invalid'
  | 'date-time-invalid'
  | 'time-invalid'
  | 'url-invalid'
  | 'coding-invalid'
  | 'quantity-invalid'
  | 'attachment-invalid'
  | 'reference-invalid'

/** The fault of a value's shape, or null where it is sound. */
export function shapeFault({ type, value }: FhirValue): ValueFault | null {
  switch (type) {
    case 'Boolean':
      return typeof value === 'boolean' ? null : 'boolean-invalid'
    case 'Integer':
      return isInteger32(value) ? null : 'number-invalid'
    case 'Decimal':
      return isNumber(value) ? null : 'number-invalid'
    case 'String':
      return isText(value) ? null : 'text-invalid'
    case 'Date':
      return isString(value) && isFhirDate(value) ? null : 'date-invalid'
    case 'DateTime':
      return isString(value) && isFhirDateTime(value) ? null : 'date-time-invalid'
    case 'Time':
      return isString(value) && isFhirTime(value) ? null : 'time-invalid'
    case 'Uri':
      return isUri(value) ? null : 'url-invalid'
    case 'Coding':
      return isCoding(value) ? null : 'coding-invalid'
    case 'Quantity':
      return isQuantity(value) ? null : 'quantity-invalid'
    case 'Attachment':
      return isAttachment(value) ? null : 'attachment-invalid'
    default:
      return isReference(value) ? null : 'reference-invalid'
  }
}

function isInteger32(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) <= most32Bit && (value as number) >= -most32Bit - 1
}

/** A text with something in it that is not white space (R4: strings are never empty). */
export function isText(value: unknown): value is string {
  return isString(value) && /\S/u.test(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** R4's uri: no white space. */
export function isUri(value: unknown): value is string {
  return isString(value) && /^\S+$/u.test(value)
}

function optional(object: Json, member: string, fits: (value: unknown) => boolean): boolean {
  return object[member] === undefined || fits(object[member])
}

/** R4's code: no leading, trailing or double white space. */
export function isCode(value: unknown): value is string {
  return isString(value) && /^[^\s]+(?:\s[^\s]+)*$/u.test(value)
}

function isCoding(value: unknown): boolean {
  const coding = asObject(value)
  return (
    coding !== undefined &&
    (coding.code !== undefined || coding.display !== undefined) &&
    optional(coding, 'system', isUri) &&
    optional(coding, 'version', isText) &&
    optional(coding, 'code', isCode) &&
    optional(coding, 'display', isText) &&
    optional(coding, 'userSelected', (one) => typeof one === 'boolean')
  )
}

/** qty-3: a code needs its system. */
function isQuantity(value: unknown): boolean {
  const quantity = asObject(value)
  return (
    quantity !== undefined &&
    isNumber(quantity.value) &&
    optional(quantity, 'unit', isText) &&
    optional(quantity, 'system', isUri) &&
    optional(quantity, 'code', isCode) &&
    optional(quantity, 'comparator', (one) => ['<', '<=', '>=', '>'].includes(one as string)) &&
    (quantity.code === undefined || quantity.system !== undefined)
  )
}

/** att-1: data needs its content type. */
function isAttachment(value: unknown): boolean {
  const attachment = asObject(value)
  if (attachment === undefined) return false
  const { data, url, contentType } = attachment
  return (
    (data !== undefined || url !== undefined || attachment.title !== undefined) &&
    optional(attachment, 'contentType', isCode) &&
    optional(attachment, 'url', isUri) &&
    optional(attachment, 'size', (one) => Number.isInteger(one) && (one as number) >= 0) &&
    optional(attachment, 'data', (one) => isString(one) && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(one)) &&
    (data === undefined || contentType !== undefined)
  )
}

function isReference(value: unknown): boolean {
  const reference = asObject(value)
  return (
    reference !== undefined &&
    (reference.reference !== undefined ||
      asObject(reference.identifier) !== undefined ||
      reference.display !== undefined) &&
    optional(reference, 'reference', isUri) &&
    optional(reference, 'type', isUri) &&
    optional(reference, 'display', isText)
  )
}
