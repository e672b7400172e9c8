// The step "adhere": what one diary says about the dose prescribed for its day, and the figures over many days.
// Formulas: domain.md §3.3. Counts are exact integers; a percentage is always computed from them.

import type { Placed } from './place.ts'
import type { Answers, DosePlan, FormPlan, StudyPlan } from './plan.ts'
import { isSkip } from './skip-reasons.ts'

/** What is known about one prescribed dose. */
export type DoseOutcome =
  | 'taken-in-window'
  | 'taken-outside-window'
  | 'taken-time-unknown'
  | 'not-taken'
  | 'not-reported'

/** The outcome for one day, with the versions that made it. */
export type DoseJudgement = {
  readonly dose: string
  readonly version: string
  /** The day the dose was prescribed for: the occasion of the diary, an ISO date. */
  readonly prescribedDate: string
  readonly outcome: DoseOutcome
}

/** The judgement of the day's dose, or null where the form does not report the study's dose. Wall-clock times. */
export function judgeDose(
  plan: StudyPlan,
  form: FormPlan,
  answers: Answers,
  placed: Placed,
): DoseJudgement | null {
  const { dose } = plan
  if (dose === null || form.id !== dose.formId) return null
  return {
    dose: dose.id,
    version: dose.version,
    prescribedDate: placed.occasion,
    outcome: outcomeOf(dose, answers),
  }
}

function outcomeOf(dose: DosePlan, answers: Answers): DoseOutcome {
  const taken = answers[dose.takenItem]
  if (taken === false) return 'not-taken'
  if (taken !== true) return 'not-reported'
  const time = answers[dose.timeItem]
  if (time === undefined || isSkip(time) || typeof time !== 'string') return 'taken-time-unknown'
  const minute = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
  const { opensMinute, closesMinute } = dose
  const inWindow =
    opensMinute <= closesMinute
      ? minute >= opensMinute && minute <= closesMinute
      : minute >= opensMinute || minute <= closesMinute
  return inWindow ? 'taken-in-window' : 'taken-outside-window'
}

/** Days left out of a figure, each with its reason. Dates are ISO and in order. */
export type Exclusion = { readonly date: string; readonly reason: 'not-prescribed' | 'second-report' }

/**
 * `numerator / denominator` is what is known to be so. `unknown` counts doses of which it is not known: the true
 * figure lies between `numerator` and `numerator + unknown` over `denominator`.
 */
export type AdherenceFigure = {
  readonly measure: 'taking-adherence' | 'window-adherence'
  readonly formula: string
  /** Rule versions of the judgements used, in order. */
  readonly versions: readonly string[]
  readonly numerator: number
  readonly denominator: number
  readonly unknown: number
  /** 100 × numerator / denominator, unrounded; null where nothing was prescribed. */
  readonly percent: number | null
  readonly exclusions: readonly Exclusion[]
}

/**
 * Taking adherence = doses taken / doses prescribed; window adherence = doses taken in their window / doses prescribed.
 * `prescribedDays` are the ISO dates with a dose due (holds ordered by the investigator already left out; repeats
 * count once). A judgement for another day, or a second one for the same day, is excluded and named: the first stands.
 */
export function adherenceFigures(
  judgements: readonly DoseJudgement[],
  prescribedDays: readonly string[],
): { readonly taking: AdherenceFigure; readonly window: AdherenceFigure } {
  const due = new Set(prescribedDays)
  const outcomes = new Map<string, DoseOutcome>()
  const exclusions: Exclusion[] = []
  const versions = new Set<string>()
  for (const { prescribedDate: date, outcome, version } of judgements) {
    if (!due.has(date)) exclusions.push({ date, reason: 'not-prescribed' })
    else if (outcomes.has(date)) exclusions.push({ date, reason: 'second-report' })
    else {
      outcomes.set(date, outcome)
      versions.add(version)
    }
  }
  exclusions.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
  const counts = countOutcomes(outcomes)
  const silent = due.size - outcomes.size + counts['not-reported']
  const inWindow = counts['taken-in-window']
  const timeUnknown = counts['taken-time-unknown']
  const taken = inWindow + counts['taken-outside-window'] + timeUnknown
  const shared = { denominator: due.size, exclusions, versions: [...versions].sort() }
  return {
    taking: {
      measure: 'taking-adherence',
      formula: 'doses taken / doses prescribed',
      numerator: taken,
      unknown: silent,
      percent: percentOf(taken, due.size),
      ...shared,
    },
    window: {
      measure: 'window-adherence',
      formula: 'doses taken in their window / doses prescribed',
      numerator: inWindow,
      unknown: silent + timeUnknown,
      percent: percentOf(inWindow, due.size),
      ...shared,
    },
  }
}

function countOutcomes(outcomes: ReadonlyMap<string, DoseOutcome>): Record<DoseOutcome, number> {
  const counts = {
    'taken-in-window': 0,
    'taken-outside-window': 0,
    'taken-time-unknown': 0,
    'not-taken': 0,
    'not-reported': 0,
  }
  for (const outcome of outcomes.values()) counts[outcome] += 1
  return counts
}

function percentOf(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : (100 * numerator) / denominator
}
