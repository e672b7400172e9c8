// Random questionnaires as forms of a study, for laws about submissions.
import type { FormPlan } from '../../plan.ts'
import { option, small, zh } from '../../testing/small-study.ts'

type Json = Record<string, unknown>

/** The questionnaire with both languages and texts everywhere; null where a study cannot use it. */
export function asStudyForm(questionnaire: Json): FormPlan | null {
  const translated = (one: Json): Json => ({
    ...one,
    _text: zh('文字'),
    ...(one.answerOption !== undefined && { answerOption: ['a', 'b', 'c'].map((code) => option(code)) }),
    ...(one.enableWhen !== undefined && { enableWhen: (one.enableWhen as Json[]).map(withoutSystem) }),
    ...(one.item !== undefined && { item: (one.item as Json[]).map(translated) }),
  })
  try {
    return small((questionnaire.item as Json[]).map(translated)).form
  } catch {
    return null
  }
}

function withoutSystem(when: Json): Json {
  return when.answerCoding === undefined
    ? when
    : { ...when, answerCoding: { code: (when.answerCoding as Json).code } }
}
