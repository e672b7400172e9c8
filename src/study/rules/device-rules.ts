// Rules that run on the patient's device while the form is filled in: prompts of edit checks, and messages to the
// patient. Nothing restricted, no audience, no text for the site is among them (P10), and nothing that only the server
// knows. The same engine evaluates them there and here, so both say the same of the same answers.
import type { CompiledForm } from '../compile-form.ts'
import type { Answers, FormPlan, GroupPlan, ItemPlan, RuleBase } from '../plan.ts'
import { mostRepeats } from '../read-item.ts'
import { referencesOf } from '../rule-references.ts'
import { isSkip } from '../skip-reasons.ts'
import type { Text } from '../text.ts'
import { nodesIn, type SyntaxNode } from './rule-analysis.ts'
import { answersForRules, sizesOf } from './rule-context.ts'
import { createRuleEnvironment } from './rule-environment.ts'
import { celTypeOf, createRuleShapes, type RuleGroup } from './rule-shapes.ts'
import { mostWork } from './rule-work.ts'

/** An item as rules know it. */
export type DeviceItem = {
  readonly linkId: string
  readonly ruleName: string
  readonly type: 'double' | 'string' | 'bool'
  readonly repeats: boolean
}
export type DeviceGroup = {
  readonly linkId: string
  readonly items: readonly DeviceItem[]
  readonly groups: readonly DeviceGroup[]
}

/** One rule for the device. `prompt`: shown beside `item` until corrected or confirmed; `message`: shown once sent. */
export type DeviceRule = {
  readonly id: string
  readonly version: string
  readonly kind: 'prompt' | 'message'
  readonly item?: string
  /** CEL, as the server evaluates it. */
  readonly when: string
  /** LinkIds without which it does not apply. */
  readonly needs: readonly string[]
  readonly text: Text
}

/** The rules of one form for devices, as JSON. */
export type DeviceRules = {
  readonly form: string
  readonly formVersion: string
  readonly items: readonly DeviceItem[]
  readonly groups: readonly DeviceGroup[]
  readonly rules: readonly DeviceRule[]
}

type RuleEnvironment = ReturnType<typeof createRuleEnvironment>

/** What a device cannot know, or not yet. Scores are left to the server, which judges the entry as sent. */
const serverNames = new Set([
  'scores',
  'status',
  'late_receipt',
  'dose',
  'site',
  'earlier',
  'earlier_scores',
  'earlier_entries',
  'baseline',
  'baseline_answers',
  'missed',
])

/** The rules of a form that its devices evaluate: checks with a prompt and alerts with a patient message. */
export function deviceRulesOf(form: FormPlan): DeviceRules {
  const environment = createRuleEnvironment(form, form.scores, form.ruleShapes)
  const rules = form.rules.flatMap((rule): DeviceRule[] => {
    const text = patientTextOf(rule)
    if (text === undefined || serverNameIn(rule, environment) !== undefined) return []
    const { id, version, item, expression, needsAnswers } = rule
    const kind = rule.kind === 'check' ? 'prompt' : 'message'
    const base = { id, version, kind, when: expression, needs: needsAnswers, text } as const
    return [item === undefined ? base : { ...base, item }]
  })
  // Only what these rules read: which items restricted rules read is nobody's business.
  const read = new Set(rules.flatMap(({ when }) => referencesOf(environment.parse(when).ast).answers))
  return {
    form: form.id,
    formVersion: form.version,
    items: form.ruleItems.filter((one) => read.has(one.ruleName)).map(deviceItem),
    groups: form.ruleGroups.filter((one) => read.has(one.ruleName)).map(deviceGroup),
    rules,
  }
}

/** What the patient would read: of an edit check the prompt, of an alert the message. */
export function patientTextOf(rule: FormPlan['rules'][number]): Text | undefined {
  return rule.kind === 'check' ? rule.prompt : rule.kind === 'alert' ? rule.patientMessage : undefined
}

/** The first name in a rule that devices do not know; undefined where they know all. */
export function serverNameIn(rule: RuleBase, environment: RuleEnvironment): string | undefined {
  const find = (node: SyntaxNode): string | undefined => {
    if (node.op === 'id' && serverNames.has(String(node.args))) return String(node.args)
    for (const one of nodesIn(node.args)) {
      const found = find(one)
      if (found !== undefined) return found
    }
    return undefined
  }
  return find(environment.parse(rule.expression).ast as unknown as SyntaxNode)
}

const deviceItem = (item: ItemPlan): DeviceItem => ({
  linkId: item.linkId,
  ruleName: item.ruleName,
  type: celTypeOf(item),
  repeats: item.repeats,
})
const deviceGroup = (group: RuleGroup): DeviceGroup => ({
  linkId: group.linkId,
  items: group.items.map(deviceItem),
  groups: group.groups.map(deviceGroup),
})

/** Evaluates the rules on a device: those that hold, in the study's order; one that cannot be evaluated does not. */
export function createDeviceJudge(device: DeviceRules): (answers: Answers) => readonly DeviceRule[] {
  const form = formOf(device)
  const shapes = createRuleShapes(form, mostRepeats)
  const plan = { ruleItems: form.items, ruleGroups: shapes.groups, ruleShapes: shapes } as unknown as FormPlan
  const environment = createRuleEnvironment(form, [], shapes)
  const programs = device.rules.map((rule) => {
    const parsed = environment.parse(rule.when)
    parsed.check()
    return { rule, holds: (context: object) => parsed(context) === true }
  })
  return (answers) => {
    let longest = 0
    for (const length of sizesOf(plan, answers).values()) longest = Math.max(longest, length)
    if (longest > mostRepeats || longest * device.rules.length > mostWork) return []
    const context = { answers: answersForRules(plan, answers) }
    return programs.flatMap(({ rule, holds }) => {
      if (rule.needs.some((linkId) => answers[linkId] === undefined || isSkip(answers[linkId]))) return []
      try {
        return holds(context) ? [rule] : []
      } catch {
        return []
      }
    })
  }
}

/** As much of a form as the rules' environment needs. */
function formOf({ form, formVersion, items, groups }: DeviceRules): CompiledForm {
  const itemOf = ({ linkId, ruleName, type, repeats }: DeviceItem) =>
    ({
      linkId,
      ruleName,
      repeats,
      kind: type === 'double' ? 'decimal' : type === 'bool' ? 'boolean' : 'string',
    }) as ItemPlan
  const groupOf = (group: DeviceGroup): GroupPlan =>
    ({
      linkId: group.linkId,
      items: group.items.map(itemOf),
      groups: group.groups.map(groupOf),
    }) as unknown as GroupPlan
  const plans = items.map(itemOf)
  return {
    id: form,
    version: formVersion,
    items: plans,
    itemById: new Map(plans.map((item) => [item.linkId, item])),
    groups: groups.map(groupOf),
  } as unknown as CompiledForm
}
