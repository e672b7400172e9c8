// The operators of the FHIRPath subset: three-valued logic, equality, order, arithmetic, sets.
// Source: FHIRPath 2.0 §6.
import { compareDates, compareTimes } from '../fhir-time.ts'
import { type Collection, describe, ExpressionFailed, type Item, single, truth, truthOf } from './items.ts'

/** Applies an operator; operands are evaluated when asked for. @throws ExpressionFailed on operands it cannot take. */
export function operate(operator: string, left: () => Collection, right: () => Collection): Collection {
  switch (operator) {
    case 'and':
    case 'or':
    case 'xor':
    case 'implies':
      return truth(logic(operator, truthOf(left()), truthOf(right())))
    case '=':
      return truth(equal(left(), right()))
    case '!=': {
      const same = equal(left(), right())
      return truth(same === undefined ? undefined : !same)
    }
    case '<':
    case '>':
    case '<=':
    case '>=':
      return onSingles(left, right, (a, b) => truth(ordered(operator, a, b)))
    case 'in':
      return membership(left(), right())
    case 'contains':
      return membership(right(), left())
    case '|':
      return distinct([...left(), ...right()])
    case '&':
      return [{ type: 'string', value: textOf(left()) + textOf(right()) }]
    default:
      return onSingles(left, right, (a, b) => arithmetic(operator, a, b))
  }
}

/** Empty where either side is; otherwise each side must be one element. */
function onSingles(
  left: () => Collection,
  right: () => Collection,
  apply: (a: Item, b: Item) => Collection,
): Collection {
  const [a, b] = [left(), right()]
  return a.length === 0 || b.length === 0 ? [] : apply(single(a) as Item, single(b) as Item)
}

function logic(operator: string, a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  switch (operator) {
    case 'and':
      return a === false || b === false ? false : a === true && b === true ? true : undefined
    case 'or':
      return a === true || b === true ? true : a === false && b === false ? false : undefined
    case 'xor':
      return a === undefined || b === undefined ? undefined : a !== b
    default:
      if (a === false || b === true) return true
      return a === true ? b : undefined
  }
}

/** Equality of collections: same length and order; undefined where it cannot be known. */
function equal(left: Collection, right: Collection): boolean | undefined {
  if (left.length === 0 || right.length === 0) return undefined
  if (left.length !== right.length) return false
  let known = true
  for (const [index, item] of left.entries()) {
    const same = sameItem(item, right[index] as Item)
    if (same === false) return false
    if (same === undefined) known = false
  }
  return known ? true : undefined
}

const isDate = (item: Item) => item.type === 'date' || item.type === 'dateTime'
const isNumber = (item: Item) => item.type === 'integer' || item.type === 'decimal'

function sameItem(a: Item, b: Item): boolean | undefined {
  if (isDate(a) && isDate(b)) return decided(compareDates(String(a.value), String(b.value)))
  if (a.type === 'time' && b.type === 'time') return decided(compareTimes(String(a.value), String(b.value)))
  if (isNumber(a) && isNumber(b)) return sameNumber(a.value as number, b.value as number)
  if (a.type !== b.type && (a.type === 'object' || b.type === 'object' || a.type === 'Quantity')) return false
  return sameJson(a.value, b.value)
}

/** FHIRPath decimals are exact to eight places and more; binary noise must not decide. */
function sameNumber(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) < 1e-8
}

function decided(order: number | 'unknown'): boolean | undefined {
  return order === 'unknown' ? undefined : order === 0
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}

function ordered(operator: string, a: Item, b: Item): boolean | undefined {
  const order = orderOf(a, b)
  if (order === 'unknown') return undefined
  if (operator === '<') return order < 0
  if (operator === '>') return order > 0
  return operator === '<=' ? order <= 0 : order >= 0
}

function orderOf(a: Item, b: Item): number | 'unknown' {
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [a.value as number, b.value as number]
    return sameNumber(x, y) ? 0 : x - y
  }
  if (a.type === 'string' && b.type === 'string') {
    const [x, y] = [a.value as string, b.value as string]
    return x < y ? -1 : x > y ? 1 : 0
  }
  if (isDate(a) && isDate(b)) return compareDates(String(a.value), String(b.value))
  if (a.type === 'time' && b.type === 'time') return compareTimes(String(a.value), String(b.value))
  if (a.type === 'boolean' && b.type === 'boolean') return Number(a.value) - Number(b.value)
  throw new ExpressionFailed(`a ${a.type} and a ${b.type} have no order`)
}

function membership(one: Collection, all: Collection): Collection {
  if (one.length === 0) return []
  if (all.length === 0) return truth(false)
  const item = single(one) as Item
  return truth(all.some((other) => sameItem(item, other) === true))
}

/** Elements without those that equal an earlier one. */
export function distinct(collection: Collection): Collection {
  const kept: Item[] = []
  for (const item of collection) if (!kept.some((one) => sameItem(one, item) === true)) kept.push(item)
  return kept
}

function textOf(collection: Collection): string {
  const item = single(collection)
  if (item === undefined) return ''
  if (typeof item.value !== 'string') throw new ExpressionFailed(`& takes texts, not ${describe(collection)}`)
  return item.value
}

function arithmetic(operator: string, a: Item, b: Item): Collection {
  if (operator === '+' && a.type === 'string' && b.type === 'string')
    return [{ type: 'string', value: `${a.value}${b.value}` }]
  if (!isNumber(a) || !isNumber(b))
    throw new ExpressionFailed(`${operator} takes numbers, not a ${a.type} and a ${b.type}`)
  const [x, y] = [a.value as number, b.value as number]
  const whole = a.type === 'integer' && b.type === 'integer'
  switch (operator) {
    case '+':
      return number(x + y, whole)
    case '-':
      return number(x - y, whole)
    case '*':
      return number(x * y, whole)
    case '/':
      return y === 0 ? [] : number(x / y, false)
    case 'div':
      return y === 0 ? [] : number(Math.trunc(x / y), true)
    default:
      return y === 0 ? [] : number(x % y, whole)
  }
}

function number(value: number, whole: boolean): Collection {
  return [{ type: whole || Number.isInteger(value) ? 'integer' : 'decimal', value: value === 0 ? 0 : value }]
}
