// Reads study.yaml and says for every fault in which line it is. The only file that knows YAML.
import { Value } from 'typebox/value'
import { isNode, LineCounter, parseDocument } from 'yaml'
import type { Faults } from './study-invalid.ts'
import { type StudyFile, studySchema } from './study-schema.ts'

/** The study file and the line of any of its members, e.g. `lineOf(['sites', 0, 'zone'])`. */
export type StudySource = {
  readonly file: string
  readonly study: StudyFile
  lineOf(path: readonly (string | number)[]): number | undefined
}

/** The study file, or null with faults added where it is not YAML 1.2 or not of the right shape. */
export function readStudyYaml(file: string, text: string, faults: Faults): StudySource | null {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0) {
    for (const error of document.errors)
      faults.add(file, lines.linePos(error.pos[0]).line, `correct the YAML: ${firstLine(error.message)}`)
    return null
  }
  const lineOf = (path: readonly (string | number)[]): number | undefined => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
    }
    return undefined
  }
  const study: unknown = document.toJS({ maxAliasCount: 100 })
  if (Value.Check(studySchema, study)) return { file, study, lineOf }
  for (const error of Value.Errors(studySchema, study)) {
    const path = pathOf(error.instancePath)
    // A union reports each of its branches; the branch's own errors say what is wrong.
    if (error.keyword === 'anyOf') continue
    faults.add(file, lineOf(path), `${path.join('.') || 'the study'}: ${error.message}${hint(error)}`)
  }
  return null
}

function hint(error: { keyword: string; params?: unknown }): string {
  const params = error.params as
    | { additionalProperties?: string[]; pattern?: unknown; type?: unknown }
    | undefined
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties')
    return `; remove or correct ${params?.additionalProperties?.join(', ') ?? 'the unknown member'}`
  if (error.keyword === 'type' && params?.type === 'string') return '; write the value in quotes'
  return ''
}

function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

function firstLine(message: string): string {
  return message.split('\n')[0] as string
}
