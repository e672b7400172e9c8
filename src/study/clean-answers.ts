// The step "clean": the answers as they are stored. Pure; never throws; invents nothing.
import type { Answers, FormPlan } from './plan.ts'
import { readAnswers } from './read-answers.ts'

/**
 * The answers by linkId in the form's order (so that JSON.stringify is canonical), on an object without prototype:
 * texts trimmed and in Unicode NFC, texts of digits as numbers where the item is numeric, units as given. Items that
 * the answers hide, unknown items and values that cannot be read are left out; the source keeps them and
 * `checkAnswers` says so.
 */
export function cleanAnswers(form: FormPlan, answers: Readonly<Record<string, unknown>>): Answers {
  return readAnswers(form, answers, null)
}
