// The step "score": scores declared in the study, with the derivation that lets anybody recompute them (P11).
// Raw answers are never imputed; a score that may not be computed is null and says why.
import type { Answers, FormPlan, ScorePlan, Text } from './plan.ts'

/** One item as used in a score; `value` is null where the item has no usable answer. */
export type ScoreInput = { readonly item: string; readonly value: number | null }

/** One score with its derivation; JSON-serialisable, and the same for the same answers and versions (P11). */
export type Score = {
  readonly id: string
  /** Version of the scoring rule, not of the form. */
  readonly version: string
  readonly form: string
  readonly formVersion: string
  readonly value: number | null
  readonly reason: 'items-missing' | null
  readonly band: { readonly code: string; readonly text: Text } | null
  readonly method: 'sum'
  readonly inputs: readonly ScoreInput[]
  readonly answered: number
  readonly required: number
}

const none: readonly Score[] = Object.freeze([])

/** All scores of the form from its cleaned answers, in the study file's order. */
export function scoreAnswers(form: FormPlan, answers: Answers): readonly Score[] {
  if (form.scores.length === 0) return none
  return form.scores.map((score) => sumOf(form, score, answers))
}

/** Sum with every item required: the default for PHQ-9, whose manual's pro-rating limit is not established. */
function sumOf(form: FormPlan, score: ScorePlan, answers: Answers): Score {
  let total = 0
  let answered = 0
  const inputs: ScoreInput[] = []
  for (const item of score.items) {
    const answer = answers[item.linkId]
    const value = itemValue(item.options, answer)
    inputs.push({ item: item.linkId, value })
    if (value === null) continue
    total += value
    answered += 1
  }
  const complete = answered === score.items.length
  const band = complete ? score.bands.find((one) => total >= one.from) : undefined
  return {
    id: score.id,
    version: score.version,
    form: form.id,
    formVersion: form.version,
    value: complete ? total : null,
    reason: complete ? null : 'items-missing',
    band: band === undefined ? null : { code: band.code, text: band.text },
    method: 'sum',
    inputs,
    answered,
    required: score.items.length,
  }
}

function itemValue(options: ScorePlan['items'][number]['options'], answer: unknown): number | null {
  if (options !== undefined) return options.get(answer as string)?.ordinal ?? null
  return typeof answer === 'number' ? answer : null
}
