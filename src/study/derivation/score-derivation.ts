// How a stored score came about: evaluated again from the stored answers, so that what is explained is what the rule
// says and not what the record claims; where the two differ, the derivation says so.
import type { FormPlan } from '../plan.ts'
import { scoreAnswers } from '../score.ts'
import { combine } from '../scoring/combine.ts'
import type { Facts, Score, ScoreInput, ScorePlan } from '../scoring/score-plan.ts'
import type { Text } from '../text.ts'
import {
  type Derivation,
  type DerivationExclusion,
  type DerivationInput,
  numberText,
  type StoredResponse,
  type StudyIdentity,
} from './derivation.ts'
import {
  formulaWords,
  inputWords,
  missingWords,
  noScoreWords,
  notRounded,
  roundingWords,
} from './score-words.ts'

/** The derivation of a score of a response, or null where the form declares no such score. */
export function scoreDerivation(
  form: FormPlan,
  { position, record }: StoredResponse,
  scoreId: string,
  study: StudyIdentity,
  facts?: Facts,
): Derivation | null {
  const plan = form.scores.find(({ id }) => id === scoreId)
  const score = scoreAnswers(form, record.answers, facts).find(({ id }) => id === scoreId)
  if (plan === undefined || score === undefined) return null
  const stored = record.scores.find(({ id }) => id === scoreId)
  const from = { position, occasion: record.occasion }
  return {
    kind: 'score',
    id: plan.id,
    title: plan.title,
    value: score.value,
    unit: null,
    reason: score.reason === null ? null : noScoreWords[score.reason],
    meaning: score.band?.text ?? null,
    formula: formulaWords(plan),
    calculation: calculationOf(plan, score),
    inputs: score.inputs.map((input) => inputOf(form, input, from)),
    exclusions: exclusionsOf(score.inputs),
    missing: missingWords(plan),
    rounding: plan.round === null ? notRounded : roundingWords(plan.round),
    rule: { id: plan.id, version: plan.version, source: plan.source },
    study,
    form: { id: form.id, version: form.version },
    details: {
      answered: score.answered,
      applicable: score.applicable,
      required: score.required,
      imputed: score.imputed,
      range: plan.range,
      ...(score.rawScore === undefined ? {} : { rawScore: score.rawScore, table: plan.lookup?.name }),
      ...(plan.terms.some((term) => term.onlyIf !== null) ? { facts: facts ?? {} } : {}),
      sameAsStored: JSON.stringify(stored) === JSON.stringify(score),
    },
  }
}

/** An answer as an input, with what it reads on the form. */
export function inputOf(
  form: FormPlan,
  { item, score, raw, used, weight, state }: ScoreInput,
  from: Pick<DerivationInput, 'position' | 'occasion'>,
): DerivationInput {
  const name = item ?? score ?? ''
  return {
    ...from,
    item: name,
    label: form.itemById.get(name)?.text ?? form.scores.find(({ id }) => id === name)?.title ?? null,
    raw,
    shown: shownOf(form, name, raw),
    used,
    weight: weight ?? null,
    note: state === undefined || state === 'answered' ? null : inputWords[state],
  }
}

/** The text of the option that was chosen, or null where the answer is no option. */
export function shownOf(form: FormPlan, item: string, raw: unknown): Text | null {
  const options = form.itemById.get(item)?.options
  return options?.get(raw as string | number)?.text ?? null
}

function exclusionsOf(inputs: readonly ScoreInput[]): DerivationExclusion[] {
  return inputs.flatMap(({ item, score, state, used }) =>
    state === undefined || state === 'answered' || used !== null
      ? []
      : [{ what: item ?? score ?? '', count: 1, reason: inputWords[state] }],
  )
}

const joints = { sum: ' + ', mean: ' + ', count: ' + ', min: ', ', max: ', ' } as const

/** For example `2 + 1 + 3 = 6` or `(2 + 1) / 2 = 1.5 → 75 → T 52.1`; null where there is no number. */
function calculationOf(plan: ScorePlan, score: Score): string | null {
  if (score.value === null) return null
  const used = score.inputs.filter((input) => input.used !== null)
  const parts = used.map(({ used: value, weight }) => {
    const text = numberText(value as number)
    return weight === undefined ? text : `${numberText(weight)} × ${text}`
  })
  const joined = parts.join(joints[plan.method])
  const formula = {
    sum: joined,
    count: joined,
    mean: `(${joined}) / ${weightText(used)}`,
    min: `min(${joined})`,
    max: `max(${joined})`,
  }[plan.method]
  const { rescale, lookup } = plan
  const steps = [`${formula} = ${numberText(combine(plan, used, false))}`]
  if (rescale !== null || plan.round !== null) {
    const finished = numberText(score.rawScore ?? score.value)
    if (!steps[0]?.endsWith(`= ${finished}`)) steps.push(finished)
  }
  if (lookup !== null) steps.push(`${lookup.name}: ${numberText(score.value)}`)
  return steps.join(' → ')
}

const weightText = (used: readonly ScoreInput[]): string =>
  numberText(used.reduce((sum, { weight = 1 }) => sum + weight, 0))
