// Compiles the scores that study.yaml declares for one form: every item must exist and carry a number.
import type { CompiledForm } from './compile-form.ts'
import type { ItemPlan, ScorePlan } from './plan.ts'
import type { StudySource } from './read-study-yaml.ts'
import type { Faults } from './study-invalid.ts'

/** The scores of `form` in the order declared; those with faults are incomplete and the faults are added. */
export function compileScores(source: StudySource, form: CompiledForm, faults: Faults): ScorePlan[] {
  const plans: ScorePlan[] = []
  source.study.scores?.forEach((score, index) => {
    if (score.form !== form.id) return
    const complain = (member: (string | number)[], message: string) =>
      faults.add(source.file, source.lineOf(['scores', index, ...member]), `score ${score.id}: ${message}`)
    if (plans.some((plan) => plan.id === score.id)) complain(['id'], 'is declared twice for this form')
    const items: ItemPlan[] = []
    score.items.forEach((linkId, position) => {
      const item = form.itemById.get(linkId)
      if (item === undefined) complain(['items', position], `form ${form.id} has no item ${linkId}`)
      else if (!isNumeric(item))
        complain(['items', position], `item ${linkId} has neither numbers nor ordinals`)
      else if (items.includes(item)) complain(['items', position], `item ${linkId} is counted twice`)
      else items.push(item)
    })
    const bands = [...score.bands].sort((a, b) => b.from - a.from)
    if (new Set(bands.map((band) => band.from)).size < bands.length)
      complain(['bands'], 'two bands start at the same number')
    plans.push({
      id: score.id,
      version: score.version,
      title: score.title,
      items,
      bands,
      source: score.source,
    })
  })
  return plans
}

function isNumeric(item: ItemPlan): boolean {
  if (item.repeats) return false
  if (item.options === undefined) return item.kind === 'integer' || item.kind === 'decimal'
  return [...item.options.values()].every((option) => option.ordinal !== undefined)
}
