// Texts and their translations: the core `translation` extension on the primitive's sibling (`_text`).
// Source: http://hl7.org/fhir/R4/extension-translation.html
import { asObject, extensionOf, extensionUrls, type Json, objectsOf } from '../fhir-json.ts'
import type { Words } from './definition.ts'
import type { ImportReport, Place } from './import-report.ts'

/**
 * `element[member]` with its translations, or undefined where there is no text. A `visible` text with letters counts for
 * the completeness of languages.
 */
export function wordsOf(
  element: Json,
  member: string,
  place: Place,
  report: ImportReport,
  visible = true,
): Words | undefined {
  const text = element[member]
  const sibling = asObject(element[`_${member}`])
  for (const extension of objectsOf(sibling?.extension)) noteExtension(extension, member, place, report)
  if (typeof text !== 'string' || text.trim() === '') return undefined
  const translations = translationsOf(sibling)
  // "1." and "%" read the same everywhere.
  if (visible && /\p{L}/u.test(text)) report.saw(Object.keys(translations))
  return Object.keys(translations).length === 0 ? { text } : { text, in: translations }
}

function noteExtension(extension: Json, member: string, place: Place, report: ImportReport): void {
  const url = typeof extension.url === 'string' ? extension.url : ''
  const element = `_${member}.extension(${url})`
  if (url === extensionUrls.translation) report.used(place, element)
  else if (/\/(?:rendering-xhtml|rendering-markdown|rendering-style|rendering-styleSensitive)$/.test(url))
    report.ignored(place, element, 'styled-text', url)
  else if (/\/cqf-expression$/.test(url))
    report.refused(place, element, 'language-unknown', 'publishing', url)
  else report.ignored(place, element, 'extension-unknown', url)
}

function translationsOf(sibling: Json | undefined): Record<string, string> {
  const found: Record<string, string> = {}
  for (const extension of objectsOf(sibling?.extension)) {
    if (extension.url !== extensionUrls.translation) continue
    const language = extensionOf(extension, 'lang')?.valueCode
    const part = extensionOf(extension, 'content')
    const content = part?.valueString ?? part?.valueMarkdown
    if (typeof language !== 'string' || typeof content !== 'string' || content.trim() === '') continue
    if (!Object.hasOwn(found, language)) found[language] = content
  }
  return found
}

/** The text in that language or its nearest relative (`zh` for `zh-CN`), else in the form's own. */
export function wordsIn(words: Words, language: string): string {
  const exact = words.in?.[language]
  if (exact !== undefined) return exact
  const [base] = language.split('-')
  const near = Object.keys(words.in ?? {}).find((tag) => tag === base || tag.split('-')[0] === base)
  return near === undefined ? words.text : (words.in?.[near] as string)
}
