// What the patient does with a list of entries (a repeating group), and answers to a prompt: parts of the state machine
// of form-state.ts that change where the patient stands. Pure.
import {
  levelAt,
  repetitionsAt,
  withAnswer,
  withRepetition,
} from '../../../../src/study/device/answers-at.ts'
import { itemsOf, type Step } from '../../../../src/study/device/form-run.ts'
import {
  answer,
  change,
  type FormContext,
  type FormState,
  listOf,
  type Moment,
  next,
  places,
  samePath,
  send,
  to,
  viewOf,
} from './form-state.ts'
import { withPrompt } from './shown-prompts.ts'

/** Adds an entry and shows its first question. */
export function addEntry(context: FormContext, state: FormState, list: Step): FormState {
  if (list.screen.kind !== 'repeat') return state
  const { linkId, max } = list.screen
  const entries = repetitionsAt(levelAt(state.draft.answers, list.path), linkId)
  if (max !== undefined && entries.length >= max) return state
  const answers = withRepetition(state.draft.answers, list.path, linkId)
  const added = { ...state, draft: { ...state.draft, answers } }
  return showEntry(context, added, list, entries.length)
}

/** Shows the first question of an entry. */
export function showEntry(context: FormContext, state: FormState, list: Step, index: number): FormState {
  if (list.screen.kind !== 'repeat') return state
  const path = [...list.path, { linkId: list.screen.linkId, index }]
  const first = context.run.steps(state.draft.answers).find((step) => samePath(step.path, path))
  return first === undefined ? state : to(state, first.id)
}

/** Takes an entry out of its list; the trail keeps that it was taken out. */
export function removeEntry(state: FormState, list: Step, index: number, moment: Moment): FormState {
  if (list.screen.kind !== 'repeat') return state
  const entries = repetitionsAt(levelAt(state.draft.answers, list.path), list.screen.linkId)
  const left = entries.filter((_, at) => at !== index)
  const changed = answer(state, list.path, list.screen.linkId, left.length > 0 ? left : undefined, moment)
  return { ...changed, turn: state.turn + 1 }
}

/** An entry that was added and left without an answer does not stay in its list. To be called after each move. */
export function withoutEmptyEntries(context: FormContext, state: FormState): FormState {
  const view = viewOf(context, state)
  if (view.kind !== 'step' || view.step.screen.kind !== 'repeat') return state
  const { path, screen } = view.step
  const entries = repetitionsAt(levelAt(state.draft.answers, path), screen.linkId)
  const filled = entries.filter((entry) => Object.keys(entry).length > 0)
  if (filled.length === entries.length) return state
  const answers = withAnswer(state.draft.answers, path, screen.linkId, filled.length > 0 ? filled : undefined)
  return { ...state, draft: { ...state.draft, answers } }
}

/** "It is right": kept, and on it goes. */
export function confirmPrompt(context: FormContext, state: FormState, moment: Moment): FormState {
  if (state.asking?.kind !== 'prompt') return state
  const kept = { ...state, draft: withPrompt(state.draft, state.asking, true), asking: null }
  return viewOf(context, state).kind === 'review' ? send(context, kept, moment) : next(context, kept, moment)
}

/** "Change my answer": kept, and shows the question it is about. */
export function changePrompted(context: FormContext, state: FormState): FormState {
  if (state.asking?.kind !== 'prompt') return state
  const { item } = state.asking
  const kept = { ...state, draft: withPrompt(state.draft, state.asking, false), asking: null }
  const view = viewOf(context, state)
  if (view.kind !== 'review') return { ...kept, turn: state.turn + 1 }
  const step = context.run.steps(state.draft.answers).find((one) => asksFor(one, item))
  return step === undefined ? kept : change(kept, step.id)
}

function asksFor({ screen }: Step, item: string | undefined): boolean {
  return itemsOf(screen).some(({ linkId }) => linkId === item)
}

/** The screen to show when there is no earlier one in the phone's history: after the app was started anew. */
export function before(context: FormContext, state: FormState): string | null {
  const steps = context.run.steps(state.draft.answers)
  const top = steps.filter(({ path }) => path.length === 0)
  const { at } = state.draft
  if (at === places.review || at === places.late) return top.at(-1)?.id ?? null
  const step = steps.find(({ id }) => id === at)
  if (step === undefined) return null
  const siblings = steps.filter(({ path }) => samePath(path, step.path))
  const earlier = siblings[siblings.findIndex(({ id }) => id === at) - 1]
  if (earlier !== undefined) return earlier.id
  return step.path.length > 0 ? (listOf(steps, step.path)?.id ?? null) : null
}
