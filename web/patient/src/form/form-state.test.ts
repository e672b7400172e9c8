// The flow of a form: what Next, Back, skip, prompts, lists, review and Send do. Rules U2–U6, U13, U14, U16, U17, U19.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceForm, DeviceItem, DeviceScreen } from '../../../../src/study/device/device-form.ts'
import { createFormRun } from '../../../../src/study/device/form-run.ts'
import type { Draft, RawAnswer } from '../model.ts'
import {
  addEntry,
  before,
  changePrompted,
  confirmPrompt,
  removeEntry,
  withoutEmptyEntries,
} from './form-entries.ts'
import {
  answer,
  change,
  chooseLateReason,
  chooseWho,
  type FormContext,
  type FormState,
  leaveOut,
  type Moment,
  next,
  openForm,
  places,
  readMessages,
  send,
  show,
  unreadMessages,
  viewOf,
} from './form-state.ts'
import { progressOf } from './progress.ts'

const item = (linkId: string, rest: Partial<DeviceItem> = {}): DeviceItem => ({
  linkId,
  widget: 'number',
  kind: 'integer',
  text: linkId,
  required: true,
  skippable: true,
  repeats: false,
  min: 0,
  max: 10,
  ...rest,
})
const question = (
  linkId: string,
  rest: Partial<DeviceItem> = {},
  when?: [string, RawAnswer],
): DeviceScreen => ({
  kind: 'question',
  item: item(linkId, rest),
  ...(when !== undefined && {
    when: [{ behaviour: 'all', clauses: [{ linkId: when[0], operator: '=', value: when[1] as number }] }],
  }),
})
const formOf = (...screens: DeviceScreen[]): DeviceForm => ({
  form: 'f',
  formVersion: '1',
  language: 'en',
  title: 'F',
  screens,
  rules: [],
})

/** A form whose rules hold as told, so that the flow is tested and not the rules. */
function contextOf(
  form: DeviceForm,
  rest: Partial<FormContext> = {},
  rules: Partial<FormContext['run']> = {},
): FormContext {
  return { form, run: { ...createFormRun(form), ...rules }, asksWho: false, isLate: () => false, ...rest }
}

const draft: Draft = {
  key: 'f/1',
  form: 'f',
  formVersion: '1',
  planSha256: 'x',
  occasion: '1',
  language: 'en',
  originator: { kind: 'patient' },
  startedAt: '2026-11-22T08:00:00+08:00[Asia/Shanghai]',
  elapsedMs: 0,
  answers: {},
  at: null,
  changing: false,
  trail: [],
  presentation: {},
  prompts: [],
  lateReason: null,
}
let clock = 0
const moment = (): Moment => {
  clock += 1000
  return {
    at: `2026-11-22T08:00:${String((clock / 1000) % 60).padStart(2, '0')}+08:00[Asia/Shanghai]`,
    elapsedMs: clock,
  }
}
const put = (state: FormState, linkId: string, value: RawAnswer | undefined, typed = false): FormState =>
  answer(state, [], linkId, value, moment(), typed)
const onward = (context: FormContext, state: FormState): FormState => next(context, state, moment())
const answered = (context: FormContext, state: FormState, linkId: string, value: RawAnswer): FormState =>
  onward(context, put(state, linkId, value))

const three = formOf(question('a'), question('b'), question('c'))

test('U3 an answer never moves on, Next does; at the end comes the review and Send is ready', () => {
  const context = contextOf(three)
  let state = openForm(context, draft)
  assert.equal(state.draft.at, 'a')
  state = put(state, 'a', 4)
  assert.equal(state.draft.at, 'a')
  state = onward(context, state)
  assert.equal(state.draft.at, 'b')
  state = answered(context, answered(context, state, 'b', 1), 'c', 2)
  assert.equal(state.draft.at, places.review)
  assert.equal(send(context, state, moment()).ready, true)
})

test('U6 Next without an answer asks; a skip is kept as its own data point and goes on', () => {
  const context = contextOf(three)
  const asked = onward(context, openForm(context, draft))
  assert.equal(asked.asking?.kind, 'skip')
  assert.equal(asked.draft.at, 'a')
  const left = leaveOut(context, asked, moment())
  assert.deepEqual(left.draft.answers, { a: { skipped: 'asked-declined' } })
  assert.equal(left.draft.at, 'b')
  assert.deepEqual(left.draft.trail.at(-1)?.value, { skipped: 'asked-declined' })
})

test('a required question that may not be skipped says so and stays; an optional one is passed on purpose', () => {
  const strict = contextOf(formOf(question('a', { skippable: false }), question('b')))
  const stopped = onward(strict, openForm(strict, draft))
  assert.deepEqual(stopped.faults, [{ item: 'a', code: 'required-missing' }])
  assert.equal(stopped.asking, null)
  const free = contextOf(formOf(question('a', { required: false, skippable: false }), question('b')))
  const asked = onward(free, openForm(free, draft))
  assert.equal(asked.asking?.kind, 'pass')
  const passed = leaveOut(free, asked, moment())
  assert.equal(passed.draft.at, 'b')
  assert.deepEqual(passed.draft.answers, {})
})

test('a wrong answer is named by the server’s own code and keeps the patient on the question', () => {
  const context = contextOf(three)
  const wrong = answered(context, openForm(context, draft), 'a', 11)
  assert.deepEqual(wrong.faults, [{ item: 'a', code: 'out-of-range' }])
  assert.equal(wrong.draft.at, 'a')
  assert.deepEqual(put(wrong, 'a', 1).faults, [])
  assert.deepEqual(answered(context, openForm(context, draft), 'a', 'x').faults, [
    { item: 'a', code: 'wrong-type' },
  ])
})

test('U4 an earlier screen is shown as last seen; one that is hidden meanwhile is not shown', () => {
  const context = contextOf(formOf(question('a'), question('b', {}, ['a', 1]), question('c')))
  const atC = answered(context, answered(context, openForm(context, draft), 'a', 1), 'b', 5)
  assert.equal(atC.draft.at, 'c')
  const back = show(context, atC, 'a')
  assert.equal(back?.draft.at, 'a')
  assert.equal(back?.draft.answers.a, 1)
  assert.equal(show(context, put(back!, 'a', 2), 'b'), null)
})

test('U5 after a change straight back to the review, unless new questions opened', () => {
  const context = contextOf(formOf(question('a'), question('b', {}, ['a', 1]), question('c')))
  let state = openForm(context, draft)
  state = answered(context, answered(context, state, 'a', 2), 'c', 3)
  assert.equal(state.draft.at, places.review)
  assert.equal(answered(context, change(state, 'c'), 'c', 4).draft.at, places.review)
  const opened = answered(context, change(state, 'a'), 'a', 1)
  assert.equal(opened.draft.at, 'b')
  assert.equal(answered(context, opened, 'b', 1).draft.at, places.review)
})

test('Send goes to what is still open', () => {
  const context = contextOf(three)
  const state = {
    ...openForm(context, draft),
    draft: { ...draft, answers: { a: 1, c: 2 }, at: places.review },
  }
  const stopped = send(context, state, moment())
  assert.equal(stopped.ready, false)
  assert.equal(stopped.draft.at, 'b')
  assert.equal(stopped.asking?.kind, 'skip')
})

test('U14 U16 a draft opens where it was left, whatever it was doing', () => {
  const context = contextOf(three)
  assert.equal(openForm(context, { ...draft, at: 'b', answers: { a: 1 } }).draft.at, 'b')
  assert.equal(openForm(context, { ...draft, at: places.review }).draft.at, places.review)
  assert.equal(openForm(context, { ...draft, at: 'gone', answers: { a: 1 } }).draft.at, 'b')
})

test('U17 each change is in the trail with both times; the letters of one text are one entry', () => {
  const context = contextOf(three)
  let state = put(put(openForm(context, draft), 'a', 1, true), 'a', 10, true)
  assert.deepEqual(
    state.draft.trail.map(({ value }) => value),
    [10],
  )
  state = put(put(state, 'a', 3), 'a', undefined)
  assert.deepEqual(
    state.draft.trail.map(({ value }) => value),
    [10, 3, null],
  )
  assert.ok(state.draft.trail.every(({ at, elapsedMs }) => at.includes('[') && elapsedMs > 0))
})

test('a prompt is shown at its question, kept with what it led to, and not repeated once confirmed', () => {
  const rules = {
    prompts: (answers: Draft['answers']) =>
      (answers.a as number) > 8 ? [{ rule: 'high', item: 'a', text: 'Is it right?' }] : [],
  }
  const form = { ...three, rules: [{ id: 'high', item: 'a' } as never] }
  const context = contextOf(form, {}, rules)
  const asked = answered(context, openForm(context, draft), 'a', 9)
  assert.equal(asked.asking?.kind, 'prompt')
  const right = confirmPrompt(context, asked, moment())
  assert.equal(right.draft.at, 'b')
  assert.deepEqual(
    right.draft.prompts.map(({ at: _, ...kept }) => kept),
    [{ rule: 'high', before: 9, after: 9, confirmed: true }],
  )
  assert.equal(onward(context, show(context, right, 'a')!).draft.at, 'b')
  const changed = answered(context, changePrompted(context, asked), 'a', 3)
  assert.equal(changed.draft.at, 'b')
  assert.deepEqual(
    changed.draft.prompts.map(({ at: _, ...kept }) => kept),
    [{ rule: 'high', before: 9, after: 3, confirmed: false }],
  )
  assert.equal(answered(context, show(context, right, 'a')!, 'a', 10).asking?.kind, 'prompt')
})

test('U19 a message is told at once, not while typing, and again when it holds anew', () => {
  const rules = {
    messages: (answers: Draft['answers']) => (answers.a === 3 ? [{ rule: 'crisis', text: 'Call' }] : []),
  }
  const context = contextOf(three, {}, rules)
  const told = put(openForm(context, draft), 'a', 3)
  assert.equal(unreadMessages(context, told).length, 1)
  assert.equal(unreadMessages(context, put(openForm(context, draft), 'a', 3, true)).length, 0)
  const read = readMessages(told, rules.messages(told.draft.answers))
  assert.equal(unreadMessages(context, read).length, 0)
  const gone = put(read, 'a', 1)
  const again = put(readMessages(gone, rules.messages(gone.draft.answers)), 'a', 3)
  assert.equal(unreadMessages(context, again).length, 1)
})

test('who answers comes first, the reason for lateness before the review', () => {
  const context = contextOf(formOf(question('a')), { asksWho: true, isLate: () => true })
  let state = openForm(context, draft)
  assert.equal(viewOf(context, state).kind, 'who')
  state = chooseWho(context, state, { kind: 'proxy', relationship: 'child', reason: 'too-ill' })
  assert.equal(state.draft.at, 'a')
  state = answered(context, state, 'a', 1)
  assert.equal(viewOf(context, state).kind, 'late')
  state = onward(context, chooseLateReason(state, 'forgot'))
  assert.equal(state.draft.at, places.review)
  assert.equal(
    send(context, { ...state, draft: { ...state.draft, lateReason: null } }, moment()).draft.at,
    places.late,
  )
})

test('U13 the total is told only while it is sure', () => {
  const context = contextOf(formOf(question('a'), question('b', {}, ['a', 1]), question('c')))
  const told = (state: FormState) => progressOf(context, state, viewOf(context, state))
  const first = openForm(context, draft)
  assert.deepEqual(told(first), { number: 1, total: null })
  assert.deepEqual(told(put(first, 'a', 1)), { number: 1, total: 3 })
  assert.deepEqual(told(answered(context, first, 'a', 2)), { number: 2, total: 2 })
})

test('entries of a list are added, filled in, removed; an empty one does not stay', async () => {
  const list: DeviceScreen = {
    kind: 'repeat',
    linkId: 'drugs',
    text: 'Drugs',
    required: false,
    max: 2,
    screens: [question('name'), question('dose')],
  }
  const shown = new Set(['a', 'drugs', 'c'])
  const form = formOf(question('a'), list, question('c'))
  const judged = (answers: Draft['answers']) => ({
    answers: answers as never,
    shows: (id: string) => shown.has(id) || /^drugs\[\d\]\//.test(id),
  })
  const context: FormContext = {
    ...contextOf(three),
    form,
    run: createFormRun({ ...form, needsTree: true }, judged),
  }
  let state = answered(context, openForm(context, draft), 'a', 1)
  assert.equal(state.draft.at, 'drugs')
  const steps = () => context.run.steps(state.draft.answers)
  const drugs = () => steps().find(({ id }) => id === 'drugs')!
  state = addEntry(context, state, drugs())
  assert.equal(state.draft.at, 'drugs[0]/name')
  const emptied = withoutEmptyEntries(context, show(context, state, 'drugs')!)
  assert.deepEqual(emptied.draft.answers, { a: 1 })
  const path = [{ linkId: 'drugs', index: 0 }]
  state = onward(context, answer(state, path, 'name', 1, moment()))
  assert.equal(state.draft.at, 'drugs[0]/dose')
  assert.equal(before(context, state), 'drugs[0]/name')
  const early = onward(context, show(context, state, 'drugs')!)
  assert.equal(early.draft.at, 'drugs[0]/dose')
  state = onward(context, answer(state, path, 'dose', 2, moment()))
  assert.equal(state.draft.at, 'drugs')
  assert.deepEqual(state.draft.answers.drugs, [{ name: 1, dose: 2 }])
  assert.equal(onward(context, state).draft.at, 'c')
  const removed = removeEntry(state, drugs(), 0, moment())
  assert.deepEqual(removed.draft.answers, { a: 1 })
  assert.equal(onward(context, removed).draft.at, 'c')
})
