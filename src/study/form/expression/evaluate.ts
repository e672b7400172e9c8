// Evaluates the subset of FHIRPath over FHIR JSON. Collections in, collections out; empty is "nothing known". Agrees
// with the full engine on everything it can parse (evaluate.test.ts holds both against each other).
// Source: FHIRPath 2.0 §5 (functions) and §6 (operators).
import { asObject } from '../../fhir-json.ts'
import { functionsOf } from './functions.ts'
import {
  type Collection,
  describe,
  ExpressionFailed,
  fromJson,
  type Item,
  itemsOf,
  truthOf,
} from './items.ts'
import { operate } from './operators.ts'
import type { Node } from './syntax.ts'

/** What an expression may name: `%resource`, `%context`, `%questionnaire`, the form's variables … */
export type Names = { readonly [name: string]: Collection }

/** Evaluates a parsed expression. @throws ExpressionFailed where FHIRPath says that evaluation ends with an error. */
export function evaluateNode(node: Node, focus: Collection, names: Names): Collection {
  const evaluate = (inner: Node, on: Collection): Collection => {
    switch (inner.op) {
      case 'literal':
        return [{ type: inner.type, value: inner.value }]
      case 'empty':
        return []
      case 'this':
        return on
      case 'constant':
        return constant(inner.name, names)
      case 'member':
        return member(inner.on === null ? on : evaluate(inner.on, on), inner.name, inner.on === null)
      case 'index':
        return indexed(evaluate(inner.on, on), evaluate(inner.at, on))
      case 'negate':
        return negated(evaluate(inner.of, on))
      case 'binary':
        return operate(
          inner.operator,
          () => evaluate(inner.left, on),
          () => evaluate(inner.right, on),
        )
      default:
        return call(inner, on)
    }
  }
  const call = (inner: Extract<Node, { op: 'call' }>, on: Collection): Collection => {
    const input = inner.on === null ? on : evaluate(inner.on, on)
    const run = functionsOf(inner.name)
    return run(input, {
      /** An argument evaluated for one element (`$this`). */
      each: (index, item) => evaluate(inner.args[index] as Node, [item]),
      /** An argument evaluated where the call itself stands. */
      outer: (index) => evaluate(inner.args[index] as Node, on),
      given: (index) => inner.args[index] !== undefined,
    })
  }
  return evaluate(node, focus)
}

/** Whether a result is plainly true: one boolean true. Empty counts as false (SDC, enableWhenExpression). */
export function isTrue(result: Collection): boolean {
  return truthOf(result) === true
}

function constant(name: string, names: Names): Collection {
  const found = Object.hasOwn(names, name) ? names[name] : undefined
  if (found !== undefined) return found
  if (name === 'ucum') return [{ type: 'string', value: 'http://unitsofmeasure.org' }]
  throw new ExpressionFailed(`%${name} is not known here`)
}

/** A member of each element; `value` finds FHIR's value[x]; a resource's own type names the resource itself. */
function member(on: Collection, name: string, first: boolean): Collection {
  const found: Item[] = []
  for (const item of on) {
    const object = asObject(item.value)
    if (object === undefined) continue
    if (first && object.resourceType === name) found.push(item)
    else if (Object.hasOwn(object, name)) found.push(...fromJson(object[name]))
    else found.push(...itemsOf(object, name))
  }
  return found
}

function indexed(on: Collection, at: Collection): Collection {
  const [index] = at
  if (at.length !== 1 || index?.type !== 'integer') throw new ExpressionFailed('an index is one whole number')
  const item = on[index.value as number]
  return item === undefined ? [] : [item]
}

function negated(of: Collection): Collection {
  if (of.length === 0) return []
  const [one] = of
  if (of.length > 1 || typeof one?.value !== 'number')
    throw new ExpressionFailed(`cannot negate ${describe(of)}`)
  return [{ type: one.type, value: one.value === 0 ? 0 : -one.value }]
}
