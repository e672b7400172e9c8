// Compiles the study's conditions, written in CEL (https://cel.dev), typed against the forms: an unknown item, score
// or name and a type error are faults of the study file. Terminating by the language; limits bound its size.
// What knows the arm is declared for restricted rules alone, so no other rule can depend on it (P10).
import { Environment } from '@marcbachmann/cel-js'
import type { CompiledForm } from './compile-form.ts'
import type { AnswerKind, ItemPlan, RuleBase, RuleContext } from './plan.ts'
import { ruleName } from './rule-name.ts'
import { referencesOf } from './rule-references.ts'
import type { ScorePlan } from './scoring/score-plan.ts'
import type { RuleFile } from './study-schema.ts'

/** The look-ups of restricted rules: the arm a pack was made for and the kind of a drug code, '' where unknown. */
export type RestrictedLookups = { armOfPack(pack: string): string; kindOfDrug(code: string): string }

/** The rules of one form; created once for each form and each of the two classes of rules. */
export type RuleCompiler = {
  /** @returns null after `complain` was told what to correct. */
  compile(
    rule: RuleFile,
    complain: (message: string) => void,
  ): (RuleBase & { reads: readonly ItemPlan[] }) | null
}

/** The classes from which one form's rules read answers and scores: CEL knows a typed object by its class. */
export type RuleClasses = {
  readonly AnswersForRules: new () => object
  readonly ScoresForRules: new () => object
}

/** Fresh classes for one form; both of its rule compilers share them. */
export function createRuleClasses(): RuleClasses {
  return { AnswersForRules: class AnswersForRules {}, ScoresForRules: class ScoresForRules {} }
}

const limits = { maxAstNodes: 500, maxDepth: 30, maxListElements: 200, maxMapEntries: 50 }

const celTypes: Readonly<Record<AnswerKind, string>> = {
  boolean: 'bool',
  integer: 'double',
  decimal: 'double',
  string: 'string',
  text: 'string',
  date: 'string',
  time: 'string',
  dateTime: 'string',
  choice: 'string',
}

/** `restricted` null: the rules see nothing that knows the arm. */
export function createRuleCompiler(
  form: CompiledForm,
  scores: readonly ScorePlan[],
  classes: RuleClasses,
  restricted: RestrictedLookups | null,
): RuleCompiler {
  const environment = environmentOf(form, scores, classes)
  if (restricted !== null) {
    environment
      .registerVariable('arm', 'string')
      .registerVariable('arm_role', 'string')
      .registerFunction('arm_of_pack(string): string', (pack: string) => restricted.armOfPack(pack))
      .registerFunction('kind_of_drug(string): string', (code: string) => restricted.kindOfDrug(code))
  }
  return { compile: (rule, complain) => compileRule(environment, form, scores, rule, complain) }
}

function environmentOf(form: CompiledForm, scores: readonly ScorePlan[], classes: RuleClasses): Environment {
  const itemTypes = form.items.map((item) => [item.ruleName, celType(item)])
  const scoreTypes = scores.map((score) => [ruleName(score.id), 'double'])
  const environment = new Environment({ limits })
    .registerType('Answers', {
      ctor: classes.AnswersForRules as never,
      fields: Object.fromEntries(itemTypes),
    })
    .registerType('Scores', { ctor: classes.ScoresForRules as never, fields: Object.fromEntries(scoreTypes) })
    .registerVariable('answers', 'Answers')
    .registerVariable('scores', 'Scores')
    .registerVariable('status', 'string')
    .registerVariable('late_receipt', 'bool')
    .registerVariable('dose', 'string')
    .registerVariable('site', 'string')
    // Answers are doubles and people write whole numbers: `answers.pain == 10`, `answers.pain + 1`.
    .registerOperator('double == int', (left: number, right: bigint) => left === Number(right))
  const arithmetic: Record<string, (left: number, right: number) => number> = {
    '+': (left, right) => left + right,
    '-': (left, right) => left - right,
    '*': (left, right) => left * right,
    '/': (left, right) => left / right,
  }
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const onNumbers = (left: number | bigint, right: number | bigint) => apply(Number(left), Number(right))
    environment.registerOperator(`double ${operator} int`, onNumbers)
    environment.registerOperator(`int ${operator} double`, onNumbers)
  }
  return environment
}

function celType(item: ItemPlan): string {
  const coded =
    item.options !== undefined && [...item.options.keys()].every((code) => typeof code === 'number')
  const type = coded ? 'double' : celTypes[item.kind]
  return item.repeats ? `list<${type}>` : type
}

function compileRule(
  environment: Environment,
  form: CompiledForm,
  scores: readonly ScorePlan[],
  rule: RuleFile,
  complain: (message: string) => void,
): (RuleBase & { reads: readonly ItemPlan[] }) | null {
  if (rule.item !== undefined && !form.itemById.has(rule.item)) {
    complain(`item: form ${form.id} has no item ${rule.item}`)
    return null
  }
  const checked = environment.check(rule.when)
  if (!checked.valid || checked.type !== 'bool') {
    complain(`when: ${checked.valid ? `must be true or false, not ${checked.type}` : told(checked.error)}`)
    return null
  }
  const parsed = environment.parse(rule.when)
  parsed.check()
  const references = referencesOf(parsed.ast)
  const items = new Map(form.items.map((item) => [item.ruleName, item]))
  const scoreIds = new Map(scores.map((score) => [ruleName(score.id), score.id]))
  const unknown = [
    ...references.answers.filter((name) => !items.has(name)).map((name) => `answers.${name}`),
    ...references.scores.filter((name) => !scoreIds.has(name)).map((name) => `scores.${name}`),
  ]
  if (unknown.length > 0 || references.whole.length > 0) {
    for (const name of unknown) complain(`when: form ${form.id} has no ${name}`)
    for (const name of references.whole) complain(`when: name a member of ${name}, e.g. ${name}.x`)
    return null
  }
  const untested = (name: string) => !references.tested.includes(name)
  return {
    id: rule.id,
    version: rule.version,
    ...(rule.item === undefined ? {} : { item: rule.item }),
    text: rule.text,
    reads: references.answers.map((name) => items.get(name) as ItemPlan),
    needsAnswers: references.answers
      .filter((name) => untested(`answers.${name}`))
      .map((name) => (items.get(name) as ItemPlan).linkId),
    needsScores: references.scores
      .filter((name) => untested(`scores.${name}`))
      .map((name) => scoreIds.get(name) as string),
    holds: (context: RuleContext) => parsed(context),
  }
}

function told(error: Error | undefined): string {
  return (error?.message ?? 'cannot be read').split('\n')[0] as string
}
