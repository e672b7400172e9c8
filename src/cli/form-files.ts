// Reads the files of the `form` commands. What cannot be read is a wrong call: exit code 2, and the remedy in words.
import { readFileSync } from 'node:fs'
import { asObject } from '../study/fhir-json.ts'
import { isResponse } from '../study/form/check-response.ts'
import type { FormDefinition } from '../study/form/definition.ts'
import { createExpressions, type Expressions } from '../study/form/expressions.ts'
import { type Imported, importQuestionnaire } from '../study/form/import-questionnaire.ts'
import { type ReportEntry, reasons } from '../study/form/import-report.ts'
import { WronglyCalled } from './failures.ts'
import { loadFhirPath } from './fhirpath-engine.ts'
import { parseJson } from './json-text.ts'

/** A Questionnaire as imported, and what evaluates its expressions. */
export type ReadForm = Imported & { readonly expressions: Expressions }

/** Reads and imports a Questionnaire. @throws WronglyCalled where the file cannot be read or is no JSON. */
export async function readForm(file: string): Promise<ReadForm> {
  const text = readText(file)
  const value = parse(file, text)
  const withExpressions = /text\/fhirpath|questionnaire-constraint/.test(text)
  const expressions = createExpressions(
    withExpressions ? await loadFhirPath() : null,
    asObject(value) ?? null,
  )
  return { ...importQuestionnaire(value, expressions.check), expressions }
}

/**
 * Prints a text and waits until the pipe has taken it: the program exits right after bad news, and what a pipe has
 * not taken by then would be lost.
 */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()))
  })
}

/** The form. With `json`, why it is refused is printed as JSON. @throws WronglyCalled where it cannot be used. */
export async function usableForm(
  file: string,
  { form, report }: Imported,
  json: boolean,
): Promise<FormDefinition> {
  if (form !== null) return form
  const stopping = report.entries.filter((entry) => entry.blocks === 'everything')
  if (json) await print(JSON.stringify({ refused: stopping.map(refusalJson) }, null, 2))
  const first = stopping.slice(0, 5).map((entry) => `  ${refusalLine(entry)}`)
  const more = stopping.length > 5 ? `\n  and ${stopping.length - 5} more: levee form import ${file}` : ''
  throw new WronglyCalled(`${file} cannot be used:\n${first.join('\n')}${more}`)
}

/** Reads a QuestionnaireResponse. @throws WronglyCalled where it cannot be read or is something else. */
export function readResponse(file: string): Readonly<Record<string, unknown>> {
  const value = parse(file, readText(file))
  if (isResponse(value)) return value
  throw new WronglyCalled(
    `${file} is not a FHIR QuestionnaireResponse ("resourceType": "QuestionnaireResponse")`,
  )
}

/** A refusal with its reason in both languages. */
export function refusalJson(entry: ReportEntry): object {
  return entry.reason === undefined ? entry : { ...entry, message: reasons[entry.reason] }
}

/** A refusal in one line. */
export function refusalLine({ path, element, linkId, reason, detail }: ReportEntry): string {
  const where = linkId === undefined ? path : `item ${linkId}`
  const what = detail === undefined || element.includes(detail) ? '' : ` (${detail})`
  return `${where}: ${element}${what}: ${reason === undefined ? 'refused' : reasons[reason].en}`
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    const { code } = error as { code?: string }
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : `${code}`
    throw new WronglyCalled(`${file} cannot be read: ${why}`)
  }
}

function parse(file: string, text: string): unknown {
  return parseJson(file, text, 'correct it. FHIR XML must be converted to JSON first')
}
