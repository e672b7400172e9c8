// Compiles the study's conditions, written in CEL (https://cel.dev), typed against the forms: an unknown item, score
// or name and a type error are faults of the study file. Terminating by the language; limits bound its size and work.
// What knows the arm is declared for restricted rules alone, so no other rule can depend on it (P10).
import { type Environment, serialize } from '@marcbachmann/cel-js'
import type { CompiledForm } from './compile-form.ts'
import type { PastCondition, RuleBase, RuleContext } from './plan.ts'
import { mostRepeats } from './read-item.ts'
import { ruleName } from './rule-name.ts'
import { type LookBack, mostEvents } from './rules/history.ts'
import { lookBackOf } from './rules/look-back-file.ts'
import {
  type Analysis,
  analyse,
  edited,
  type Names,
  nodesIn,
  type SyntaxNode,
} from './rules/rule-analysis.ts'
import { createRuleEnvironment, plainVariables } from './rules/rule-environment.ts'
import { celTypesOf, type Holder, type RuleGroup, type RuleShapes } from './rules/rule-shapes.ts'
import { isFixed, mostWork } from './rules/rule-work.ts'
import { didYouMean } from './rules/suggest.ts'
import type { ScorePlan } from './scoring/score-plan.ts'
import type { RuleFile } from './study-schema.ts'

/** The look-ups of restricted rules: the arm a pack was made for and the kind of a drug code, '' where unknown. */
export type RestrictedLookups = { armOfPack(pack: string): string; kindOfDrug(code: string): string }

/** A compiled rule, and what it reads of this entry. */
export type CompiledRule = RuleBase & {
  readonly reads: readonly string[]
  readonly readsGroups: readonly RuleGroup[]
}

/** The rules of one form; created once for each form and each of the two classes of rules. */
export type RuleCompiler = {
  /** @returns null after `complain` was told what to correct. */
  compile(rule: RuleFile, complain: (message: string) => void): CompiledRule | null
}

/** What rules of a form are compiled against. */
export type RuleGround = {
  readonly form: CompiledForm
  readonly scores: readonly ScorePlan[]
  readonly shapes: RuleShapes
  /** The form has no due days: one occasion for each submission. */
  readonly isEvent: boolean
}

/** `restricted` null: the rules see nothing that knows the arm. */
export function createRuleCompiler(ground: RuleGround, restricted: RestrictedLookups | null): RuleCompiler {
  const { form, scores, shapes } = ground
  const environment = createRuleEnvironment(form, scores, shapes)
  const { members, variables } = celTypesOf(form, scores, shapes)
  const variableNames = [...Object.keys(variables), ...Object.keys(plainVariables)]
  if (restricted !== null) {
    environment
      .registerVariable('arm', 'string')
      .registerVariable('arm_role', 'string')
      .registerFunction('arm_of_pack(string): string', (pack: string) => restricted.armOfPack(pack))
      .registerFunction('kind_of_drug(string): string', (code: string) => restricted.kindOfDrug(code))
    variableNames.push('arm', 'arm_role')
  }
  const tools: Tools = {
    ground,
    environment,
    members,
    variableNames,
    items: new Map(form.items.map((item) => [item.ruleName, item])),
    scoreIds: new Map(scores.map((score) => [ruleName(score.id), score.id])),
  }
  return { compile: (rule, complain) => compileRule(tools, rule, complain) }
}

type Tools = Pick<Names, 'items' | 'members'> & {
  readonly ground: RuleGround
  readonly environment: Environment
  readonly variableNames: readonly string[]
  readonly scoreIds: ReadonlyMap<string, string>
}

function compileRule(tools: Tools, rule: RuleFile, complain: (message: string) => void): CompiledRule | null {
  const { form } = tools.ground
  if (rule.item !== undefined && !form.itemById.has(rule.item)) {
    complain(`item: form ${form.id} has no item ${rule.item}${didYouMean(rule.item, form.itemById.keys())}`)
    return null
  }
  const lookBack = rule['looks-back'] === undefined ? null : lookBackOf(rule['looks-back'])
  const analysis = analysisOf(tools, rule, lookBack, complain)
  if (analysis === null) return null
  const expression = edited(rule.when, analysis.edits)
  const { today, past } = split(tools.environment, expression)
  const needs = (holder: Holder) =>
    [...analysis.reads[holder]].filter((name) => !analysis.tested[holder].has(name))
  const linkId = (name: string) => tools.items.get(name)?.linkId as string
  const scoreId = (name: string) => tools.scoreIds.get(name) as string
  const isItem = (name: string) => tools.items.has(name)
  return {
    id: rule.id,
    version: rule.version,
    ...(rule.item === undefined ? {} : { item: rule.item }),
    text: rule.text,
    when: rule.when,
    expression,
    reads: [...analysis.reads.answers].filter(isItem).map(linkId),
    readsGroups: [...analysis.groups],
    needsAnswers: needs('answers').filter(isItem).map(linkId),
    needsScores: needs('scores').map(scoreId),
    work: isFixed(analysis.work) ? null : analysis.work,
    holds: today,
    past:
      past === null
        ? null
        : {
            holds: past,
            lookBack,
            items: [...analysis.reads.earlier].map(linkId),
            scores: [...analysis.reads.earlier_scores].map(scoreId),
            baselineItems: [...analysis.reads.baseline_answers].map(linkId),
            baselineScores: [...analysis.reads.baseline].map(scoreId),
            needsBaselineItems: needs('baseline_answers').map(linkId),
            needsBaselineScores: needs('baseline').map(scoreId),
            missed: analysis.missed,
            entries: analysis.entries,
          },
  }
}

/** What the rule reads, or null after complaining of what is wrong with it. */
function analysisOf(
  { ground, environment, items, members, variableNames }: Tools,
  rule: RuleFile,
  lookBack: LookBack | null,
  complain: (message: string) => void,
): Analysis | null {
  const parsed = parsedOrTold(environment, rule.when)
  if (typeof parsed === 'string') {
    complain(`when: ${parsed}`)
    return null
  }
  const { shapes, isEvent } = ground
  const mostEarlier = lookBack === null ? 0 : lookBack.unit === 'hours' ? mostEvents : lookBack.count
  const analysis = analyse(parsed, rule.when, {
    form: ground.form.id,
    shapes,
    items,
    members,
    mostEarlier,
    mostRepeats,
  })
  const faults = [...analysis.faults]
  if (faults.length === 0) faults.push(...lookBackFaults(analysis, lookBack, isEvent))
  if (faults.length === 0) {
    const checked = environment.check(edited(rule.when, analysis.edits))
    if (!checked.valid) faults.push(told(checked.error, variableNames))
    else if (checked.type !== 'bool') faults.push(`must be true or false, not ${checked.type}`)
    else if (analysis.work.most > mostWork)
      faults.push(
        `may take ${analysis.work.most.toLocaleString('en')} steps, more than ${mostWork.toLocaleString('en')}; give the repeating groups it reads a maximum (questionnaire-maxOccurs), or write it with fewer macros inside one another`,
      )
  }
  for (const fault of faults) complain(`when: ${fault}`)
  return faults.length === 0 ? analysis : null
}

function lookBackFaults(analysis: Analysis, lookBack: LookBack | null, isEvent: boolean): string[] {
  const { reads, missed, entries } = analysis
  const faults: string[] = []
  const looks = missed || entries || reads.earlier.size > 0 || reads.earlier_scores.size > 0
  const baseline = reads.baseline.size > 0 || reads.baseline_answers.size > 0
  if (looks && lookBack === null)
    faults.push(
      `say how far it looks back, e.g. looks-back: ${isEvent ? '{ hours: 24 }' : '{ occasions: 3 }'}`,
    )
  if (!looks && lookBack !== null) faults.push('looks-back: it reads no earlier entry; leave looks-back out')
  if (lookBack !== null && (lookBack.unit === 'hours') !== isEvent)
    faults.push(
      isEvent
        ? 'looks-back: a form without a schedule looks back by { hours: … }'
        : 'looks-back: a scheduled form looks back by { days: … } or { occasions: … }',
    )
  if (isEvent && missed) faults.push('missed: a form without a schedule misses nothing')
  if (isEvent && baseline) faults.push('baseline: a form without a schedule has no first occasion')
  return faults
}

const pastNames = new Set([
  'earlier',
  'earlier_scores',
  'earlier_entries',
  'baseline',
  'baseline_answers',
  'missed',
])

/**
 * A condition on earlier entries is tried apart, after what can be told from this entry alone, because reading them
 * costs. `a && b` and `b && a` mean the same in CEL (specification, "Logical Operators").
 */
function split(
  environment: Environment,
  expression: string,
): { today: RuleBase['holds']; past: PastCondition['holds'] | null } {
  const parts = conjuncts(environment.parse(expression).ast as unknown as SyntaxNode)
  const looksBack = (node: SyntaxNode): boolean =>
    (node.op === 'id' && pastNames.has(String(node.args))) || nodesIn(node.args).some(looksBack)
  const [today, past] = [parts.filter((part) => !looksBack(part)), parts.filter(looksBack)]
  if (past.length === 0) return { today: program(environment, expression), past: null }
  const together = (list: readonly SyntaxNode[]) =>
    program(environment, list.map((one) => `(${serialize(one as never)})`).join(' && '))
  return { today: today.length === 0 ? () => true : together(today), past: together(past) }
}

function conjuncts(node: SyntaxNode): SyntaxNode[] {
  return node.op === '&&' ? nodesIn(node.args).flatMap(conjuncts) : [node]
}

function program(environment: Environment, expression: string): RuleBase['holds'] {
  const parsed = environment.parse(expression)
  parsed.check()
  return (context: RuleContext) => parsed(context)
}

function parsedOrTold(environment: Environment, expression: string): unknown {
  try {
    return environment.parse(expression).ast
  } catch (error) {
    return told(error as Error, [])
  }
}

function told(error: Error | undefined, names: readonly string[]): string {
  const message = (error?.message ?? 'cannot be read').split('\n')[0] as string
  const unknown = /^Unknown variable: (\w+)$/.exec(message)?.[1]
  return unknown === undefined ? message : `Unknown variable: ${unknown}${didYouMean(unknown, names)}`
}
