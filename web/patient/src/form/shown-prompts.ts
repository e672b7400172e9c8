// Prompts of edit checks: which one must be shown now, and what is kept of those that were: the answer before, the
// answer after, and whether the patient said that it is right (FDA, Electronic Systems, Electronic Records, and
// Electronic Signatures in Clinical Investigations: Questions and Answers, October 2024, Q13). Pure.
import type { DeviceForm } from '../../../../src/study/device/device-form.ts'
import type { FormRun } from '../../../../src/study/device/form-run.ts'
import type { Draft, RawAnswers, ShownPrompt } from '../model.ts'

/** A prompt that is being shown, since when, and the answer it was shown for. */
export type Asked = {
  readonly rule: string
  readonly item?: string
  readonly text: string
  readonly at: string
  readonly before?: boolean | number | string
}

/** As many as the server keeps of one form. */
const most = 50

/** The first prompt that holds and that the patient has not confirmed for this answer. `items`: only theirs; null: all. */
export function waitingPrompt(
  { run }: { readonly run: FormRun },
  { answers, prompts }: Draft,
  { at }: { readonly at: string },
  items: readonly string[] | null,
): Asked | null {
  if (prompts.length >= most) return null
  for (const { rule, item, text } of run.prompts(answers)) {
    if (items !== null && (item === undefined || !items.includes(item))) continue
    const before = scalarOf(answers, item)
    if (prompts.some((one) => one.rule === rule && one.confirmed && one.after === before)) continue
    return {
      rule,
      text,
      at,
      ...(item === undefined ? {} : { item }),
      ...(before === undefined ? {} : { before }),
    }
  }
  return null
}

/** The draft with what the patient said to a prompt. */
export function withPrompt(draft: Draft, { rule, at, before }: Asked, confirmed: boolean): Draft {
  const answers = before === undefined ? {} : confirmed ? { before, after: before } : { before }
  return { ...draft, prompts: [...draft.prompts, { rule, at, ...answers, confirmed }] }
}

/** Fills in what prompts led to: the answer that stands now, where it is another than the one they were shown for. */
export function fillAfter(form: DeviceForm, draft: Draft): Draft {
  const isOpen = (one: ShownPrompt): boolean => !one.confirmed && one.after === undefined
  if (!draft.prompts.some(isOpen)) return draft
  const prompts = draft.prompts.map((one) => {
    const after = scalarOf(draft.answers, form.rules.find(({ id }) => id === one.rule)?.item)
    return isOpen(one) && after !== undefined && after !== one.before ? { ...one, after } : one
  })
  return { ...draft, prompts }
}

function scalarOf(answers: RawAnswers, item: string | undefined): boolean | number | string | undefined {
  const value = item === undefined ? undefined : answers[item]
  return typeof value === 'object' ? undefined : value
}
