// Reads YAML 1.2 (JSON is YAML) against a schema and says for every fault in which line it is.
// With its schema's reader, the only file that knows YAML.
import type { Static, TSchema } from 'typebox'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { readAround } from './read-around.ts'
import { schemaFaults } from './schema-faults.ts'
import type { Faults } from './study-invalid.ts'

/** Finds the line of a member, counted from 1, e.g. `lineOf(['sites', 0, 'zone'])`; that of its parent at worst. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined

/** A value and its lines. */
export type ReadYaml<T extends TSchema> = { readonly value: Static<T>; readonly lineOf: LineOf }

/** The value and its lines, or null with faults added where the text is not YAML or not of the schema's shape. */
export function readYaml<T extends TSchema>(
  file: string,
  text: string,
  schema: T,
  faults: Faults,
): ReadYaml<T> | null {
  const read = readYamlAround(file, text, schema, faults)
  return read === null || read.without !== null ? null : read
}

/**
 * As {@link readYaml}, but with what can be read where the shape has faults: `without` then holds the names of what was
 * taken out, and is null where all is as it should be.
 */
export function readYamlAround<T extends TSchema>(
  file: string,
  text: string,
  schema: T,
  faults: Faults,
): (ReadYaml<T> & { readonly without: ReadonlySet<string> | null }) | null {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0) {
    // What follows from the first one in a line would only confuse.
    const told = new Set<number>()
    for (const error of document.errors) {
      const { line } = lines.linePos(error.pos[0])
      if (!told.has(line)) faults.add(file, line, `correct the YAML: ${firstLine(error.message)}`)
      told.add(line)
    }
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
  for (const { path, message, member } of found) {
    const line = lineOf(member === undefined ? path : [...path, member])
    faults.add(file, line, `${path.join('.') || 'the file'}: ${message}`)
  }
  if (found.length === 0) return { value: value as Static<T>, lineOf, without: null }
  const around = readAround(document, schema)
  return around === null ? null : { value: around.value as Static<T>, lineOf, without: around.without }
}

function firstLine(message: string): string {
  return message.split('\n')[0] as string
}
