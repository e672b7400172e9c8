// Forms as phones get them, made once for each version of a study and language. The bytes under one hash never change,
// because a published version does not.
import { hash } from 'node:crypto'
import { deviceFormOf } from '../../../study/device/compile-device-form.ts'
import type { FormPlan, StudyPlan } from '../../../study/plan.ts'
import { nearestTag } from '../../../study/text.ts'

/** A DeviceForm's JSON, and the SHA-256 of these bytes in hex. */
export type FormBytes = { readonly text: string; readonly sha256: string }

/** Hex digits of the hash that an address names a form's bytes by. */
export const planDigits = 16

const made = new WeakMap<FormPlan, Map<string, FormBytes>>()

/** The form in a language of the study. It is the same for every arm (P10): nothing restricted is read. */
export function formBytes(plan: StudyPlan, form: FormPlan, language: string): FormBytes {
  let byLanguage = made.get(form)
  if (byLanguage === undefined) {
    byLanguage = new Map()
    made.set(form, byLanguage)
  }
  let bytes = byLanguage.get(language)
  if (bytes === undefined) {
    const text = JSON.stringify(deviceFormOf(plan, form, language))
    bytes = { text, sha256: hash('sha256', text, 'hex') }
    byLanguage.set(language, bytes)
  }
  return bytes
}

/** The study's language that serves who asks for `asked`: the nearest one, else the study's first. */
export const studyLanguage = (plan: StudyPlan, asked: string): string =>
  nearestTag(plan.languages, asked) ?? (plan.languages[0] as string)
