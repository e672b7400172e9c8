// Evaluates one compiled score on cleaned answers, with the inputs that let anybody recompute it (P11).
// Raw answers are never imputed: what stands for a missing answer is shown as such. A score that may not be
// computed is null and says why. Pure; never throws.
import type { Answer, Answers } from '../plan.ts'
import { isSkip } from '../skip-reasons.ts'
import { combine } from './combine.ts'
import { itemInput, scoreInput, withImputed } from './inputs.ts'
import { rounded, withoutNoise } from './rounding.ts'
import type { Facts, MinAnswered, NoScoreReason, Score, ScoreInput, ScorePlan, Term } from './score-plan.ts'

/** Scores evaluated before, by id: what composites and bands refer to. */
export type Earlier = ReadonlyMap<string, Score>

export const noFacts: Facts = Object.freeze({})

/** One score of the answers; `earlier` must hold the scores it is made of. */
export function evaluateScore(plan: ScorePlan, answers: Answers, earlier: Earlier, facts: Facts): Score {
  const inputs: ScoreInput[] = []
  let answered = 0
  let applicable = 0
  let reason: NoScoreReason | null = null
  for (const term of plan.terms) {
    const input = term.from === 'item' ? inputOf(term, answers[term.name], facts) : scoreInput(term, earlier)
    inputs.push(input)
    const { state } = input
    if (state === 'not-applicable') continue
    applicable += 1
    if (state === undefined) answered += 1
    else if (state === 'out-of-range') reason = 'out-of-range'
    else if (state === 'unreadable') reason ??= 'unreadable-answer'
  }
  const required = requiredOf(plan.minAnswered, applicable)
  if (reason === null && (answered < required || answered === 0))
    reason = plan.terms[0]?.from === 'score' ? 'subscale-missing' : 'too-few-answered'
  const incomplete = reason === null && answered < applicable
  let value = reason === null ? finish(plan, combine(plan, inputs, incomplete)) : null
  const { lookup } = plan
  const table: { rawScore?: number; standardError?: number | null } = {}
  if (lookup !== null && value !== null) {
    const row = lookup.rows.get(value)
    table.rawScore = value
    table.standardError = row?.error ?? null
    value = row?.value ?? null
    if (row === undefined) reason = 'not-in-table'
  }
  const score = {
    id: plan.id,
    version: plan.version,
    form: plan.form,
    formVersion: plan.formVersion,
    value,
    reason,
    band: value === null ? null : bandOf(plan, value, earlier),
    method: plan.method,
    inputs: incomplete ? withImputed(plan, inputs) : inputs,
    answered,
    applicable,
    required,
    imputed: incomplete && plan.whenMissing !== 'ignore' ? applicable - answered : 0,
  }
  return lookup === null ? score : { ...score, ...table }
}

function inputOf(term: Term, raw: Answer | undefined, facts: Facts): ScoreInput {
  if (term.onlyIf !== null && !applies(term, raw, facts))
    return { item: term.name, raw: raw ?? null, used: null, state: 'not-applicable' }
  return term.known.get(raw) ?? itemInput(term, raw)
}

/** An item under `only-if` does not apply where the fact says so, or where the answer itself says so. */
function applies(term: Term, raw: Answer | undefined, facts: Facts): boolean {
  const fact = facts[term.onlyIf?.fact ?? '']
  if (fact !== undefined) return term.onlyIf?.values.has(fact) === true
  return !(isSkip(raw) && raw.skipped === 'not-applicable')
}

/** How many of `applicable` terms must be answered. */
export function requiredOf(rule: MinAnswered, applicable: number): number {
  if (rule.kind === 'all-but') return Math.max(0, applicable - rule.missing)
  const share = withoutNoise(rule.share * applicable)
  return rule.above ? Math.floor(share) + 1 : Math.ceil(share)
}

/** Rescaled and rounded; the table comes after, because tables are entered with the finished raw score. */
function finish({ rescale, round }: ScorePlan, combined: number): number {
  const value =
    rescale === null
      ? combined
      : rescale.to.min +
        ((combined - rescale.from.min) * (rescale.to.max - rescale.to.min)) /
          (rescale.from.max - rescale.from.min)
  return round === null ? withoutNoise(value) : rounded(value, round)
}

function bandOf(plan: ScorePlan, value: number, earlier: Earlier): Score['band'] {
  for (const { from, shown, requires } of plan.bands)
    if (value >= from && (requires.length === 0 || requires.every((other) => holds(other, earlier))))
      return shown
  return null
}

function holds({ score, from }: { score: string; from: number }, earlier: Earlier): boolean {
  const value = earlier.get(score)?.value ?? null
  return value !== null && value >= from
}
