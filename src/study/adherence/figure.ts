// What every measure says: a number with its numerator, denominator, what was left out and by which rule.
import { withoutNoise } from '../scoring/rounding.ts'

/** Left out of a figure. `count` is how many doses, days or intervals. */
export type Exclusion = {
  readonly date: string
  readonly reason: string
  readonly count: number
  /** Line of the event file, where one row is left out. */
  readonly line?: number
}

/** Why there is no percentage. */
export type NoFigureReason =
  | 'nothing-prescribed'
  | 'no-dose-reports'
  | 'no-window'
  | 'no-dose-times'
  | 'no-counts'
  | 'nothing-dispensed'
  | 'unreturned-packs'
  | 'holiday-hours-too-short'
  | 'quantity-unknown'

/**
 * One measure over the period. `percent` is 100 × numerator / denominator, unrounded. Where `unknown` is above 0 the
 * true numerator lies between `numerator` and `numerator + unknown`; `bounds` are the percentages of both.
 */
export type Figure = {
  readonly measure: string
  /** Version of the measure's rule. */
  readonly ruleVersion: string
  readonly formula: string
  readonly numerator: number | null
  readonly denominator: number
  readonly unknown: number
  readonly percent: number | null
  readonly bounds: { readonly low: number; readonly high: number } | null
  readonly reason: NoFigureReason | null
  readonly exclusions: readonly Exclusion[]
  readonly details: Readonly<Record<string, unknown>>
}

type Parts = {
  readonly measure: string
  readonly formula: string
  readonly numerator: number
  readonly denominator: number
  readonly unknown?: number
  readonly exclusions?: readonly Exclusion[]
  readonly details?: Readonly<Record<string, unknown>>
  /** What to say where the denominator is 0. */
  readonly otherwise?: NoFigureReason
}

/** A figure whose rule is in its first version. */
export function figure({ otherwise = 'nothing-prescribed', ...parts }: Parts): Figure {
  const { measure, formula, exclusions = [], details = {} } = parts
  const numerator = withoutNoise(parts.numerator)
  const denominator = withoutNoise(parts.denominator)
  const unknown = withoutNoise(parts.unknown ?? 0)
  const share = (part: number) => withoutNoise((100 * part) / denominator)
  const empty = denominator <= 0
  return {
    measure,
    ruleVersion: '1',
    formula,
    numerator,
    denominator,
    unknown,
    percent: empty ? null : share(numerator),
    bounds: empty || unknown === 0 ? null : { low: share(numerator), high: share(numerator + unknown) },
    reason: empty ? otherwise : null,
    exclusions,
    details,
  }
}

/** A measure that the data or the prescription do not allow. */
export function noFigure(measure: string, formula: string, reason: NoFigureReason, details = {}): Figure {
  return {
    measure,
    ruleVersion: '1',
    formula,
    numerator: null,
    denominator: 0,
    unknown: 0,
    percent: null,
    bounds: null,
    reason,
    exclusions: [],
    details,
  }
}
