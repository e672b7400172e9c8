// Diary compliance: the share of due diaries that were completed (domain.md §3.2), and summaries of a week's values.
// Every figure carries its numerator, denominator, what was left out and the version of its rule (P11).

/** One occasion of a form for one patient. Instants are ms since the epoch. */
export type DueOccasion = {
  readonly form: string
  readonly occasion: string
  /** Part of the trial, such as run-in or treatment; null where the study has none. */
  readonly phase: string | null
  /** First instant after the window. */
  readonly closesAt: number
  /** Submitted on the device within the window; later but accepted; before it opened; after it locked; or not at all. */
  readonly completed: 'in-window' | 'accepted-late' | 'early' | 'after-lock' | 'no'
  /** Enrolled, neither withdrawn nor dead, device issued, throughout the window. */
  readonly active: boolean
  /** Whether the patient's group has the form at that time. */
  readonly assigned: boolean
  /** Why it cannot be judged: travel gap, documented device failure, hospital where the protocol says so. */
  readonly notEvaluable: string | null
}

/** Counts of one figure; percentages are unrounded and null where nothing was due. */
export type ComplianceShare = {
  readonly numerator: number
  readonly denominator: number
  readonly percent: number | null
}

/** Compliance over some occasions. */
export type ComplianceFigure = ComplianceShare & {
  readonly measure: 'diary-compliance'
  readonly ruleVersion: '1'
  readonly formula: string
  /** Completed after the window and accepted: not in `numerator`. */
  readonly acceptedLate: number
  readonly withLate: ComplianceShare
  /** Completed before the window opened, and after the occasion was locked: kept, and in no numerator. */
  readonly early: number
  readonly afterLock: number
  /** As if what could not be judged had been due. */
  readonly withNotEvaluable: ComplianceShare
  /** How many occasions were left out, by reason, in order of the reasons. */
  readonly exclusions: readonly { readonly reason: string; readonly count: number }[]
}

export type Compliance = {
  readonly overall: ComplianceFigure
  readonly byForm: ReadonlyMap<string, ComplianceFigure>
  readonly byPhase: ReadonlyMap<string, ComplianceFigure>
}

/** Compliance at an instant: occasions whose window is still open never count. */
export function diaryCompliance(occasions: readonly DueOccasion[], nowMs: number): Compliance {
  const by = (of: (one: DueOccasion) => string) =>
    new Map([...Map.groupBy(occasions, of)].sort(byName).map(([name, list]) => [name, figureOf(list, nowMs)]))
  return {
    overall: figureOf(occasions, nowMs),
    byForm: by((one) => one.form),
    byPhase: by((one) => one.phase ?? ''),
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0

function figureOf(occasions: readonly DueOccasion[], nowMs: number): ComplianceFigure {
  const left = new Map<string, number>()
  const due: DueOccasion[] = []
  const notEvaluable: DueOccasion[] = []
  for (const one of occasions) {
    const reason = notDue(one, nowMs)
    if (reason === null && one.notEvaluable === null) due.push(one)
    else {
      const why = reason ?? `not-evaluable: ${one.notEvaluable}`
      left.set(why, (left.get(why) ?? 0) + 1)
      if (reason === null) notEvaluable.push(one)
    }
  }
  const inWindow = count(due, 'in-window')
  const late = count(due, 'accepted-late')
  return {
    measure: 'diary-compliance',
    ruleVersion: '1',
    formula: 'occasions completed within their window / occasions due',
    ...share(inWindow, due.length),
    acceptedLate: late,
    withLate: share(inWindow + late, due.length),
    early: count(due, 'early'),
    afterLock: count(due, 'after-lock'),
    withNotEvaluable: share(inWindow + count(notEvaluable, 'in-window'), due.length + notEvaluable.length),
    exclusions: [...left].sort(byName).map(([reason, number]) => ({ reason, count: number })),
  }
}

/** Why an occasion is not due, or null. */
function notDue({ closesAt, active, assigned }: DueOccasion, nowMs: number): string | null {
  if (closesAt > nowMs) return 'still-open'
  if (!active) return 'not-active'
  return assigned ? null : 'not-assigned'
}

const count = (occasions: readonly DueOccasion[], completed: DueOccasion['completed']): number =>
  occasions.filter((one) => one.completed === completed).length

function share(numerator: number, denominator: number): ComplianceShare {
  return { numerator, denominator, percent: denominator === 0 ? null : (100 * numerator) / denominator }
}

/** The figure of several patients or forms together: counts are added, so each occasion weighs the same. */
export function together(figures: readonly ComplianceFigure[]): ComplianceFigure {
  const empty = figureOf([], 0)
  const sum = (of: (figure: ComplianceFigure) => number) => figures.reduce((total, one) => total + of(one), 0)
  const shareOf = (of: (figure: ComplianceFigure) => ComplianceShare) =>
    share(
      sum((one) => of(one).numerator),
      sum((one) => of(one).denominator),
    )
  const left = new Map<string, number>()
  for (const { exclusions } of figures)
    for (const { reason, count: number } of exclusions) left.set(reason, (left.get(reason) ?? 0) + number)
  return {
    ...empty,
    ...shareOf((one) => one),
    acceptedLate: sum((one) => one.acceptedLate),
    withLate: shareOf((one) => one.withLate),
    early: sum((one) => one.early),
    afterLock: sum((one) => one.afterLock),
    withNotEvaluable: shareOf((one) => one.withNotEvaluable),
    exclusions: [...left].sort(byName).map(([reason, number]) => ({ reason, count: number })),
  }
}

/** How a period's values become endpoints. `atLeast` of `days` must be there; the protocol must say both. */
export type PeriodRule = {
  readonly atLeast: number
  readonly days: number
  /** Which end is worst. */
  readonly worst: 'highest' | 'lowest'
  /** Days at or beyond it, towards the worst, are counted. */
  readonly threshold?: number
}

/** Endpoints of a period; all null where too few days have a value. They are separate endpoints, never combined. */
export type PeriodSummary = {
  readonly answered: number
  readonly required: number
  readonly days: number
  readonly mean: number | null
  readonly worst: number | null
  readonly percentOfDaysAtThreshold: number | null
  readonly reason: 'too-few-days' | null
}

/** The summary of the values of a period, one a day at most; days without a value are left out of the list or null. */
export function summarisePeriod(values: readonly (number | null)[], rule: PeriodRule): PeriodSummary {
  const numbers = values.filter((value) => value !== null)
  const enough = numbers.length >= rule.atLeast && numbers.length > 0
  const shared = { answered: numbers.length, required: rule.atLeast, days: rule.days }
  if (!enough)
    return { ...shared, mean: null, worst: null, percentOfDaysAtThreshold: null, reason: 'too-few-days' }
  const { threshold, worst } = rule
  const beyond = (value: number) =>
    threshold !== undefined && (worst === 'highest' ? value >= threshold : value <= threshold)
  return {
    ...shared,
    mean: numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
    worst: worst === 'highest' ? Math.max(...numbers) : Math.min(...numbers),
    percentOfDaysAtThreshold:
      threshold === undefined ? null : (100 * numbers.filter(beyond).length) / numbers.length,
    reason: null,
  }
}
