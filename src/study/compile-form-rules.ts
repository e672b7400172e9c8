// Compiles all rules of one form: those everybody may know, and apart from them those that know the arm.
import type { CompiledForm } from './compile-form.ts'
import {
  createRuleClasses,
  createRuleCompiler,
  type RestrictedLookups,
  type RuleCompiler,
} from './compile-rules.ts'
import type { DeviationRule, FormPlan, ItemPlan, RestrictedPlan, RuleBase } from './plan.ts'
import type { StudySource } from './read-study-yaml.ts'
import type { ScorePlan } from './scoring/score-plan.ts'
import type { Faults } from './study-invalid.ts'
import type { RuleFile } from './study-schema.ts'

/** `deviations` are restricted and must leave the form plan. */
export type FormRules = Pick<FormPlan, 'rules' | 'ruleItems' | 'AnswersForRules' | 'ScoresForRules'> & {
  readonly deviations: readonly DeviationRule[]
}

/** The form's rules in the study file's order, each with faults added where it cannot be used. */
export function compileFormRules(
  source: StudySource,
  form: CompiledForm,
  scores: readonly ScorePlan[],
  restricted: Pick<RestrictedPlan, 'armOfPack' | 'kindOfDrug'>,
  faults: Faults,
): FormRules {
  const classes = createRuleClasses()
  const shown = createRuleCompiler(form, scores, classes, null)
  const knowing = createRuleCompiler(form, scores, classes, lookupsOf(restricted))
  const read = new Set<ItemPlan>()
  const compileAll = rulesCompiler(source, form, read, faults)
  const { study } = source
  const checks = compileAll(shown, study.checks, ['checks'], (base) => ({ ...base, kind: 'check' as const }))
  const alerts = compileAll(shown, study.alerts, ['alerts'], (base, rule) => ({
    ...base,
    kind: 'alert' as const,
    severity: rule.severity,
    audience: rule.audience,
    acknowledgeWithinHours: rule['acknowledge-within-hours'],
    ...(rule['patient-message'] === undefined ? {} : { patientMessage: rule['patient-message'] }),
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
    (base, rule) => ({
      ...base,
      kind: 'deviation' as const,
      severity: rule.severity,
    }),
  )
  return { rules: [...checks, ...alerts, ...messages], ruleItems: [...read], deviations, ...classes }
}

/** Compiles one list of rules after the other for a form; ids are unique across all of the form's lists. */
function rulesCompiler(source: StudySource, form: CompiledForm, read: Set<ItemPlan>, faults: Faults) {
  const ids = new Set<string>()
  return <F extends RuleFile, R>(
    compiler: RuleCompiler,
    list: readonly F[] | undefined,
    path: readonly string[],
    finish: (base: RuleBase, rule: F) => R,
  ): R[] => {
    const compiled: R[] = []
    list?.forEach((rule, index) => {
      if (rule.form !== form.id) return
      const line = source.lineOf([...path, index, 'when'])
      const complain = (message: string) => faults.add(source.file, line, `rule ${rule.id}: ${message}`)
      if (ids.has(rule.id)) complain('is declared twice for this form')
      ids.add(rule.id)
      const result = compiler.compile(rule, complain)
      if (result === null) return
      const { reads, ...base } = result
      for (const item of reads) read.add(item)
      compiled.push(finish(base, rule))
    })
    return compiled
  }
}

function lookupsOf(restricted: Pick<RestrictedPlan, 'armOfPack' | 'kindOfDrug'>): RestrictedLookups {
  return {
    armOfPack: (pack) => restricted.armOfPack.get(pack) ?? '',
    kindOfDrug: (code) => restricted.kindOfDrug.get(code) ?? '',
  }
}
