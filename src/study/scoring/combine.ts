// The arithmetic of a score: one number from its inputs. Whole numbers are added and multiplied before the one
// division, so that the usual instruments are exact.
import type { ScoreInput, ScorePlan } from './score-plan.ts'

/**
 * The combined number before rescaling and rounding. At least one input is answered; `incomplete` says that some
 * applicable ones are not.
 */
export function combine(
  { method, whenMissing }: Pick<ScorePlan, 'method' | 'whenMissing'>,
  inputs: readonly ScoreInput[],
  incomplete: boolean,
): number {
  if (!incomplete && method === 'sum') return plainSum(inputs)
  if (method === 'min' || method === 'max') return extreme(method, inputs, whenMissing, incomplete)
  let total = 0
  let weights = 0
  let allWeights = 0
  for (const { used, weight = 1, state } of inputs) {
    if (state === 'not-applicable') continue
    allWeights += weight
    if (used !== null) {
      total += used * weight
      weights += weight
    } else if (typeof whenMissing === 'number') {
      total += whenMissing * weight
      weights += weight
    }
  }
  if (method === 'mean') return total / weights
  return incomplete && whenMissing === 'prorate' ? (total * allWeights) / weights : total
}

function plainSum(inputs: readonly ScoreInput[]): number {
  let total = 0
  for (const { used, weight } of inputs)
    if (used !== null) total += weight === undefined ? used : used * weight
  return total
}

function extreme(
  method: 'min' | 'max',
  inputs: readonly ScoreInput[],
  whenMissing: ScorePlan['whenMissing'],
  incomplete: boolean,
): number {
  const numbers = inputs.flatMap(({ used }) => (used === null ? [] : [used]))
  if (incomplete && typeof whenMissing === 'number') numbers.push(whenMissing)
  return method === 'min' ? Math.min(...numbers) : Math.max(...numbers)
}
