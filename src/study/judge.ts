// The step "judge": the study's rules on one checked, placed and scored submission. Pure; never throws.
// A rule that reads an answer the patient did not give does not apply. Rules that know the arm yield restricted
// records only, also when they fail, so that nothing a blinded role sees depends on the arm (P10).
import type { DoseJudgement } from './adherence.ts'
import { emptyCourse, type PatientCourse } from './course.ts'
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
import { dueBefore } from './rules/due-before.ts'
import { type HistoryReader, type Looked, noHistory } from './rules/history.ts'
import { createPast, type Past } from './rules/look-back.ts'
import { type Prompt, promptedBy, promptsOf } from './rules/prompts.ts'
import { answersForRules, scoresForRules, sizesOf } from './rules/rule-context.ts'
import { mostWork } from './rules/rule-work.ts'
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
  /** Which earlier entries rules looked at; null where none did. */
  readonly looked: Looked | null
  /** The prompts of edit checks that the device says it showed. */
  readonly prompts: readonly Prompt[]
}

/**
 * `answers` are the cleaned ones. `arm` is the opaque code; it reaches restricted rules alone. `prompts` is that member
 * of the submission as received. `history` reads earlier entries of this form and patient; standard: there are none.
 */
export type JudgeFacts = {
  readonly form: FormPlan
  readonly answers: Answers
  readonly placed: Placed
  readonly scores: readonly Score[]
  readonly dose: DoseJudgement | null
  readonly patient: {
    readonly id: string
    readonly arm: string
    readonly site: string
    readonly zone?: string
    readonly enrolledOn?: string
    readonly course?: PatientCourse
  }
  readonly prompts?: unknown
  readonly history?: HistoryReader
}

/** Evaluates every rule of the form in the study file's order. */
export function judge(plan: StudyPlan, facts: JudgeFacts): Judgement {
  const { form } = facts
  const findings: Finding[] = []
  const prompts = facts.prompts === undefined ? noPrompts : promptsOf(form, facts.prompts, findings)
  const result = { findings, deviations: [], alerts: [], messages: [], looked: null, prompts }
  const restricted = plan.restricted.rules.get(form) ?? []
  return form.rules.length === 0 && restricted.length === 0
    ? result
    : judgeByRules(plan, restricted, facts, result)
}

const noPrompts: readonly Prompt[] = Object.freeze([])

/** What one entry's rules are evaluated with. */
type Scene = { readonly facts: JudgeFacts; readonly context: RuleContext; readonly past: Past | null }

function judgeByRules(
  plan: StudyPlan,
  restricted: readonly DeviationRule[],
  facts: JudgeFacts,
  result: Judgement,
): Judgement {
  const { form } = facts
  const past = form.looksBack ? pastOf(plan, facts) : null
  const scene: Scene = { facts, context: contextOf(facts), past }
  for (const rule of form.rules) {
    const outcome = evaluate(rule, scene)
    if (outcome === 'failed') result.findings.push({ code: 'rule-failed', rule: rule.id })
    else if (outcome === 'holds') {
      if (rule.kind === 'check') result.findings.push(checkFinding(rule, result.prompts))
      else if (rule.kind === 'alert') result.alerts.push(raise(rule, facts))
      else result.messages.push(message(rule))
    }
  }
  if (restricted.length > 0) judgeRestricted(plan, restricted, scene, result.deviations)
  return past === null ? result : { ...result, looked: past.looked() }
}

function pastOf(plan: StudyPlan, { form, placed, patient, history }: JudgeFacts): Past {
  const { enrolledOn = placed.localDate, course = emptyCourse, zone = placed.zone } = patient
  const { occasion, completedAtMs } = placed
  const due = dueBefore(
    form,
    { enrolledOn, course },
    { occasion, dueDate: placed.dueDate ?? placed.localDate },
  )
  return createPast({ form, history: history ?? noHistory, due, completedAtMs, zone, zones: plan.zones })
}

/**
 * P10: what a restricted rule reads of earlier entries is read whatever the arm, because the visible record names
 * what was looked at.
 */
function judgeRestricted(
  plan: StudyPlan,
  rules: readonly DeviationRule[],
  scene: Scene,
  deviations: Deviation[],
): void {
  const { facts, past } = scene
  const { arm } = facts.patient
  const context = { ...scene.context, arm, arm_role: plan.restricted.arms.get(arm)?.role ?? '' }
  for (const rule of rules) {
    if (rule.past !== null) past?.readAll(rule.past, context)
    const outcome = evaluate(rule, { ...scene, context })
    if (outcome !== 'no') deviations.push(deviation(rule, outcome === 'failed'))
  }
}

function contextOf({ form, answers, placed, scores, dose, patient }: JudgeFacts): RuleContext {
  return {
    answers: answersForRules(form, answers),
    scores: scoresForRules(form, scores),
    status: placed.status,
    late_receipt: placed.lateReceipt,
    dose: dose === null ? '' : dose.outcome,
    site: patient.site,
  }
}

type Outcome = 'holds' | 'no' | 'failed'

function evaluate(rule: RuleBase, { facts, context, past }: Scene): Outcome {
  for (const linkId of rule.needsAnswers) {
    const answer = facts.answers[linkId]
    if (answer === undefined || isSkip(answer)) return 'no'
  }
  for (const id of rule.needsScores)
    if (!facts.scores.some((score) => score.id === id && score.value !== null)) return 'no'
  if (rule.work !== null && rule.work.now(sizesOf(facts.form, facts.answers)) > mostWork) return 'failed'
  const today = outcomeOf(rule.holds, context)
  if (rule.past === null || today === 'no' || past === null) return today
  const longer = past.contextFor(rule.past, context)
  if (longer === null) return 'no'
  const before = outcomeOf(rule.past.holds, longer)
  return before === 'holds' ? today : before
}

function outcomeOf(holds: RuleBase['holds'], context: RuleContext): Outcome {
  try {
    const value = holds(context)
    if (value === true) return 'holds'
    return value === false ? 'no' : 'failed'
  } catch {
    return 'failed'
  }
}

/** `prompted`: the device showed the check, and the patient left the answers as they are. */
function checkFinding({ id, item, text }: RuleBase, prompts: readonly Prompt[]): Finding {
  const prompted = promptedBy(prompts, id) ? { prompted: true } : {}
  return item === undefined
    ? { code: 'edit-check', rule: id, text, ...prompted }
    : { code: 'edit-check', item, rule: id, text, ...prompted }
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
