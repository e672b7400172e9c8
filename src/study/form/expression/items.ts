// Elements of FHIRPath collections: a JSON value with the type that comparison needs.
import { asObject, type Json } from '../../fhir-json.ts'
import { valuesOf } from '../fhir-value.ts'

/** `object` is anything complex whose type does not matter here. */
export type ItemKind =
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'string'
  | 'date'
  | 'dateTime'
  | 'time'
  | 'Quantity'
  | 'object'
export type Item = { readonly type: ItemKind; readonly value: unknown }
export type Collection = readonly Item[]

/** Evaluation ends with an error, as FHIRPath prescribes; the message names types, never values. */
export class ExpressionFailed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ExpressionFailed'
  }
}

/** The elements of a JSON value: lists are flattened, null is nothing. */
export function fromJson(value: unknown): Item[] {
  if (Array.isArray(value)) return value.flatMap(fromJson)
  switch (typeof value) {
    case 'boolean':
      return [{ type: 'boolean', value }]
    case 'number':
      return [{ type: Number.isInteger(value) ? 'integer' : 'decimal', value }]
    case 'string':
      return [{ type: 'string', value }]
    default:
      return asObject(value) === undefined ? [] : [{ type: 'object', value }]
  }
}

const kinds: Readonly<Record<string, ItemKind>> = {
  Boolean: 'boolean',
  Integer: 'integer',
  Decimal: 'decimal',
  String: 'string',
  Uri: 'string',
  Date: 'date',
  DateTime: 'dateTime',
  Time: 'time',
  Quantity: 'Quantity',
}

/** The value[x] of an element by its stem (`value`, `answer`, `initial`). */
export function itemsOf(object: Json, stem: string): Item[] {
  if (stem !== 'value' && stem !== 'answer' && stem !== 'initial') return []
  return valuesOf(object, stem).values.flatMap(({ type, value }) => {
    const [item] = fromJson(value)
    if (item === undefined) return []
    const kind = kinds[type] ?? 'object'
    // JSON of another type than the name says is taken as what it is.
    return (item.type === 'string') === textual.has(kind) ? [{ type: kind, value }] : [item]
  })
}

const textual: ReadonlySet<ItemKind> = new Set(['string', 'date', 'dateTime', 'time'])

/**
 * A collection as a truth value: undefined for empty; a single element that is no boolean counts as true (FHIRPath
 * §4.5, singleton evaluation). @throws ExpressionFailed for several elements.
 */
export function truthOf(collection: Collection): boolean | undefined {
  const [one] = collection
  if (collection.length > 1)
    throw new ExpressionFailed(`one truth value is needed, not ${describe(collection)}`)
  if (one === undefined) return undefined
  return one.type === 'boolean' ? (one.value as boolean) : true
}

/** A truth value as a collection. */
export function truth(value: boolean | undefined): Collection {
  return value === undefined ? [] : [{ type: 'boolean', value }]
}

/** The kinds in a collection, for messages. */
export function describe(collection: Collection): string {
  return collection.length === 1 ? `a ${collection[0]?.type}` : `${collection.length} elements`
}

/** The one element, undefined where empty. @throws ExpressionFailed where there are several. */
export function single(collection: Collection): Item | undefined {
  if (collection.length > 1) throw new ExpressionFailed(`one element is needed, not ${describe(collection)}`)
  return collection[0]
}
