// How a derived value came about, so that anybody can do the sum again (P11): the value, the rule in words, every
// input with where it comes from, what was left out and why, and the versions. Plain data, made by pure functions of
// what is stored; never what depends on the arm (P10).
import type { DoseJudgement } from '../adherence.ts'
import type { Finding } from '../finding.ts'
import type { Answer, Answers } from '../plan.ts'
import type { Looked } from '../rules/history.ts'
import type { Score } from '../scoring/score-plan.ts'
import type { ProductText, Text } from '../text.ts'

/** The visible record of a response, as stored. What else it holds is not looked at here. */
export type VisibleRecord = {
  readonly submissionId: string
  readonly studyVersion: string
  readonly form: string
  readonly formVersion: string
  readonly occasion: string
  readonly status: string
  readonly lateReceipt: boolean
  /** UTC, null for events. */
  readonly opensAt: string | null
  readonly closesAt: string | null
  readonly zone: string
  readonly receivedAt: string
  readonly device: { readonly completedAt: string }
  readonly answers: Answers
  readonly scores: readonly Score[]
  readonly dose: DoseJudgement | null
  readonly furtherDoses?: readonly DoseJudgement[]
  readonly alerts: readonly { readonly rule: string; readonly version: string; readonly severity: string }[]
  readonly findings: readonly Finding[]
  /** Earlier entries that rules looked at; missing where none did. */
  readonly looked?: Looked
}

/** A stored response: its journal position and its visible record. */
export type StoredResponse = { readonly position: number; readonly record: VisibleRecord }

/** The published study that a value was made by; `sha256` is over its files. */
export type StudyIdentity = { readonly id: string; readonly version: string; readonly sha256: string }

/** One thing a value is made of. */
export type DerivationInput = {
  /** Journal position of the response it is from; null for what no response says, such as a dose due. */
  readonly position: number | null
  readonly occasion: string | null
  /** A linkId, the id of a score, or what a rule calls it. */
  readonly item: string
  readonly label: Text | null
  /** The answer exactly as stored; null where there is none. */
  readonly raw: Answer | null
  /** What the answer reads on the form, where that is not its raw value. */
  readonly shown: Text | null
  /** What entered the formula; null where nothing did. */
  readonly used: number | string | null
  readonly weight: number | null
  /** Why it entered in another way than answered; null where it was simply answered. */
  readonly note: ProductText | null
}

/** Left out of a value, with the reason. */
export type DerivationExclusion = {
  readonly what: string
  readonly count: number
  readonly reason: ProductText
}

/** What kind of value it is. */
export type DerivedKind = 'score' | 'dose' | 'finding' | 'alert' | 'message' | 'compliance' | 'adherence'

export type Derivation = {
  readonly kind: DerivedKind
  readonly id: string
  readonly title: Text | null
  /** The value; null where it could not be computed, and then `reason` says why. */
  readonly value: number | string | null
  readonly unit: string | null
  readonly reason: ProductText | null
  /** What the value means: a band of a score, for example. */
  readonly meaning: Text | null
  readonly formula: ProductText
  /** The formula with this patient's numbers in it. */
  readonly calculation: string | null
  readonly inputs: readonly DerivationInput[]
  readonly exclusions: readonly DerivationExclusion[]
  /** What the rule does about missing answers, and how it rounds. */
  readonly missing: ProductText | null
  readonly rounding: ProductText | null
  readonly rule: { readonly id: string; readonly version: string; readonly source: string | null }
  readonly study: StudyIdentity
  /** The form the answers were given on. */
  readonly form: { readonly id: string; readonly version: string } | null
  /** Further facts that the formula names, e.g. bounds; numbers and words only. */
  readonly details: Readonly<Record<string, unknown>>
}

/** What the hash of the inputs is over: one text for the same inputs, whatever made them. */
export const inputsText = ({ inputs, exclusions }: Derivation): string =>
  JSON.stringify({
    inputs: inputs.map(({ position, occasion, item, raw, used }) => [position, occasion, item, raw, used]),
    exclusions: exclusions.map(({ what, count }) => [what, count]),
  })

/** A number as calculations show it: no noise of floating point, a true minus sign. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(12))).replace('-', '−')
}
