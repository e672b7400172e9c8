// How two FHIR values compare in enableWhen, limits and options. One rule for all of them, so that a form behaves
// alike wherever a value is looked at. Sources: FHIR R4 questionnaire-enable-operator; FHIRPath 2.0 §6.1 and §6.2.
import { asObject, type Json } from '../fhir-json.ts'
import type { FhirValue, Operator } from './definition.ts'
import { compareDates, compareTimes, type Order } from './fhir-time.ts'
import { inBaseUnit } from './units.ts'

/** `different`: of kinds or codes that have no order; `unknown`: the values do not decide it. */
export type Comparison = Order | 'different'

/** Compares an answer (left) with a value of the form (right). */
export function compareValues(left: FhirValue, right: FhirValue): Comparison {
  const [a, b] = [left.value, right.value]
  switch (right.type) {
    case 'Decimal':
    case 'Integer':
      if (left.type === 'Quantity') return compareQuantities(asObject(a), { value: b })
      return typeof a === 'number' && typeof b === 'number' ? sign(a - b) : 'different'
    case 'Boolean':
      return typeof a === 'boolean' ? (a === b ? 0 : 'different') : 'different'
    case 'Date':
    case 'DateTime':
      if (left.type !== 'Date' && left.type !== 'DateTime') return 'different'
      return typeof a === 'string' ? compareDates(a, b as string) : 'different'
    case 'Time':
      return left.type === 'Time' && typeof a === 'string' ? compareTimes(a, b as string) : 'different'
    case 'Coding':
      return left.type === 'Coding' && sameCoding(asObject(a), asObject(b)) ? 0 : 'different'
    case 'Quantity':
      return left.type === 'Quantity' ? compareQuantities(asObject(a), asObject(b)) : 'different'
    case 'Reference':
      return left.type === 'Reference' && asObject(a)?.reference === asObject(b)?.reference ? 0 : 'different'
    case 'Attachment':
      return 'different'
    default:
      return (left.type === 'String' || left.type === 'Uri') && typeof a === 'string'
        ? compareTexts(a, b as string)
        : 'different'
  }
}

/**
 * Whether one answer satisfies the operator. `!=` is told by the caller for all answers together. Codes, booleans,
 * references and attachments have no order: `<` and its like never hold for them.
 */
export function satisfies(comparison: Comparison, operator: Exclude<Operator, 'exists'>): boolean {
  switch (operator) {
    case '=':
      return comparison === 0
    case '!=':
      return comparison !== 0 && comparison !== 'unknown'
    case '>':
      return comparison === 1
    case '<':
      return comparison === -1
    case '>=':
      return comparison === 1 || comparison === 0
    default:
      return comparison === -1 || comparison === 0
  }
}

/**
 * Whether an answered code is the one expected: same code, and same system where the form states one. A coding
 * without code (free text kept as display) is compared by its display.
 */
export function sameCoding(answered: Json | undefined, expected: Json | undefined): boolean {
  if (answered === undefined || expected === undefined) return false
  if (expected.system !== undefined && answered.system !== expected.system) return false
  if (expected.code === undefined) return answered.code === undefined && answered.display === expected.display
  return answered.code === expected.code
}

/** Quantities compare where they are of one unit, or of units of one kind that differ by a factor. */
function compareQuantities(a: Json | undefined, b: Json | undefined): Comparison {
  if (typeof a?.value !== 'number' || typeof b?.value !== 'number') return 'different'
  if (sameUnit(a, b)) return sign(a.value - b.value)
  const [left, right] = [inBaseUnit(a.value, unitName(a)), inBaseUnit(b.value, unitName(b))]
  if (left === null || right === null || left.kind !== right.kind) return 'different'
  return Math.abs(left.value - right.value) <= 1e-9 * Math.abs(right.value)
    ? 0
    : sign(left.value - right.value)
}

/** A form's value without any unit fits every unit. */
function sameUnit(answered: Json, expected: Json): boolean {
  if (expected.code === undefined && expected.unit === undefined) return true
  if (expected.code !== undefined && answered.code !== undefined)
    return (
      answered.code === expected.code &&
      (expected.system === undefined || answered.system === expected.system)
    )
  return unitName(answered) === unitName(expected)
}

function unitName(quantity: Json): string {
  const name = quantity.code ?? quantity.unit
  return typeof name === 'string' ? name : ''
}

function compareTexts(a: string, b: string): Order {
  return a === b ? 0 : a < b ? -1 : 1
}

function sign(difference: number): -1 | 0 | 1 {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0
}
