// Reads YAML 1.2 (JSON is YAML) against a schema and says for every fault in which line it is.
// With its schema's reader, the only file that knows YAML.
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { isNode, LineCounter, parseDocument } from 'yaml'
import type { Faults } from './study-invalid.ts'

/** Finds the line of a member, counted from 1, e.g. `lineOf(['sites', 0, 'zone'])`; that of its parent at worst. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined

/** The value and its lines, or null with faults added where the text is not YAML or not of the schema's shape. */
export function readYaml<T extends TSchema>(
  file: string,
  text: string,
  schema: T,
  faults: Faults,
): { readonly value: Static<T>; readonly lineOf: LineOf } | null {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0) {
    for (const error of document.errors)
      faults.add(file, lines.linePos(error.pos[0]).line, `correct the YAML: ${firstLine(error.message)}`)
    return null
  }
  const lineOf: LineOf = (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
    }
    return undefined
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  const found = schemaFaults(schema, value)
  for (const { path, message } of found)
    faults.add(file, lineOf(path), `${path.join('.') || 'the file'}: ${message}`)
  return found.length > 0 ? null : { value: value as Static<T>, lineOf }
}

/** What does not fit the schema: where, and what to do. */
export function schemaFaults(
  schema: TSchema,
  value: unknown,
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  if (Value.Check(schema, value)) return []
  const errors = Value.Errors(schema, value)
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf')
  // Of a union that takes, say, an object or a list, the branch of the other type has nothing to say.
  const isOtherBranch = ({ keyword, instancePath, schemaPath }: (typeof errors)[number]) =>
    (keyword === 'type' || keyword === 'enum') &&
    unions.some(
      (union) =>
        union.instancePath === instancePath &&
        errors.some(
          (other) =>
            other.keyword !== 'type' &&
            other.keyword !== 'anyOf' &&
            other.instancePath.startsWith(instancePath) &&
            other.schemaPath.startsWith(`${union.schemaPath}/anyOf/`) &&
            !other.schemaPath.startsWith(schemaPath),
        ),
    )
  return (
    errors
      // A union reports each of its branches, and an unknown member is reported twice: once is enough.
      .filter(
        (error) => error.keyword !== 'anyOf' && error.message !== 'schema is false' && !isOtherBranch(error),
      )
      .map((error) => ({ path: pathOf(error.instancePath), message: `${error.message}${hint(error)}` }))
  )
}

function hint(error: { keyword: string; params?: unknown }): string {
  const params = error.params as
    | { additionalProperties?: string[]; type?: unknown; allowedValues?: unknown[] }
    | undefined
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties')
    return `; remove or correct ${params?.additionalProperties?.join(', ') ?? 'the unknown member'}`
  if (error.keyword === 'type' && params?.type === 'string') return '; write the value in quotes'
  if (error.keyword === 'enum') return `: ${params?.allowedValues?.join(', ') ?? ''}`
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
