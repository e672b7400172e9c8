// A score's rule in words, shown with every result so that a reader can recompute it with a pencil.
import { boundsOf } from './compile-term.ts'
import type { ScorePlan, Term } from './score-plan.ts'
import type { ScoreFile, TermFile } from './scoring-file.ts'

/** One line of English: what is combined, then what happens to missing answers, scaling, rounding and the table. */
export function formulaOf(score: ScoreFile, plan: Omit<ScorePlan, 'formula'>): string {
  const written = score.items ?? score.of ?? []
  const parts = plan.terms.map((term) => {
    const declared = written.find(
      (one) => (typeof one === 'string' ? one : (one.item ?? one.score)) === term.name,
    )
    return termText(score, typeof declared === 'object' ? declared : {}, term)
  })
  const steps = [`${plan.method}(${parts.join(', ')})`, missingText(plan)]
  if (score.rescale !== undefined)
    steps.push(`${score.rescale.from.join('–')} rescaled to ${score.rescale.to.join('–')}`)
  if (score.round !== undefined) {
    const { decimals, mode } = score.round
    steps.push(`rounded ${mode} to ${decimals === 0 ? 'a whole number' : `${decimals} decimals`}`)
  }
  if (score.lookup !== undefined) steps.push(`looked up in ${score.lookup.name}`)
  return steps.filter((step) => step !== '').join('; ')
}

function termText(score: ScoreFile, declared: TermFile, term: Term): string {
  let text = term.name
  if (declared.reverse === true && term.scale !== null) {
    const { min, max } = boundsOf(term.scale)
    text = `(${min + max} − ${text})`
  }
  if (declared.map !== undefined)
    text = `${typeof declared.map === 'string' ? declared.map : JSON.stringify(declared.map)}[${text}]`
  const least = declared['at-least'] ?? score['at-least']
  if (score.method === 'count' && least !== undefined) text = `${text} ≥ ${least}`
  if (term.weight !== 1) text = `${term.weight} × ${text}`
  if (term.onlyIf !== null)
    text = `${text} where ${term.onlyIf.fact} is ${[...term.onlyIf.values].join(' or ')}`
  return text
}

function missingText({ minAnswered, whenMissing, terms, method }: Omit<ScorePlan, 'formula'>): string {
  const all = minAnswered.kind === 'all-but' && minAnswered.missing === 0
  if (all) return terms.length === 1 ? '' : 'all required'
  const least =
    minAnswered.kind === 'all-but'
      ? `at least ${terms.length - minAnswered.missing} of ${terms.length} answered`
      : `${minAnswered.above ? 'more than' : 'at least'} ${minAnswered.share * 100} % answered`
  if (whenMissing === 'ignore') return `with ${least}, of those answered`
  if (whenMissing !== 'prorate') return `with ${least}, a missing one counts ${whenMissing}`
  return method === 'mean' ? `with ${least}` : `with ${least}, mean of the answered × number of items`
}
