// The step "judge": the study's rules on one checked, placed and scored submission. Pure; never throws.
// A rule that reads an answer the patient did not give does not apply. Rules that know the arm yield restricted
// records only, also when they fail, so that nothing a blinded role sees depends on the arm (P10).
import type { DoseJudgement } from './adherence.ts'
import type { Finding } from './finding.ts'
import type { Placed } from './place.ts'
import type {
  AlertRule,
  Answers,
  DeviationRule,
  FormPlan,
  MessageRule,
  RuleBase,
  RuleContext,
  StudyPlan,
} from './plan.ts'
import { ruleName } from './rule-name.ts'
import type { Score } from './scoring/score-plan.ts'
import { isSkip } from './skip-reasons.ts'
import type { Text } from './text.ts'

/** Restricted: never shown to a blinded role or a patient, nor counted where they can see it. */
export type Deviation = {
  readonly restricted: true
  readonly rule: string
  readonly version: string
  readonly severity: 'minor' | 'major'
  readonly text: Text
  readonly item?: string
  /** The rule could not be evaluated; a person with restricted access must look. */
  readonly failed: boolean
}

/** Somebody of the audience must act within the time; the text holds no answer. */
export type AlertRaised = {
  readonly rule: string
  readonly version: string
  readonly severity: 'low' | 'medium' | 'high'
  readonly audience: readonly string[]
  readonly text: Text
  readonly patientMessage: Text | null
  readonly acknowledgeWithinHours: number
  /** One alert for each patient, rule and local day of completion. */
  readonly dedupeKey: string
}

/** Starts work outside; delivered at least once by the outbox. */
export type MessageToSend = {
  readonly rule: string
  readonly version: string
  readonly topic: string
  readonly audience: readonly string[]
  readonly text: Text
}

/** What the rules found; each list in the order of the rules. */
export type Judgement = {
  readonly findings: Finding[]
  readonly deviations: Deviation[]
  readonly alerts: AlertRaised[]
  readonly messages: MessageToSend[]
}

/** `answers` are the cleaned ones. `arm` is the opaque code; it reaches restricted rules alone. */
export type JudgeFacts = {
  readonly form: FormPlan
  readonly answers: Answers
  readonly placed: Placed
  readonly scores: readonly Score[]
  readonly dose: DoseJudgement | null
  readonly patient: { readonly id: string; readonly arm: string; readonly site: string }
}

/** Evaluates every rule of the form in the study file's order. */
export function judge(plan: StudyPlan, facts: JudgeFacts): Judgement {
  const result: Judgement = { findings: [], deviations: [], alerts: [], messages: [] }
  const restricted = plan.restricted.rules.get(facts.form) ?? []
  if (facts.form.rules.length === 0 && restricted.length === 0) return result
  const context = contextOf(facts)
  for (const rule of facts.form.rules) {
    const outcome = evaluate(rule, context, facts)
    if (outcome === 'failed') result.findings.push({ code: 'rule-failed', rule: rule.id })
    else if (outcome === 'holds') {
      if (rule.kind === 'check') result.findings.push(checkFinding(rule))
      else if (rule.kind === 'alert') result.alerts.push(raise(rule, facts))
      else result.messages.push(message(rule))
    }
  }
  if (restricted.length > 0) judgeRestricted(plan, restricted, context, facts, result.deviations)
  return result
}

function judgeRestricted(
  plan: StudyPlan,
  rules: readonly DeviationRule[],
  context: RuleContext,
  facts: JudgeFacts,
  deviations: Deviation[],
): void {
  context.arm = facts.patient.arm
  context.arm_role = plan.restricted.arms.get(facts.patient.arm)?.role ?? ''
  for (const rule of rules) {
    const outcome = evaluate(rule, context, facts)
    if (outcome !== 'no') deviations.push(deviation(rule, outcome === 'failed'))
  }
}

function contextOf({ form, answers, placed, scores, dose, patient }: JudgeFacts): RuleContext {
  const given = new form.AnswersForRules() as Record<string, unknown>
  for (const item of form.ruleItems) {
    const answer = answers[item.linkId]
    if (answer !== undefined && !isSkip(answer)) given[item.ruleName] = answer
  }
  const results = new form.ScoresForRules() as Record<string, unknown>
  for (const score of scores) if (score.value !== null) results[ruleName(score.id)] = score.value
  return {
    answers: given,
    scores: results,
    status: placed.status,
    late_receipt: placed.lateReceipt,
    dose: dose === null ? '' : dose.outcome,
    site: patient.site,
  }
}

function evaluate(rule: RuleBase, context: RuleContext, facts: JudgeFacts): 'holds' | 'no' | 'failed' {
  for (const linkId of rule.needsAnswers) {
    const answer = facts.answers[linkId]
    if (answer === undefined || isSkip(answer)) return 'no'
  }
  for (const id of rule.needsScores)
    if (!facts.scores.some((score) => score.id === id && score.value !== null)) return 'no'
  try {
    const value = rule.holds(context)
    if (value === true) return 'holds'
    return value === false ? 'no' : 'failed'
  } catch {
    return 'failed'
  }
}

function checkFinding({ id, item, text }: RuleBase): Finding {
  return item === undefined
    ? { code: 'edit-check', rule: id, text }
    : { code: 'edit-check', item, rule: id, text }
}

function raise(rule: AlertRule, { patient, placed }: JudgeFacts): AlertRaised {
  return {
    rule: rule.id,
    version: rule.version,
    severity: rule.severity,
    audience: rule.audience,
    text: rule.text,
    patientMessage: rule.patientMessage ?? null,
    acknowledgeWithinHours: rule.acknowledgeWithinHours,
    dedupeKey: `${patient.id}|${rule.id}|${placed.localDate}`,
  }
}

function message({ id, version, topic, audience, text }: MessageRule): MessageToSend {
  return { rule: id, version, topic, audience, text }
}

function deviation({ id, version, severity, text, item }: DeviationRule, failed: boolean): Deviation {
  const base = { restricted: true, rule: id, version, severity, text, failed } as const
  return item === undefined ? base : { ...base, item }
}
