// The step "score": the scores that the study declares for a form, each with its derivation (P11).
import type { Answers, FormPlan } from './plan.ts'
import { evaluateScore, noFacts } from './scoring/evaluate-score.ts'
import type { Facts, Score, ScoreDerivation, ScorePlan } from './scoring/score-plan.ts'

const none: readonly Score[] = Object.freeze([])
const nothingEarlier: ReadonlyMap<string, Score> = new Map()

/**
 * All scores of the form from its cleaned answers, in the order declared. `facts` are what rules may know of the
 * patient besides the answers, such as sex.
 */
export function scoreAnswers(
  form: Pick<FormPlan, 'scores'>,
  answers: Answers,
  facts?: Facts,
): readonly Score[] {
  return form.scores.length === 0 ? none : scoreAll(form.scores, answers, facts ?? noFacts)
}

function scoreAll(scores: readonly ScorePlan[], answers: Answers, facts: Facts): Score[] {
  if (scores.length === 1) return [evaluateScore(scores[0] as ScorePlan, answers, nothingEarlier, facts)]
  const earlier = new Map<string, Score>()
  for (const plan of scores) earlier.set(plan.id, evaluateScore(plan, answers, earlier, facts))
  return [...earlier.values()]
}

/** The score with the rule that made it, for whoever asks how the number came about. */
export function explainScore(plan: ScorePlan, score: Score): ScoreDerivation {
  const { title, formula, range, source } = plan
  return { ...score, title, formula, range, source }
}
