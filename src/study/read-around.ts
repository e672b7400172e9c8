// Reads on behind faults of shape: what does not fit is taken out of the document, so that the meaning of the rest can be
// looked at in the same run. What was taken out is named, so that nobody is told that it is missing.
import type { TSchema } from 'typebox'
import type { Document } from 'yaml'
import { type Path, type SchemaFault, schemaFaults } from './schema-faults.ts'

/** The document's value without what does not fit, and the names of what was taken out of it. */
export type ReadAround = { readonly value: unknown; readonly without: ReadonlySet<string> }

/** More faults than this are not read around. */
const mostTurns = 200
/** What stands where a form's schedule cannot be read; its rules may look back as over days. */
const anySchedule = { every: 'day', window: { opens: '00:00', closes: '24:00' } }

/**
 * Takes out of `document`, one after the other, what does not fit the schema. Null where what is left would say nothing:
 * a top member is missing, a form's file, or the list of languages.
 */
export function readAround(document: Document.Parsed, schema: TSchema): ReadAround | null {
  const without = new Set<string>()
  for (let turn = 0; turn < mostTurns; turn++) {
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    const [fault] = schemaFaults(schema, value)
    if (fault === undefined) return { value, without }
    if (!takeOut(document, fault, without)) return null
  }
  return null
}

function takeOut(
  document: Document.Parsed,
  { path, member, quote }: SchemaFault,
  without: Set<string>,
): boolean {
  if (member !== undefined) return document.deleteIn([...path, member])
  const at = valueIn(document, path)
  if (quote && (typeof at === 'number' || typeof at === 'boolean')) {
    document.setIn(path, String(at))
    return true
  }
  if (path.length === 0 || path[0] === 'languages') return false
  if (path[0] === 'forms') {
    if (path[2] !== 'schedule') return false
    document.setIn(path.slice(0, 3), document.createNode(anySchedule))
    return true
  }
  for (const name of namesOf(at, path)) without.add(name)
  return document.deleteIn(path)
}

const valueIn = (document: Document.Parsed, path: Path): unknown => {
  let value: unknown = document.toJS({ maxAliasCount: 100 })
  for (const step of path) value = (value as Record<string | number, unknown> | null | undefined)?.[step]
  return value
}

/** How other parts may call a part: by its id, by its code, by its member's name. */
function namesOf(value: unknown, path: Path): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { id, code } = value as { id?: unknown; code?: unknown }
  return [id, code, path.at(-1)].flatMap((name) =>
    typeof name === 'string' ? [name, name.replaceAll('-', '_')] : [],
  )
}

/** Whether a fault's message is about one of the names. */
export const isAbout = (message: string, names: ReadonlySet<string>): boolean =>
  message.split(/[^\w.-]+/).some((word) => names.has(word) || word.split('.').some((part) => names.has(part)))
