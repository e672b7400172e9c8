// The compiled study: everything the pure steps need, looked up and prepared once, never changed afterwards.
// A plan lives in one process; only study files travel. What may reveal an arm is under `restricted` alone (P10).
import type { DeviceZones } from './device-zones.ts'
import type { DosePlan, DoseTimeline } from './dose-plan.ts'
import type { FormDefinition } from './form/definition.ts'
import type { PatientAppPlan } from './patient-app-file.ts'
import type { LookBack } from './rules/history.ts'
import type { RuleGroup, RuleShapes } from './rules/rule-shapes.ts'
import type { Work } from './rules/rule-work.ts'
import type { AnchorPlan, SchedulePlan, VisitPlan } from './schedule/schedule-plan.ts'
import type { ScorePlan } from './scoring/score-plan.ts'
import type { RolesPlan } from './staff-roles.ts'
import type { Text } from './text.ts'

/** What an item's answer is. `choice` answers are option codes. */
export type AnswerKind =
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'string'
  | 'text'
  | 'date'
  | 'time'
  | 'dateTime'
  | 'choice'

/** One answer as cleaned: a JSON scalar, or why the patient left the item out; a list where something repeats. */
export type Answer =
  | boolean
  | number
  | string
  | Skip
  | readonly (boolean | number | string)[]
  | readonly Answers[]
/** The patient chose not to answer; `skipped` is a code of FHIR's data-absent-reason. */
export type Skip = { readonly skipped: string }
/** Cleaned answers by linkId, in the form's order, on an object without prototype. */
export type Answers = { readonly [linkId: string]: Answer }

/** One test of FHIR's `enableWhen`. `exists` holds a boolean in `value`. */
export type Clause = {
  readonly linkId: string
  readonly operator: 'exists' | '=' | '!=' | '>' | '<' | '>=' | '<='
  readonly value: boolean | number | string
  /** Both sides are dates or times, which do not compare as texts. */
  readonly moment?: 'date' | 'time'
}
/** When an item is shown: all or any of the clauses; an item inside groups has one condition for each level. */
export type Condition = { readonly behaviour: 'all' | 'any'; readonly clauses: readonly Clause[] }

/** An allowed choice; `ordinal` is its weight in scores. */
export type OptionPlan = { readonly code: string | number; readonly text: Text; readonly ordinal?: number }

/** One question that takes an answer. */
export type ItemPlan = {
  readonly linkId: string
  /** The item's name in rules: the linkId with `_` for every character that CEL names cannot hold. */
  readonly ruleName: string
  readonly kind: AnswerKind
  readonly text: Text
  readonly required: boolean
  readonly repeats: boolean
  /** Whether `{"skipped": reason}` is an answer. */
  readonly skippable: boolean
  readonly conditions: readonly Condition[]
  /** Inclusive bounds of a number. */
  readonly min?: number
  readonly max?: number
  readonly maxLength?: number
  readonly maxDecimals?: number
  /** Unit of a number, a UCUM code where there is one. */
  readonly unit?: string
  readonly options?: ReadonlyMap<string | number, OptionPlan>
  /** Free text is an answer beside the options (open-choice). */
  readonly open?: boolean
  /** Options beside which no other may stand. */
  readonly exclusive?: ReadonlySet<string | number>
  readonly minLength?: number
  /** Matches the whole text. */
  readonly pattern?: RegExp
  /** Inclusive bounds of a date or time, as FHIR writes them. */
  readonly earliest?: string
  readonly latest?: string
  readonly minAnswers?: number
  readonly maxAnswers?: number
}

/** A group that repeats: its answer is a list of answers by linkId, one for each repetition. */
export type GroupPlan = {
  readonly linkId: string
  readonly text: Text
  readonly required: boolean
  readonly minAnswers?: number
  readonly maxAnswers?: number
  readonly items: readonly ItemPlan[]
  readonly groups: readonly GroupPlan[]
}

/**
 * What every rule has. `needs` are the answers and scores without which it does not apply; `when` is its condition as
 * written, `expression` the same as evaluated.
 */
export type RuleBase = {
  readonly id: string
  readonly version: string
  readonly item?: string
  readonly text: Text
  readonly when: string
  readonly expression: string
  readonly needsAnswers: readonly string[]
  readonly needsScores: readonly string[]
  /** Steps it takes with lists as long as those sent; null where it runs over no list. */
  readonly work: Work | null
  /**
   * What can be told from this entry alone. @throws whatever CEL throws: callers turn it into `rule-failed`.
   */
  readonly holds: (context: RuleContext) => unknown
  /** What else must hold of earlier entries; null for a rule that looks at none. */
  readonly past: PastCondition | null
}

/** The part of a rule that looks at earlier entries of its form and patient. Items by linkId, scores by id. */
export type PastCondition = {
  /** As `RuleBase.holds`. */
  readonly holds: (context: RuleContext) => unknown
  /** How far it looks back; null where it looks at the baseline alone. */
  readonly lookBack: LookBack | null
  readonly items: readonly string[]
  readonly scores: readonly string[]
  readonly baselineItems: readonly string[]
  readonly baselineScores: readonly string[]
  /** Of the baseline, what it must have for the rule to apply. */
  readonly needsBaselineItems: readonly string[]
  readonly needsBaselineScores: readonly string[]
  readonly missed: boolean
  readonly entries: boolean
}
/** Edit check: gives the finding `edit-check`. */
export type CheckRule = RuleBase & {
  readonly kind: 'check'
  /** What the device asks the patient while the form is filled in. */
  readonly prompt?: Text
}
/** Calls somebody of the audience within a time. */
export type AlertRule = RuleBase & {
  readonly kind: 'alert'
  readonly severity: 'low' | 'medium' | 'high'
  readonly audience: readonly string[]
  readonly acknowledgeWithinHours: number
  readonly patientMessage?: Text
  /** Who is called as well when nobody has acknowledged it so many hours after it was raised, in that order. */
  readonly escalate: readonly { readonly afterHours: number; readonly to: readonly string[] }[]
}
/** Starts work outside through the outbox. */
export type MessageRule = RuleBase & {
  readonly kind: 'message'
  readonly topic: string
  readonly audience: readonly string[]
}
/** Restricted: a protocol deviation that may depend on the arm. */
export type DeviationRule = RuleBase & { readonly kind: 'deviation'; readonly severity: 'minor' | 'major' }

/** The names a rule may use; `arm` and `arm_role` exist in restricted rules alone. */
export type RuleContext = {
  answers: object
  scores: object
  status: string
  late_receipt: boolean
  dose: string
  site: string
  arm?: string
  arm_role?: string
  earlier?: object
  earlier_scores?: object
  earlier_entries?: readonly object[]
  baseline?: object
  baseline_answers?: object
  missed?: bigint
}

/** One version of a form with all that the study says about it. */
export type FormPlan = {
  readonly id: string
  readonly version: string
  readonly title: Text
  /** Items outside repeating groups, in the form's order. */
  readonly items: readonly ItemPlan[]
  readonly itemById: ReadonlyMap<string, ItemPlan>
  /** The outermost repeating groups. */
  readonly groups: readonly GroupPlan[]
  /** The whole form, as a device gets it. */
  readonly definition: FormDefinition
  /** Every condition looks back at items of `items` only, so that one pass in order is exact. */
  readonly onePass: boolean
  /** When it is due, in the order of study.yaml; a form for visits has one for each visit. Never empty. */
  readonly schedules: readonly SchedulePlan[]
  readonly scores: readonly ScorePlan[]
  readonly rules: readonly (CheckRule | AlertRule | MessageRule)[]
  /** Items and outermost repeating groups that a rule of this form reads, restricted rules included. */
  readonly ruleItems: readonly ItemPlan[]
  readonly ruleGroups: readonly RuleGroup[]
  /** The objects such rules read them from. */
  readonly ruleShapes: RuleShapes
  /** Some rule of this form looks at earlier entries. */
  readonly looksBack: boolean
}

/** What only unblinded roles may see, ever: the meaning of arms, the kit list, the rules that know the arm. */
export type RestrictedPlan = {
  readonly arms: ReadonlyMap<string, { readonly role: string; readonly text: Text }>
  readonly armOfPack: ReadonlyMap<string, string>
  readonly kindOfDrug: ReadonlyMap<string, string>
  /** By arm and dose: what the arm is prescribed instead of what everybody may know. */
  readonly doses: ReadonlyMap<string, ReadonlyMap<string, DoseTimeline>>
  /** By form id, the only arms that are given it; open-label studies alone. See `isGiven`. */
  readonly forms: ReadonlyMap<string, ReadonlySet<string>>
  /** By form, as `forms`. */
  readonly rules: ReadonlyMap<FormPlan, readonly DeviationRule[]>
}

/** A clinic; `zone` is its IANA time zone, `phone` what patients call. */
export type SitePlan = {
  readonly id: string
  readonly name: Text
  readonly zone: string
  readonly phone?: string
}

/** One version of a study. */
export type StudyPlan = {
  readonly id: string
  readonly version: string
  readonly title: Text
  /** BCP 47 tags of the languages every text has; the first stands in for others. */
  readonly languages: readonly string[]
  readonly sites: readonly SitePlan[]
  readonly arms: readonly { readonly code: string }[]
  /** The staff roles that take part, and which of them are blinded. */
  readonly roles: RolesPlan
  /** Dates of a patient that days are counted from, by id; `enrolled` is among them. */
  readonly anchors: ReadonlyMap<string, AnchorPlan>
  readonly visits: ReadonlyMap<string, VisitPlan>
  /** By `${id}@${version}`. */
  readonly forms: ReadonlyMap<string, FormPlan>
  readonly formIds: ReadonlySet<string>
  readonly doses: readonly DosePlan[]
  readonly patientApp: PatientAppPlan
  /** What scores may know of a patient besides the answers, and the values each fact can have. */
  readonly facts: ReadonlyMap<string, ReadonlySet<string>>
  /** How far a device clock may run ahead of ours before a person must look. */
  readonly clockToleranceMs: number
  /** Time-zone facts, memoised for this plan. */
  readonly zones: DeviceZones
  readonly restricted: RestrictedPlan
}

/** The form in that version, or undefined. Neither ids nor versions contain `@`, so the key is unambiguous. */
export function findForm(plan: StudyPlan, form: string, version: string): FormPlan | undefined {
  return plan.forms.get(`${form}@${version}`)
}
