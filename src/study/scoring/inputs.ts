// The inputs of a score: what an answer, or another score, brings into it.
import type { Answer } from '../plan.ts'
import { readValue } from './read-value.ts'
import { withoutNoise } from './rounding.ts'
import type { Score, ScoreInput, ScorePlan, Term } from './score-plan.ts'

/** The input that an answer makes, from its scale. */
export function itemInput(
  term: Pick<Term, 'name' | 'scale' | 'use' | 'weight'>,
  raw: Answer | undefined,
): ScoreInput {
  const { value, state } =
    term.scale === null ? { value: null, state: 'missing' as const } : readValue(term.scale, raw)
  const shared = { item: term.name, raw: raw ?? null }
  if (state !== 'answered' || value === null)
    return { ...shared, ...(value === null ? {} : { value }), used: null, ...weightOf(term), state }
  const used = term.use(value)
  if (Number.isNaN(used)) return { ...shared, value, used: null, ...weightOf(term), state: 'out-of-range' }
  return { ...shared, ...(value === used ? {} : { value }), used, ...weightOf(term) }
}

/** The input that a score declared before makes. */
export function scoreInput(
  term: Pick<Term, 'name' | 'use' | 'weight'>,
  earlier: ReadonlyMap<string, Score>,
): ScoreInput {
  const raw = earlier.get(term.name)?.value ?? null
  if (raw === null) return { score: term.name, raw, used: null, ...weightOf(term), state: 'missing' }
  return { score: term.name, raw, used: term.use(raw), ...weightOf(term) }
}

const weightOf = ({ weight }: Pick<Term, 'weight'>) => (weight === 1 ? {} : { weight })

/** Shows the number that stood for each missing input. */
export function withImputed(plan: ScorePlan, inputs: readonly ScoreInput[]): readonly ScoreInput[] {
  if (plan.whenMissing === 'ignore') return inputs
  const used = plan.whenMissing === 'prorate' ? meanUsed(inputs) : plan.whenMissing
  return inputs.map((input) => (input.state === 'missing' ? { ...input, used, state: 'imputed' } : input))
}

function meanUsed(inputs: readonly ScoreInput[]): number {
  let total = 0
  let weights = 0
  for (const { used, weight = 1 } of inputs) {
    if (used === null) continue
    total += used * weight
    weights += weight
  }
  return withoutNoise(total / weights)
}
