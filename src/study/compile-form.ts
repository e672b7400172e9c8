// Compiles a form of a study: what the importer makes of the FHIR R4 Questionnaire, held against what a study needs
// besides (id, version, its languages, answers that fit a submission), as the items that the pure steps evaluate.
import { compileItems } from './compile-item.ts'
import { asObject, type Json } from './fhir-json.ts'
import type { FormDefinition, Words } from './form/definition.ts'
import { createExpressions } from './form/expressions.ts'
import { importQuestionnaire } from './form/import-questionnaire.ts'
import { type ReportEntry, reasons } from './form/import-report.ts'
import type { FormPlan } from './plan.ts'
import type { Faults } from './study-invalid.ts'
import { nearestTag, type Text } from './text.ts'

/** A form without what study.yaml adds to it. */
export type CompiledForm = Pick<
  FormPlan,
  'id' | 'version' | 'title' | 'items' | 'itemById' | 'groups' | 'definition' | 'onePass'
>

/** Where a form's faults are reported: at the line of the file that holds a linkId. */
export type FormFaults = { at(linkId: string | undefined, message: string): void }

/** `languages` are the study's. @returns null with faults added where the file cannot be used. */
export function compileForm(
  file: string,
  text: string,
  languages: readonly string[],
  faults: Faults,
): CompiledForm | null {
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
  const inLanguages = textMaker(form, languages)
  const { id, version, title } = identify(form, inLanguages, { at })
  const compiled = compileItems(form, inLanguages, { at })
  if (!sound || title === null) return null
  return { id, version, title, definition: form, ...compiled }
}

function parse(file: string, text: string, faults: Faults): Json | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const { message } = error as Error
    const line = /\(line (\d+) column/.exec(message)?.[1]
    faults.add(file, line === undefined ? undefined : Number(line), `correct the JSON: ${message}`)
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
  inLanguages: TextMaker,
  faults: FormFaults,
): { id: string; version: string; title: Text | null } {
  const id = form.url?.split('/').at(-1) ?? ''
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    faults.at(undefined, 'give a url whose last part is the form id')
  const version = form.version ?? ''
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(version))
    faults.at(undefined, 'give a version of letters, digits, . _ -')
  const title = inLanguages.of(form.title)
  if ('missing' in title)
    faults.at(undefined, `give a title and its translation to ${title.missing} (translation extension)`)
  return { id, version, title: 'missing' in title ? null : title.text }
}

/** Makes a study's texts of a form's words. */
export type TextMaker = {
  /** Or the language that is missing. */
  of(words: Words | undefined): { readonly text: Text } | { readonly missing: string }
  /** What reads the same in every language, or stands in where a fault was told. */
  same(text: string): Text
}

/**
 * The Questionnaire's own texts are in its `language` (the study's first where it names none); the others come from
 * the translation extension, by the nearest tag (`zh-CN` serves `zh`).
 */
function textMaker(form: FormDefinition, languages: readonly string[]): TextMaker {
  const own = form.language ?? languages[0] ?? 'en'
  return {
    of(words) {
      const text: Record<string, string> = {}
      for (const language of languages) {
        const tag = nearestTag(Object.keys(words?.in ?? {}), language)
        if (words !== undefined && nearestTag([own], language) !== undefined) text[language] = words.text
        else if (tag !== undefined) text[language] = words?.in?.[tag] as string
        else return { missing: language }
      }
      return { text }
    },
    same: (text) => Object.fromEntries(languages.map((language) => [language, text])),
  }
}

function lineOf(text: string, needle: string): number | undefined {
  const index = text.indexOf(needle)
  return index < 0 ? undefined : text.slice(0, index).split('\n').length
}
