// The functions of the FHIRPath subset. Source: FHIRPath 2.0 §5 and §7 (`sum` as FHIR's engines give it).
import { asObject } from '../../fhir-json.ts'
import {
  type Collection,
  ExpressionFailed,
  fromJson,
  type Item,
  itemsOf,
  single,
  truth,
  truthOf,
} from './items.ts'
import { distinct, operate } from './operators.ts'

/** How a function reaches its arguments. */
export type Arguments = {
  each(index: number, item: Item): Collection
  outer(index: number): Collection
  given(index: number): boolean
}
type Run = (input: Collection, args: Arguments) => Collection

/** The function of that name; the parser lets no other name through. */
export function functionsOf(name: string): Run {
  return table[name] as Run
}

const matching = (input: Collection, args: Arguments) =>
  input.filter((item) => truthOf(args.each(0, item)) === true)

const table: Readonly<Record<string, Run>> = {
  where: matching,
  select: (input, args) => input.flatMap((item) => [...args.each(0, item)]),
  all: (input, args) => truth(input.every((item) => truthOf(args.each(0, item)) === true)),
  exists: (input, args) => truth((args.given(0) ? matching(input, args) : input).length > 0),
  empty: (input) => truth(input.length === 0),
  not: (input) => {
    const value = truthOf(input)
    return truth(value === undefined ? undefined : !value)
  },
  count: (input) => [{ type: 'integer', value: input.length }],
  sum: (input) => {
    if (input.some((item) => typeof item.value !== 'number'))
      throw new ExpressionFailed('sum() takes numbers')
    const add = (sum: Collection, item: Item) =>
      operate(
        '+',
        () => sum,
        () => [item],
      )
    return input.length === 0 ? [] : input.slice(1).reduce(add, input.slice(0, 1))
  },
  first: (input) => input.slice(0, 1),
  last: (input) => input.slice(-1),
  distinct,
  allTrue: (input) => truth(input.every(isBooleanTrue)),
  anyTrue: (input) => truth(input.some(isBooleanTrue)),
  hasValue: (input) =>
    truth(input.length === 1 && input[0]?.type !== 'object' && input[0]?.type !== 'Quantity'),
  descendants: (input) => descendants(input, 0),
  repeat: repeated,
  iif: (_input, args) => {
    if (truthOf(args.outer(0)) === true) return args.outer(1)
    return args.given(2) ? args.outer(2) : []
  },
  abs: (input) => onNumber(input, Math.abs),
  round: (input, args) => {
    const places = args.given(0) ? numberOf(args.outer(0)) : 0
    const factor = 10 ** (places ?? 0)
    return onNumber(input, (value) => (Math.sign(value) * Math.round(Math.abs(value) * factor)) / factor)
  },
  length: (input) => onText(input, (text) => text.length),
  startsWith: (input, args) => onTexts(input, args, (text, other) => text.startsWith(other)),
  endsWith: (input, args) => onTexts(input, args, (text, other) => text.endsWith(other)),
  contains: (input, args) => onTexts(input, args, (text, other) => text.includes(other)),
  lower: (input) => onText(input, (text) => text.toLowerCase()),
  upper: (input) => onText(input, (text) => text.toUpperCase()),
  toInteger,
}

function isBooleanTrue(item: Item): boolean {
  if (item.type !== 'boolean') throw new ExpressionFailed(`truth values are needed, not a ${item.type}`)
  return item.value === true
}

const deepest = 60

/** All elements inside, at any depth; value[x] with its type. */
function descendants(input: Collection, depth: number): Collection {
  if (depth > deepest) return []
  const children = input.flatMap(({ value }) => {
    const object = asObject(value)
    if (object === undefined) return []
    const typed = (['value', 'answer', 'initial'] as const).filter((stem) => itemsOf(object, stem).length > 0)
    return Object.entries(object).flatMap(([name, inner]) => {
      if (name === 'resourceType') return []
      const stem = typed.find((one) => new RegExp(`^${one}[A-Z]`).test(name))
      if (stem === undefined) return fromJson(inner)
      return itemsOf({ [name]: inner }, stem)
    })
  })
  return children.length === 0 ? [] : [...children, ...descendants(children, depth + 1)]
}

/** Each element once, however often the projection finds it (FHIRPath §5.2.3). */
function repeated(input: Collection, args: Arguments): Collection {
  let found: Collection = []
  let level = input
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    const all = distinct([...found, ...level.flatMap((item) => [...args.each(0, item)])])
    level = all.slice(found.length)
    found = all
  }
  return found
}

function numberOf(input: Collection): number | undefined {
  const item = single(input)
  if (item === undefined) return undefined
  if (typeof item.value !== 'number') throw new ExpressionFailed(`a number is needed, not a ${item.type}`)
  return item.value
}

function onNumber(input: Collection, change: (value: number) => number): Collection {
  const value = numberOf(input)
  return value === undefined ? [] : fromJson(change(value) || 0)
}

function onText(input: Collection, change: (text: string) => unknown): Collection {
  const item = single(input)
  if (item === undefined) return []
  if (typeof item.value !== 'string') throw new ExpressionFailed(`a text is needed, not a ${item.type}`)
  return fromJson(change(item.value))
}

function onTexts(
  input: Collection,
  args: Arguments,
  test: (text: string, other: string) => boolean,
): Collection {
  const other = single(args.outer(0))
  if (other === undefined) return []
  if (typeof other.value !== 'string') throw new ExpressionFailed(`a text is needed, not a ${other.type}`)
  return onText(input, (text) => test(text, other.value as string))
}

function toInteger(input: Collection): Collection {
  const item = single(input)
  if (item === undefined) return []
  if (Number.isInteger(item.value)) return [{ type: 'integer', value: item.value }]
  if (item.type === 'boolean') return [{ type: 'integer', value: item.value === true ? 1 : 0 }]
  const text = String(item.value)
  return item.type === 'string' && /^[+-]?\d{1,9}$/.test(text)
    ? [{ type: 'integer', value: Number(text) }]
    : []
}
