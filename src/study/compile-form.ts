// Compiles a form of a study: what the importer makes of the FHIR R4 Questionnaire, held against what a study needs
// besides (id, version, both languages, answers that fit a submission), as the items that the pure steps evaluate.
import { compileItems } from './compile-item.ts'
import { asObject, type Json } from './fhir-json.ts'
import type { FormDefinition, Words } from './form/definition.ts'
import { createExpressions } from './form/expressions.ts'
import { importQuestionnaire } from './form/import-questionnaire.ts'
import { type ReportEntry, reasons } from './form/import-report.ts'
import { wordsIn } from './form/import-words.ts'
import type { FormPlan, Text } from './plan.ts'
import type { Faults } from './study-invalid.ts'

/** A form without what study.yaml adds to it. */
export type CompiledForm = Pick<
  FormPlan,
  'id' | 'version' | 'title' | 'items' | 'itemById' | 'groups' | 'definition' | 'onePass'
>

/** Where a form's faults are reported: at the line of the file that holds a linkId. */
export type FormFaults = { at(linkId: string | undefined, message: string): void }

/** @returns null with faults added where the file cannot be used. */
export function compileForm(file: string, text: string, faults: Faults): CompiledForm | null {
  const questionnaire = parse(file, text, faults)
  if (questionnaire === null) return null
  let sound = true
  const at: FormFaults['at'] = (linkId, message) => {
    sound = false
    const line = lineOf(text, linkId === undefined ? '"resourceType"' : JSON.stringify(linkId))
    faults.add(file, line, linkId === undefined ? message : `item ${linkId}: ${message}`)
  }
  const { form, report } = importQuestionnaire(questionnaire, createExpressions(null).check)
  for (const entry of report.entries) if (entry.treatment === 'refused') at(entry.linkId, refusal(entry))
  if (form === null) return null
  const { id, version, title } = identify(form, { at })
  const compiled = compileItems(form, { at })
  if (!sound || title === null) return null
  return { id, version, title, definition: form, ...compiled }
}

function parse(file: string, text: string, faults: Faults): Json | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    faults.add(file, undefined, `correct the JSON: ${(error as Error).message}`)
    return null
  }
  const questionnaire = asObject(value)
  if (questionnaire?.resourceType === 'Questionnaire') return questionnaire
  faults.add(file, 1, 'this must be a FHIR R4 Questionnaire ("resourceType": "Questionnaire")')
  return null
}

function refusal({ element, reason, detail }: ReportEntry): string {
  const about = detail === undefined || element.includes(detail) ? '' : ` (${detail})`
  return `${element}${about}: ${reason === undefined ? 'refused' : reasons[reason].en}`
}

function identify(
  form: FormDefinition,
  faults: FormFaults,
): { id: string; version: string; title: Text | null } {
  const id = form.url?.split('/').at(-1) ?? ''
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    faults.at(undefined, 'give a url whose last part is the form id')
  const version = form.version ?? ''
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(version))
    faults.at(undefined, 'give a version of letters, digits, . _ -')
  const title = bothLanguages(form.title)
  if (title === null) faults.at(undefined, 'give a title and its zh-CN translation (translation extension)')
  return { id, version, title }
}

/** English is the Questionnaire's own text; Chinese a translation to zh-CN, zh-Hans or zh. Null where one is missing. */
export function bothLanguages(words: Words | undefined): Text | null {
  if (words === undefined) return null
  const translated = Object.keys(words.in ?? {}).some((tag) => ['zh-CN', 'zh-Hans', 'zh'].includes(tag))
  return translated ? { en: words.text, zh: wordsIn(words, 'zh-CN') } : null
}

function lineOf(text: string, needle: string): number | undefined {
  const index = text.indexOf(needle)
  return index < 0 ? undefined : text.slice(0, index).split('\n').length
}
