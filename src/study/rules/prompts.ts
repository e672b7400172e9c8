// What the device tells of edit checks it showed before sending: which prompt, when, what stood there before and after,
// and whether the patient confirmed the answers. Kept with the record: the original, the prompt and the change must be
// there (FDA, Electronic Systems, Electronic Records, and Electronic Signatures in Clinical Investigations: Questions
// and Answers, October 2024, Q13).
import type { Finding } from '../finding.ts'
import type { FormPlan } from '../plan.ts'

/** One prompt as kept. `before` and `after` are answers of the rule's item; absent where the device gave none. */
export type Prompt = {
  readonly rule: string
  /** Device time, as sent. */
  readonly at: string
  readonly before?: boolean | number | string
  readonly after?: boolean | number | string
  /** The patient left the answers as they were. */
  readonly confirmed: boolean
}

/** A patient does not see more of them on one form; further ones are left in the source. */
const most = 50
const longestTime = 128
const longestAnswer = 1000

/** The prompts that can be read and belong to an edit check of the form; the others are counted in a finding. */
export function promptsOf(form: FormPlan, given: unknown, findings: Finding[]): readonly Prompt[] {
  const list = Array.isArray(given) ? given : [given]
  const kept = list.slice(0, most).flatMap((one) => promptOf(form, one) ?? [])
  if (kept.length < list.length) findings.push({ code: 'prompt-unknown', count: list.length - kept.length })
  return kept
}

/** Whether a check was shown. */
export const promptedBy = (prompts: readonly Prompt[], rule: string): boolean =>
  prompts.length > 0 && prompts.some((prompt) => prompt.rule === rule)

function promptOf(form: FormPlan, given: unknown): Prompt | null {
  if (typeof given !== 'object' || given === null) return null
  const { rule, at, before, after, confirmed } = given as Record<string, unknown>
  if (typeof rule !== 'string' || !form.rules.some(({ id, kind }) => kind === 'check' && id === rule))
    return null
  if (typeof at !== 'string' || at.length > longestTime) return null
  return {
    rule,
    at,
    ...(isAnswer(before) ? { before } : {}),
    ...(isAnswer(after) ? { after } : {}),
    confirmed: confirmed === true,
  }
}

const isAnswer = (value: unknown): value is boolean | number | string =>
  typeof value === 'boolean' ||
  typeof value === 'number' ||
  (typeof value === 'string' && value.length <= longestAnswer)
