// "Question 3 of 8" only while the total is sure (U13): no question ahead may still appear or vanish. Pure.
import { answerAt } from '../../../../src/study/device/answers-at.ts'
import { itemsOf } from '../../../../src/study/device/form-run.ts'
import { isAnswered, isDeclined } from './answers.ts'
import type { FormContext, FormState, View } from './form-state.ts'

/** Number of the question, and the total where it is sure; null on a screen that asks nothing. */
export type Progress = { readonly number: number; readonly total: number | null } | null

/** Counts questions, medicines and lists; what is inside a list counts as the list. */
export function progressOf(context: FormContext, state: FormState, view: View): Progress {
  if (view.kind !== 'step' || view.step.screen.kind === 'display') return null
  const top = view.steps.filter(({ path, screen }) => path.length === 0 && screen.kind !== 'display')
  const outer = view.step.path[0]
  const at = top.findIndex((step) =>
    outer === undefined
      ? step.id === view.step.id
      : step.screen.kind === 'repeat' && step.screen.linkId === outer.linkId,
  )
  return at < 0 ? null : { number: at + 1, total: isSure(context, state, view) ? top.length : null }
}

/** No condition of the form reads an item that is shown and not yet decided. */
function isSure({ form }: FormContext, { draft }: FormState, view: View & { kind: 'step' }): boolean {
  if (form.needsTree === true) return false
  const undecided = new Set(
    view.steps.flatMap(({ screen, path }) =>
      itemsOf(screen)
        .map(({ linkId }) => linkId)
        .filter((linkId) => {
          const value = answerAt(draft.answers, path, linkId)
          return !isAnswered(value) && !isDeclined(value)
        }),
    ),
  )
  const read = form.screens.flatMap(({ when }) => when ?? []).flatMap(({ clauses }) => clauses)
  return !read.some(({ linkId }) => undecided.has(linkId))
}
