// Every text of study.yaml must be there in every language of the study, and in no other.
import type { StudySource } from './read-study-yaml.ts'
import type { Faults } from './study-invalid.ts'

/** Where study.yaml does not say otherwise. */
export const defaultLanguages: readonly string[] = ['en', 'zh']

/** Members that hold a text wherever they stand in study.yaml. */
const textMembers = new Set(['title', 'description', 'name', 'text', 'patient-message', 'prompt', 'help'])

/** Adds a fault at the line of each text that lacks a language of the study or has another one. */
export function checkLanguages(source: StudySource, languages: readonly string[], faults: Faults): void {
  if (new Set(languages).size < languages.length)
    faults.add(source.file, source.lineOf(['languages']), 'a language is listed twice')
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (Array.isArray(value)) for (const [index, one] of value.entries()) walk(one, [...path, index])
    else if (typeof value === 'object' && value !== null)
      for (const [member, inner] of Object.entries(value)) {
        const at = [...path, member]
        if (textMembers.has(member) && typeof inner === 'object') complain(Object.keys(inner as object), at)
        else walk(inner, at)
      }
  }
  const complain = (tags: readonly string[], path: readonly (string | number)[]): void => {
    const missing = languages.filter((language) => !tags.includes(language))
    const other = tags.filter((tag) => !languages.includes(tag))
    const line = source.lineOf(path)
    if (missing.length > 0)
      faults.add(source.file, line, `${path.join('.')}: add the translation to ${missing.join(', ')}`)
    if (other.length > 0)
      faults.add(
        source.file,
        line,
        `${path.join('.')}: ${other.join(', ')} is no language of the study; add it to languages or remove it`,
      )
  }
  walk(source.study, [])
}
