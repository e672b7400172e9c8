// Rules that run on the phone, as small JSON programs: CEL's own parser and evaluator are ten times the size of all
// the rest of a form's engine. The programs are made from CEL's syntax tree (compile-rule-program.ts) and say of the
// same answers what the server says; what they cannot express is left to the server.
import type { Answers } from '../plan.ts'
import { isSkip } from '../skip-reasons.ts'

/** One rule. `prompt`: shown beside `item` until corrected or confirmed; `message`: shown at once, offline too (U19). */
export type DeviceRuleProgram = {
  readonly id: string
  readonly version: string
  readonly kind: 'prompt' | 'message'
  readonly item?: string
  /** LinkIds without an answer to which it does not apply. */
  readonly needs: readonly string[]
  readonly text: string
  readonly program: Expression
}

/**
 * An expression of CEL: a double, a text, a truth, or an operator with its operands. Names of items are linkIds.
 * `i` an integer · `a` an answer, `g` a repeating group, of the whole form or (with a second operand) of a repetition ·
 * `v` a macro's variable · `has` whether there is an answer · `[` a list · `at` an element of a list · operators of
 * CEL by their signs, `neg` for unary minus · macros and functions by their names.
 */
export type Expression = number | string | boolean | readonly [op: string, ...operands: unknown[]]

/** Values of CEL's types double, int, string, bool, list, and repetitions of a group. */
type Value = number | bigint | string | boolean | readonly Value[] | Answers
type Operands = readonly Expression[]
type Scope = { readonly [name: string]: Value }

/** As the server: a longer text is no answer to a question of a form, and the rule that reads it fails. */
const longestText = 10_000
/** As the server: longer texts are not searched. */
const longestSearched = 2000
const bound = 2n ** 63n

/**
 * Whether the rule holds. `answers` are cleaned, without hidden items. A rule that lacks an answer it needs, or that
 * cannot be evaluated, does not hold. Never throws.
 */
export function ruleHolds({ needs, program }: DeviceRuleProgram, answers: Answers): boolean {
  for (const linkId of needs) if (answers[linkId] === undefined || isSkip(answers[linkId])) return false
  try {
    return evaluate(program, answers, {}) === true
  } catch {
    return false
  }
}

/** @throws where CEL ends with an error. */
function evaluate(expression: Expression, answers: Answers, scope: Scope): Value {
  if (typeof expression !== 'object') return expression
  const [op, ...rest] = expression
  const of = rest as Operands
  const run = (index: number): Value => evaluate(of[index] as Expression, answers, scope)
  switch (op) {
    case 'i':
      return BigInt(of[0] as string | number)
    case 'v':
      return known(scope[of[0] as string])
    case 'a':
    case 'has': {
      const answer = read(of.length > 1 ? (run(1) as Answers) : answers, of[0] as string)
      return op === 'has' ? answer !== undefined : known(answer)
    }
    case 'g': {
      const list = (of.length > 1 ? (run(1) as Answers) : answers)[of[0] as string]
      return Array.isArray(list) ? list : []
    }
    case '[':
      return of.map((_, index) => run(index))
    case 'at':
      return known((run(0) as readonly Value[])[Number(run(1))])
    case '?:':
      return run(0) === true ? run(1) : run(2)
    case '&&':
    case '||':
      return either(op === '||', run)
    case 'exists':
    case 'all':
    case 'exists_one':
    case 'filter':
    case 'map':
      return overList(op, run(0) as readonly Value[], (element) =>
        evaluate(of[2] as Expression, answers, { ...scope, [of[1] as string]: element }),
      )
  }
  const values = of.map((_, index) => run(index))
  return apply(op, values[0] as Value, values[1] as Value)
}

function known(value: Value | undefined): Value {
  if (value === undefined) throw new RangeError('no such key')
  return value
}

/** What was skipped or not given is not there. */
function read(answers: Answers, linkId: string): Value | undefined {
  const answer = answers[linkId]
  if (answer === undefined || isSkip(answer)) return undefined
  if (typeof answer === 'string' && answer.length > longestText) throw new RangeError('the text is too long')
  return answer as Value
}

/** `||` (`decides` true) and `&&`: one side that decides is enough, whatever becomes of the other. */
function either(decides: boolean, run: (index: number) => Value): boolean {
  let failed: { readonly error: unknown } | undefined
  for (const index of [0, 1])
    try {
      if (run(index) === decides) return decides
    } catch (error) {
      failed = { error }
    }
  if (failed !== undefined) throw failed.error
  return !decides
}

function overList(macro: string, list: readonly Value[], body: (element: Value) => Value): Value {
  if (macro === 'map') return list.map(body)
  if (macro === 'filter') return list.filter((one) => body(one) === true)
  if (macro === 'exists_one') return list.filter((one) => body(one) === true).length === 1
  const decides = macro === 'exists'
  let failed: { readonly error: unknown } | undefined
  for (const one of list)
    try {
      if (body(one) === decides) return decides
    } catch (error) {
      failed ??= { error }
    }
  if (failed !== undefined) throw failed.error
  return !decides
}

/** Operators and functions whose operands are all evaluated first. Types were checked when the rule was published. */
function apply(op: string, left: Value, right: Value): Value {
  const [text, list] = [left as string, left as readonly number[]]
  switch (op) {
    case '!':
      return !left
    case 'neg':
      return -(left as number)
    case '==':
      return equal(left, right)
    case '!=':
      return !equal(left, right)
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
    case 'in':
      return (right as readonly Value[]).some((one) => equal(left, one))
    case 'size':
      return BigInt(typeof left === 'string' ? [...left].length : list.length)
    case 'startsWith':
      return text.startsWith(right as string)
    case 'endsWith':
      return text.endsWith(right as string)
    case 'contains':
      return text.includes(right as string)
    case 'matches':
      if (text.length > longestSearched) throw new RangeError('the text is too long')
      return new RegExp(right as string).test(text)
    case 'double':
      return Number(left)
    case 'sum':
      return list.reduce((a, b) => a + b, 0)
    case 'least':
    case 'greatest':
      if (list.length === 0) throw new RangeError('the list is empty')
      return op === 'least' ? Math.min(...list) : Math.max(...list)
    default:
      return calculate(op, left, right)
  }
}

/** Numbers compare whether integer or double; lists element by element. */
function equal(left: Value, right: Value): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((one, index) => equal(one, right[index] as Value))
  // biome-ignore lint/suspicious/noDoubleEquals: an integer equals a double of the same value
  return typeof left === typeof right ? left === right : left == right
}

/** Integers have 64 bits; with a double the result is one. @throws RangeError for overflow and division by zero. */
function calculate(op: string, left: Value, right: Value): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    const value = arithmetic(op, left, right) as bigint
    if (value >= bound || value < -bound) throw new RangeError('integer overflow')
    return value
  }
  if (Array.isArray(left)) return [...left, ...(right as readonly Value[])]
  if (typeof left === 'string') return left + (right as string)
  return arithmetic(op, Number(left), Number(right)) as number
}

function arithmetic(op: string, left: number | bigint, right: number | bigint): unknown {
  const [a, b] = [left as number, right as number]
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
    default:
      throw new RangeError(op)
  }
}
