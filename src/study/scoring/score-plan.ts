// A score compiled for evaluation, and what its evaluation says. Everything is prepared once and never changed;
// results are JSON-serialisable and the same for the same answers and versions (P11).
import type { Answer } from '../plan.ts'
import type { Text } from '../text.ts'

export type ScoreMethod = 'sum' | 'mean' | 'min' | 'max' | 'count'

/** What an item's answer may be, and its printed number: the number a form prints beside the choice. */
export type Scale = {
  /** Code → printed number; a boolean item has `true` and `false`. Null where the answer is a number itself. */
  readonly values: ReadonlyMap<unknown, number> | null
  /** Whether a printed number is taken in place of a code. */
  readonly numbers: boolean
  /** Inclusive bounds and decimal places of a number. */
  readonly min: number
  readonly max: number
  readonly decimals: number
  /** Printed numbers that stand for "not assessed". */
  readonly absent: ReadonlySet<number>
}

/** How an input came into a score. `imputed`: it was missing and the rule put a number in its place. */
export type InputState = 'answered' | 'missing' | 'imputed' | 'not-applicable' | 'out-of-range' | 'unreadable'

/**
 * One input of a score. `raw` is the answer, `used` what entered the formula: after recoding and reversing, before
 * weighting; null where nothing entered it. `value` is the answer's printed number where `used` is another one.
 * `state` is told unless the item was answered. An input that is another score has `score` instead of `item`.
 */
export type ScoreInput = {
  readonly item?: string
  readonly score?: string
  readonly raw: Answer | null
  readonly value?: number
  readonly used: number | null
  readonly weight?: number
  readonly state?: InputState
}

/** One item or score within a score. */
export type Term = {
  /** A linkId, or the id of a score declared before. */
  readonly name: string
  readonly from: 'item' | 'score'
  readonly scale: Scale | null
  /** Printed number → used number; NaN where a map has no entry. */
  readonly use: (value: number) => number
  readonly weight: number
  /** The item counts only where the fact has one of these values; elsewhere it is not applicable. */
  readonly onlyIf: { readonly fact: string; readonly values: ReadonlySet<string> } | null
  /** Finished inputs of the answers that can be listed; shared by all results. */
  readonly known: ReadonlyMap<unknown, ScoreInput>
}

/** How many of the applicable terms must be answered: all, all but a few, or a share (`above`: more than it). */
export type MinAnswered =
  | { readonly kind: 'all-but'; readonly missing: number }
  | { readonly kind: 'share'; readonly share: number; readonly above: boolean }

export type Rounding = {
  readonly decimals: number
  readonly mode: 'half-up' | 'half-even' | 'up' | 'down'
}

export type Band = {
  readonly from: number
  /** What results show; shared by all of them. */
  readonly shown: { readonly code: string; readonly text: Text }
  readonly requires: readonly { readonly score: string; readonly from: number }[]
}

export type Lookup = {
  readonly name: string
  readonly source: string
  readonly rows: ReadonlyMap<number, { readonly value: number; readonly error: number | null }>
}

/** Inclusive. */
export type ScoreRange = { readonly min: number; readonly max: number }

/** A declared score. */
export type ScorePlan = {
  readonly id: string
  /** Version of the rule. */
  readonly version: string
  readonly form: string
  readonly formVersion: string
  readonly title: Text
  readonly method: ScoreMethod
  /** The rule in words, as shown with every result. */
  readonly formula: string
  readonly terms: readonly Term[]
  readonly minAnswered: MinAnswered
  /** What stands for a missing term once enough are answered; a number stands for itself. */
  readonly whenMissing: 'prorate' | 'ignore' | number
  readonly rescale: { readonly from: ScoreRange; readonly to: ScoreRange } | null
  readonly round: Rounding | null
  readonly lookup: Lookup | null
  readonly range: ScoreRange | null
  /** Highest `from` first. */
  readonly bands: readonly Band[]
  readonly source: string
}

/** Why there is no number. */
export type NoScoreReason =
  | 'too-few-answered'
  | 'out-of-range'
  | 'unreadable-answer'
  | 'subscale-missing'
  | 'not-in-table'

/** One score as recorded, with its inputs. */
export type Score = {
  readonly id: string
  /** Version of the scoring rule, not of the form. */
  readonly version: string
  readonly form: string
  readonly formVersion: string
  readonly value: number | null
  readonly reason: NoScoreReason | null
  readonly band: Band['shown'] | null
  readonly method: ScoreMethod
  readonly inputs: readonly ScoreInput[]
  /** Of the terms that apply to this patient. */
  readonly answered: number
  readonly applicable: number
  /** How many had to be answered. */
  readonly required: number
  readonly imputed: number
  /** The number looked up in the table, and the table's standard error, where there is a table. */
  readonly rawScore?: number
  readonly standardError?: number | null
}

/** A score with the rule that made it, in words. */
export type ScoreDerivation = Score & {
  readonly title: Text
  readonly formula: string
  readonly range: ScoreRange | null
  readonly source: string
}

/** Facts about the patient that a rule may ask for, such as `sex`; never answers. */
export type Facts = { readonly [fact: string]: string }
