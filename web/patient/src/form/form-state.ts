// The state machine of a form that is being filled in. Pure: no DOM, no clock, no store; every function gives the next
// state, of which `draft` alone is kept on the phone (U14) and is enough to go on after the app was killed.
//
//   #who ──▶ step ⇄ step … ──▶ #late ──▶ #review ──▶ ready (sealed by the caller, then gone)
//              │  ▲                        │  ▲
//              ▼  │                        ▼  │ straight back, unless new questions opened (U5)
//     asking: skip, pass, prompt, remove   step (changing)
//
// #who comes only where somebody may answer for the patient, #late only where a reason for lateness is asked for.
// Only `next` moves forward (U3); it stays where something must be mended (`faults`) or decided (`asking`). `show` moves
// to any earlier screen: the phone's own back button decides which (U4). A repeating group is a list; the steps of one
// repetition lead back to it.
import {
  type AnswerPath,
  levelAt,
  repetitionsAt,
  withAnswer,
} from '../../../../src/study/device/answers-at.ts'
import type { DeviceForm, DeviceItem } from '../../../../src/study/device/device-form.ts'
import type { FormRun, Step } from '../../../../src/study/device/form-run.ts'
import type { FindingCode } from '../../../../src/study/finding.ts'
import type { Draft, RawAnswer, TrailEntry } from '../model.ts'
import { declined, isAnswered, isDeclined, placeName } from './answers.ts'
import { type Asked, fillAfter, waitingPrompt } from './shown-prompts.ts'

/** Screens that are no step of the form; no linkId begins with `#`. */
export const places = { who: '#who', late: '#late', review: '#review' } as const

/** What the machine needs to know of the form and of its circumstances. */
export type FormContext = {
  readonly form: DeviceForm
  readonly run: FormRun
  /** Somebody may answer for the patient, so it is asked who does. */
  readonly asksWho: boolean
  /** Whether it is now so late that a reason is asked for. */
  readonly isLate: () => boolean
}

/** When something was done: device time, and monotonic milliseconds for which the form has been open. */
export type Moment = { readonly at: string; readonly elapsedMs: number }

/** What stands in the way of an item's answer. `other`: something else was chosen, but not written. */
export type Fault = { readonly item: string; readonly code: FindingCode | 'other' }

/** A decision the patient is asked for before it goes on. */
export type Asking =
  | { readonly kind: 'skip' | 'pass'; readonly item: DeviceItem }
  | ({ readonly kind: 'prompt' } & Asked)
  | { readonly kind: 'remove'; readonly index: number }

export type FormState = {
  readonly draft: Draft
  readonly asking: Asking | null
  readonly faults: readonly Fault[]
  /** Grows with every change of screen and every complaint, so that the screen knows when to move the focus. */
  readonly turn: number
  /** Place of the item that is being typed: its trail gets one entry for all the letters. */
  readonly typing: string | null
  /** Rules whose message was read while it held. */
  readonly read: readonly string[]
  /** Everything is decided and the patient pressed Send. */
  readonly ready: boolean
}

export type View =
  | { readonly kind: 'who' | 'late' | 'review' }
  | { readonly kind: 'step'; readonly step: Step; readonly steps: readonly Step[] }

/** Goes on with a draft, at the same screen as it was left. */
export function openForm(context: FormContext, draft: Draft): FormState {
  const state: FormState = { draft, asking: null, faults: [], turn: 0, typing: null, read: [], ready: false }
  const steps = context.run.steps(draft.answers)
  const at = draft.at ?? (context.asksWho ? places.who : firstAt(steps))
  const known = at.startsWith('#') || steps.some((step) => step.id === at)
  return { ...state, draft: { ...draft, at: known ? at : (firstOpen(context, draft)?.id ?? firstAt(steps)) } }
}

/** What is shown. */
export function viewOf(context: FormContext, { draft }: FormState): View {
  if (draft.at === places.who) return { kind: 'who' }
  if (draft.at === places.late) return { kind: 'late' }
  const steps = context.run.steps(draft.answers)
  const step = steps.find(({ id }) => id === draft.at)
  return step === undefined ? { kind: 'review' } : { kind: 'step', step, steps }
}

/** Writes an answer at the present step; undefined takes it away. `typed`: letter by letter, one trail entry for all. */
export function answer(
  state: FormState,
  path: AnswerPath,
  linkId: string,
  value: RawAnswer | undefined,
  moment: Moment,
  typed = false,
): FormState {
  const place = placeName(path, linkId)
  const draft: Draft = {
    ...state.draft,
    answers: withAnswer(state.draft.answers, path, linkId, value),
    trail: trailWith(state, { item: place, ...moment, value: forTrail(value) }, typed),
    elapsedMs: moment.elapsedMs,
  }
  const faults = state.faults.filter(({ item }) => item !== linkId)
  return { ...state, draft, faults, asking: null, typing: typed ? place : null }
}

/** More changes than this are no patient's; then the newest takes the place of the one before. */
const mostTrail = 500
/** A long text is kept whole as the answer, and so far in the trail, so that the body stays in bounds. */
const longestInTrail = 2000

function trailWith({ draft, typing }: FormState, entry: TrailEntry, typed: boolean): readonly TrailEntry[] {
  const last = draft.trail.at(-1)
  const same = typed && typing === entry.item && last?.item === entry.item
  if (same || draft.trail.length >= mostTrail) return [...draft.trail.slice(0, -1), entry]
  return [...draft.trail, entry]
}

function forTrail(value: RawAnswer | undefined): RawAnswer | null {
  return typeof value === 'string' ? value.slice(0, longestInTrail) : (value ?? null)
}

/** The item is no longer being typed. */
export const settle = (state: FormState): FormState =>
  state.typing === null ? state : { ...state, typing: null }

/** Next: goes on, or says what must be mended or decided first. */
export function next(context: FormContext, before: FormState, moment: Moment): FormState {
  const state = settle({ ...before, draft: fillAfter(context.form, before.draft) })
  const view = viewOf(context, state)
  if (view.kind !== 'step') return view.kind === 'late' ? to(state, places.review) : state
  const { step } = view
  const stopped = stopAt(context, state, step)
  if (stopped !== null) return stopped
  if (step.screen.kind === 'repeat') return leaveList(context, state, step, moment)
  const shown = context.run.asked(step, state.draft.answers).map(({ linkId }) => linkId)
  const prompt = waitingPrompt(context, state.draft, moment, shown)
  if (prompt !== null) return ask(state, { kind: 'prompt', ...prompt })
  return moveOn(context, state, step)
}

/** The state in which a step stands in the way, or null where it does not. */
function stopAt(context: FormContext, state: FormState, step: Step): FormState | null {
  const { screen } = step
  const here = levelAt(state.draft.answers, step.path)
  if (screen.kind === 'repeat') {
    const codes = context.run.faults(step, here[screen.linkId])
    return codes.length === 0
      ? null
      : complain(
          state,
          codes.map((code) => ({ item: screen.linkId, code })),
        )
  }
  const items = context.run.asked(step, state.draft.answers)
  const faults = items.flatMap((item) => answerFaults(context, item, here[item.linkId]))
  if (faults.length > 0) return complain(state, faults)
  const open = items.find((item) => isOpen(state.draft, step.path, item))
  if (open === undefined) return null
  if (open.required && !open.skippable)
    return complain(state, [{ item: open.linkId, code: 'required-missing' }])
  return ask(state, { kind: open.skippable ? 'skip' : 'pass', item: open })
}

function answerFaults(context: FormContext, item: DeviceItem, value: RawAnswer | undefined): Fault[] {
  if (value === undefined || isDeclined(value)) return []
  if (value === '' || (Array.isArray(value) && value.includes('' as never)))
    return item.open === true ? [{ item: item.linkId, code: 'other' }] : []
  return context.run.faultsOf(item, value).map((code) => ({ item: item.linkId, code }))
}

/** Neither answered, nor declined, nor passed over on purpose. */
function isOpen(draft: Draft, path: AnswerPath, item: DeviceItem): boolean {
  const value = levelAt(draft.answers, path)[item.linkId]
  if (isAnswered(value) || isDeclined(value)) return false
  return item.required || item.skippable || !wasPassed(draft, placeName(path, item.linkId))
}

/** The newest entry of the trail says that nothing stands there: the patient went on without an answer. */
const wasPassed = (draft: Draft, place: string): boolean =>
  draft.trail.findLast(({ item }) => item === place)?.value === null

/** Whether a step still waits for a decision. */
function isStepOpen({ run }: FormContext, draft: Draft, step: Step): boolean {
  const { screen, path, id } = step
  if (screen.kind === 'repeat')
    return repetitionsAt(levelAt(draft.answers, path), screen.linkId).length === 0 && !wasPassed(draft, id)
  return run.asked(step, draft.answers).some((item) => isOpen(draft, path, item))
}

/** The first step that waits for a decision. */
const firstOpen = (context: FormContext, draft: Draft): Step | undefined =>
  context.run.steps(draft.answers).find((step) => isStepOpen(context, draft, step))

function leaveList(context: FormContext, state: FormState, step: Step, moment: Moment): FormState {
  const { screen } = step
  if (screen.kind !== 'repeat') return state
  const inside = (one: Step): boolean =>
    one.path.length > step.path.length && one.path[step.path.length]?.linkId === screen.linkId
  const steps = context.run.steps(state.draft.answers).filter(inside)
  const open = steps.find((one) => isStepOpen(context, state.draft, one))
  if (open !== undefined) return to(state, open.id)
  const count = repetitionsAt(levelAt(state.draft.answers, step.path), screen.linkId).length
  if (count > 0) return moveOn(context, state, step)
  const trail = [...state.draft.trail, { item: step.id, ...moment, value: null }]
  return moveOn(context, { ...state, draft: { ...state.draft, trail } }, step)
}

function moveOn(context: FormContext, state: FormState, step: Step): FormState {
  const steps = context.run.steps(state.draft.answers)
  const after = steps
    .slice(steps.findIndex(({ id }) => id === step.id) + 1)
    .find(({ path }) => samePath(path, step.path))
  if (step.path.length > 0) return to(state, after?.id ?? listOf(steps, step.path)?.id ?? places.review)
  const following = state.draft.changing ? firstOpen(context, state.draft) : after
  if (following !== undefined) return to(state, following.id)
  return to(state, context.isLate() && state.draft.lateReason === null ? places.late : places.review)
}

/** The list that a repetition belongs to. */
export function listOf(steps: readonly Step[], path: AnswerPath): Step | undefined {
  const outer = path.slice(0, -1)
  const linkId = path.at(-1)?.linkId
  return steps.find(
    (step) => step.screen.kind === 'repeat' && step.screen.linkId === linkId && samePath(step.path, outer),
  )
}

/** Whether two steps stand in the same repetition. */
export function samePath(one: AnswerPath, other: AnswerPath): boolean {
  return (
    one.length === other.length &&
    one.every((part, at) => part.linkId === other[at]!.linkId && part.index === other[at]!.index)
  )
}

/** Goes to a screen. */
export function to(state: FormState, at: string): FormState {
  const changing = state.draft.changing && at !== places.review
  const draft = { ...state.draft, at, changing }
  return { ...state, draft, asking: null, faults: [], typing: null, ready: false, turn: state.turn + 1 }
}

/** Stays, and asks. */
export const ask = (state: FormState, asking: Asking): FormState => ({ ...state, asking })

function complain(state: FormState, faults: readonly Fault[]): FormState {
  return { ...state, faults, asking: null, turn: state.turn + 1 }
}

/** "Skip this question" or "Go on without an answer", whichever was asked; then goes on. */
export function leaveOut(context: FormContext, state: FormState, moment: Moment): FormState {
  const view = viewOf(context, state)
  const { asking } = state
  if (view.kind !== 'step' || (asking?.kind !== 'skip' && asking?.kind !== 'pass')) return state
  const value = asking.kind === 'skip' ? declined : undefined
  return next(context, answer(state, view.step.path, asking.item.linkId, value, moment), moment)
}

/** Shows a screen again; one that the answers have hidden meanwhile cannot be shown: null. */
export function show(context: FormContext, state: FormState, at: string): FormState | null {
  if (at === places.late && !context.isLate()) return null
  if (at.startsWith('#')) return to(state, at)
  const steps = context.run.steps(state.draft.answers)
  return steps.some(({ id }) => id === at) ? to(state, at) : null
}

/** From the review page to one of its questions. */
export const change = (state: FormState, at: string): FormState =>
  to({ ...state, draft: { ...state.draft, changing: true } }, at)

/** Who answers, then the first question. */
export function chooseWho(
  context: FormContext,
  state: FormState,
  originator: Draft['originator'],
): FormState {
  const chosen = { ...state, draft: { ...state.draft, originator } }
  const { changing } = state.draft
  return to(chosen, changing ? places.review : firstAt(context.run.steps(state.draft.answers)))
}

/** Why it is late; kept at once, as every answer. */
export function chooseLateReason(state: FormState, lateReason: string): FormState {
  return { ...state, draft: { ...state.draft, lateReason } }
}

/** Send: ready, unless something is still open, wrong or to be looked at again; then it goes there. */
export function send(context: FormContext, before: FormState, moment: Moment): FormState {
  const state = settle({ ...before, draft: fillAfter(context.form, before.draft) })
  for (const step of context.run.steps(state.draft.answers)) {
    const stopped = stopAt(context, change(state, step.id), step)
    if (stopped !== null) return stopped
  }
  const prompt = waitingPrompt(context, state.draft, moment, null)
  if (prompt !== null) return ask(state, { kind: 'prompt', ...prompt })
  if (context.isLate() && state.draft.lateReason === null) return to(state, places.late)
  return { ...state, asking: null, ready: true }
}

/** Messages that hold and were not read since they began to hold; none while an answer is being typed. */
export function unreadMessages({ run }: FormContext, state: FormState): ReturnType<FormRun['messages']> {
  if (state.typing !== null) return []
  return run.messages(state.draft.answers).filter(({ rule }) => !state.read.includes(rule))
}

/** These messages were read. One that no longer holds is forgotten, so that it is shown again when it holds again. */
export function readMessages(state: FormState, holding: readonly { readonly rule: string }[]): FormState {
  return { ...state, read: holding.map(({ rule }) => rule) }
}

const firstAt = (steps: readonly Step[]): string =>
  steps.find(({ path }) => path.length === 0)?.id ?? places.review
