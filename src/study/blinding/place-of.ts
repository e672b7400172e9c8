// Names a place of study.yaml so that it stays the same when lines and orders change: `alerts.worst-pain.text.en`.
import type { Json } from '../fhir-json.ts'
import type { StudySource } from '../read-study-yaml.ts'
import type { Place } from './leak.ts'

/** The place at that path; members of lists are named by their id, code or file where they have one. */
export function yamlPlace(source: StudySource, path: readonly (string | number)[]): Place {
  const names: (string | number)[] = []
  let value: unknown = source.study
  for (const step of path) {
    value = (value as Json | undefined)?.[step as string]
    names.push(typeof step === 'number' ? (nameOf(value) ?? step) : step)
  }
  return { file: source.file, line: source.lineOf(path), where: names.join('.') }
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, code, file } = value as Json
  return [id, code, file].find((one): one is string => typeof one === 'string')
}
