// The names, functions and operators of CEL that rules have, the same on server and device.
import { Environment } from '@marcbachmann/cel-js'
import type { CompiledForm } from '../compile-form.ts'
import type { ScorePlan } from '../scoring/score-plan.ts'
import { matchesWithin } from './rule-patterns.ts'
import { celTypesOf, type RuleShapes } from './rule-shapes.ts'

const limits = { maxAstNodes: 500, maxDepth: 30, maxListElements: 200, maxMapEntries: 50 }

/** Names besides the objects of {@link celTypesOf}, with their types. */
export const plainVariables = {
  status: 'string',
  late_receipt: 'bool',
  dose: 'string',
  site: 'string',
  missed: 'int',
  earlier_entries: 'list<Earlierentry>',
} as const

/** The environment of a form's rules. What knows the arm is added by whoever compiles restricted rules (P10). */
export function createRuleEnvironment(
  form: CompiledForm,
  scores: readonly ScorePlan[],
  shapes: RuleShapes,
): Environment {
  const environment = new Environment({ limits })
  const { types, variables } = celTypesOf(form, scores, shapes)
  for (const { name, ctor, fields } of types)
    environment.registerType(name, { ctor: ctor as never, fields: { ...fields } })
  for (const [name, type] of Object.entries({ ...variables, ...plainVariables }))
    environment.registerVariable(name, type)
  addNumbers(environment)
  return environment
    .registerFunction('sum(list<double>): double', (list: number[]) => list.reduce((a, b) => a + b, 0))
    .registerFunction('least(list<double>): double', (list: number[]) => Math.min(...notEmpty(list)))
    .registerFunction('greatest(list<double>): double', (list: number[]) => Math.max(...notEmpty(list)))
    .registerFunction('string.matches_within(string): bool', matchesWithin)
}

/** Answers are doubles and people write whole numbers: `answers.pain == 10`, `answers.pain + 1`, `in [1, 2]`. */
function addNumbers(environment: Environment): void {
  environment
    .registerOperator('double == int', (left: number, right: bigint) => left === Number(right))
    .registerOperator('double in list<int>', (one: number, list: bigint[]) =>
      list.some((other) => Number(other) === one),
    )
  const arithmetic: Record<string, (left: number, right: number) => number> = {
    '+': (left, right) => left + right,
    '-': (left, right) => left - right,
    '*': (left, right) => left * right,
    '/': (left, right) => left / right,
  }
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const onNumbers = (left: number | bigint, right: number | bigint) => apply(Number(left), Number(right))
    environment.registerOperator(`double ${operator} int: double`, onNumbers)
    environment.registerOperator(`int ${operator} double: double`, onNumbers)
  }
}

function notEmpty(list: number[]): number[] {
  if (list.length === 0) throw new RangeError('an empty list has no least or greatest')
  return list
}
