// The lowest and highest number that a score can have, from its items: what a stated range is held against.
import { boundsOf, printedNumbers } from './compile-term.ts'
import { rounded, withoutNoise } from './rounding.ts'
import type { ScorePlan, ScoreRange, Term } from './score-plan.ts'

/** The range, or null where an item has no bounds. Both ends are the finished score: rescaled, rounded, looked up. */
export function rangeOf(plan: ScorePlan, earlier: readonly ScorePlan[]): ScoreRange | null {
  const { lookup, whenMissing, method } = plan
  if (lookup !== null) return spanOf([...lookup.rows.values()].map((row) => row.value))
  const ranges = plan.terms.map((term) => termRange(term, earlier))
  const known = ranges.filter((range) => range !== null)
  if (known.length < ranges.length || known.length === 0) return null
  const complete = plan.minAnswered.kind === 'all-but' && plan.minAnswered.missing === 0
  const constant = !complete && typeof whenMissing === 'number' ? whenMissing : null
  const spans = known.map((range, i) => {
    const { weight, onlyIf } = plan.terms[i] as Term
    const ends = [range.min, range.max, ...(constant === null ? [] : [constant])]
    const mayBeAbsent = onlyIf !== null || (!complete && whenMissing === 'ignore')
    return spanOf([...ends.map((end) => end * weight), ...(mayBeAbsent && sums(method) ? [0] : [])])
  })
  const combined = sums(method)
    ? { min: total(spans.map((s) => s.min)), max: total(spans.map((s) => s.max)) }
    : extremesOf(plan, known, constant)
  return finished(plan, combined)
}

const sums = (method: ScorePlan['method']) => method === 'sum' || method === 'count'
const total = (numbers: readonly number[]) => withoutNoise(numbers.reduce((sum, n) => sum + n, 0))
const spanOf = (numbers: readonly number[]): ScoreRange => ({
  min: Math.min(...numbers),
  max: Math.max(...numbers),
})

/** Of a mean, a minimum or a maximum. Where a term may be absent, the others alone decide. */
function extremesOf(plan: ScorePlan, known: readonly ScoreRange[], constant: number | null): ScoreRange {
  const { terms, minAnswered, method } = plan
  const lows = known.map((range) => range.min)
  const highs = known.map((range) => range.max)
  const complete = minAnswered.kind === 'all-but' && minAnswered.missing === 0
  if (!complete || terms.some((term) => term.onlyIf !== null))
    return spanOf([...lows, ...highs, ...(constant === null ? [] : [constant])])
  if (method === 'min') return { min: Math.min(...lows), max: Math.min(...highs) }
  if (method === 'max') return { min: Math.max(...lows), max: Math.max(...highs) }
  const weights = terms.map((term) => term.weight)
  const mean = (ends: readonly number[]) =>
    withoutNoise(total(ends.map((end, i) => end * (weights[i] as number))) / total(weights))
  return { min: mean(lows), max: mean(highs) }
}

function termRange(term: Term, earlier: readonly ScorePlan[]): ScoreRange | null {
  if (term.from === 'score') return earlier.find((plan) => plan.id === term.name)?.range ?? null
  if (term.scale === null) return null
  const numbers = printedNumbers(term.scale)
  const { min, max } = boundsOf(term.scale)
  const ends = numbers.length > 0 ? numbers : [min, max]
  const used = ends.map((end) => term.use(end))
  return used.every(Number.isFinite) ? spanOf(used) : null
}

function finished(plan: ScorePlan, { min, max }: ScoreRange): ScoreRange {
  const ends = [min, max].map((end) => {
    const { rescale, round } = plan
    const value =
      rescale === null
        ? end
        : rescale.to.min +
          ((end - rescale.from.min) * (rescale.to.max - rescale.to.min)) /
            (rescale.from.max - rescale.from.min)
    return round === null ? withoutNoise(value) : rounded(value, round)
  })
  return spanOf(ends)
}
