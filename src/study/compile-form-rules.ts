// Compiles all rules of one form: those everybody may know, and apart from them those that know the arm.
import type { CompiledForm } from './compile-form.ts'
import { createRuleCompiler, type RestrictedLookups, type RuleCompiler } from './compile-rules.ts'
import type { AlertRule, DeviationRule, FormPlan, RestrictedPlan, RuleBase } from './plan.ts'
import { mostRepeats } from './read-item.ts'
import type { StudySource } from './read-study-yaml.ts'
import { createRuleShapes, type RuleGroup } from './rules/rule-shapes.ts'
import type { ScorePlan } from './scoring/score-plan.ts'
import type { Faults } from './study-invalid.ts'
import type { RuleFile, StudyFile } from './study-schema.ts'

/** `deviations` are restricted and must leave the form plan. */
export type FormRules = Pick<FormPlan, 'rules' | 'ruleItems' | 'ruleGroups' | 'ruleShapes' | 'looksBack'> & {
  readonly deviations: readonly DeviationRule[]
}

/**
 * The form's rules in the study file's order, each with faults added where it cannot be used. `isEvent`: the form has
 * no due days.
 */
export function compileFormRules(
  source: StudySource,
  form: CompiledForm,
  scores: readonly ScorePlan[],
  restricted: Pick<RestrictedPlan, 'armOfPack' | 'kindOfDrug'>,
  isEvent: boolean,
  faults: Faults,
): FormRules {
  const shapes = createRuleShapes(form, mostRepeats)
  const ground = { form, scores, shapes, isEvent }
  const shown = createRuleCompiler(ground, null)
  const knowing = createRuleCompiler(ground, lookupsOf(restricted))
  const read: Read = { items: new Set(), groups: new Set() }
  const compileAll = rulesCompiler(source, form, read, faults)
  const { study } = source
  const checks = compileAll(shown, study.checks, ['checks'], (base, rule) => ({
    ...base,
    kind: 'check' as const,
    ...(rule.prompt === undefined ? {} : { prompt: rule.prompt }),
  }))
  const alerts = compileAll(shown, study.alerts, ['alerts'], (base, rule, complain) => ({
    ...base,
    kind: 'alert' as const,
    severity: rule.severity,
    audience: rule.audience,
    acknowledgeWithinHours: rule['acknowledge-within-hours'],
    ...(rule['patient-message'] === undefined ? {} : { patientMessage: rule['patient-message'] }),
    escalate: ladderOf(rule.escalate, complain),
  }))
  const messages = compileAll(shown, study.messages, ['messages'], (base, rule) => ({
    ...base,
    kind: 'message' as const,
    topic: rule.topic,
    audience: rule.audience,
  }))
  const deviations = compileAll(
    knowing,
    study.restricted.deviations,
    ['restricted', 'deviations'],
    (base, rule) => ({ ...base, kind: 'deviation' as const, severity: rule.severity }),
  )
  const rules = [...checks, ...alerts, ...messages]
  return {
    rules,
    deviations,
    ruleItems: form.items.filter((item) => read.items.has(item.linkId)),
    ruleGroups: shapes.groups.filter((group) => isRead(group, read.groups)),
    ruleShapes: shapes,
    looksBack: [...rules, ...deviations].some((rule) => rule.past !== null),
  }
}

/** What rules read of an entry: items by linkId, and groups wherever they stand. */
type Read = { readonly items: Set<string>; readonly groups: Set<RuleGroup> }

const isRead = (group: RuleGroup, read: ReadonlySet<RuleGroup>): boolean =>
  read.has(group) || group.groups.some((inner) => isRead(inner, read))

/** Compiles one list of rules after the other for a form; ids are unique across all of the form's lists. */
function rulesCompiler(source: StudySource, form: CompiledForm, read: Read, faults: Faults) {
  const ids = new Set<string>()
  return <F extends RuleFile, R>(
    compiler: RuleCompiler,
    list: readonly F[] | undefined,
    path: readonly string[],
    finish: (base: RuleBase, rule: F, complain: (message: string) => void) => R,
  ): R[] => {
    const compiled: R[] = []
    list?.forEach((rule, index) => {
      if (rule.form !== form.id) return
      const complainAt = (member: string) => (message: string) =>
        faults.add(source.file, source.lineOf([...path, index, member]), `rule ${rule.id}: ${message}`)
      if (ids.has(rule.id)) complainAt('id')('is declared twice for this form')
      ids.add(rule.id)
      const result = compiler.compile(rule, complainAt('when'))
      if (result === null) return
      const { reads, readsGroups, ...base } = result
      for (const linkId of reads) read.items.add(linkId)
      for (const group of readsGroups) read.groups.add(group)
      compiled.push(finish(base, rule, complainAt('escalate')))
    })
    return compiled
  }
}

type LadderFile = NonNullable<StudyFile['alerts']>[number]['escalate']

function ladderOf(ladder: LadderFile, complain: (message: string) => void): AlertRule['escalate'] {
  const steps = (ladder ?? []).map((step) => ({ afterHours: step['after-hours'], to: step.to }))
  if (steps.some((step, index) => index > 0 && step.afterHours <= (steps[index - 1]?.afterHours as number)))
    complain('escalate: after-hours must rise from step to step')
  return steps
}

function lookupsOf(restricted: Pick<RestrictedPlan, 'armOfPack' | 'kindOfDrug'>): RestrictedLookups {
  return {
    armOfPack: (pack) => restricted.armOfPack.get(pack) ?? '',
    kindOfDrug: (code) => restricted.kindOfDrug.get(code) ?? '',
  }
}
