// What does not fit the schema of a study file, in words that tell a person what to write. Knows the schema checker's
// errors, so that nothing else has to.
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { didYouMean } from './rules/suggest.ts'

/** The way to a member, from the top. */
export type Path = readonly (string | number)[]

/** One place that does not fit: where, and what to do. */
export type SchemaFault = {
  readonly path: Path
  readonly message: string
  /** The member of `path` that the schema does not know. */
  readonly member?: string
  /** The value only lacks quotes. */
  readonly quote?: boolean
}

type SchemaError = ReturnType<typeof Value.Errors>[number]
type Params = {
  readonly additionalProperties?: readonly string[]
  readonly requiredProperties?: readonly string[]
  readonly type?: unknown
  readonly allowedValues?: readonly unknown[]
}

/** What does not fit the schema; an unknown member is told for each one, with the member that was probably meant. */
export function schemaFaults(schema: TSchema, value: unknown): readonly SchemaFault[] {
  if (Value.Check(schema, value)) return []
  const errors = Value.Errors(schema, value)
  const isOtherBranch = otherBranches(errors)
  return (
    errors
      // A union reports each of its branches, and an unknown member is reported twice: once is enough.
      .filter(
        (error) => error.keyword !== 'anyOf' && error.message !== 'schema is false' && !isOtherBranch(error),
      )
      .flatMap((error) => faultsOf(error, schema, value))
  )
}

/** Of a union that takes, say, an object or a list, the branch of the other type has nothing to say. */
function otherBranches(errors: readonly SchemaError[]): (error: SchemaError) => boolean {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf')
  return ({ keyword, instancePath, schemaPath }) =>
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
}

function faultsOf(error: SchemaError, schema: TSchema, value: unknown): SchemaFault[] {
  const path = pathOf(error.instancePath)
  const params = error.params as Params
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const known = Object.keys(schemaAt(schema, error.schemaPath)?.properties ?? {})
    return (params.additionalProperties ?? []).map((member) => {
      const there = membersOf(value, path)
      const free = known.filter((name) => !there.has(name))
      const hint = didYouMean(member, free) || '; remove it, or correct its name'
      return { path, member, message: `${member} is not known here${hint}` }
    })
  }
  if (error.keyword === 'required')
    return [{ path, message: `add ${params.requiredProperties?.join(', ') ?? 'what is missing'}` }]
  if (error.keyword === 'type' && params.type === 'string')
    return [{ path, message: 'must be string; write the value in quotes', quote: true }]
  if (error.keyword === 'enum')
    return [{ path, message: `use one of ${params.allowedValues?.join(', ') ?? ''}` }]
  const described = schemaAt(schema, error.schemaPath)?.description
  if (error.keyword === 'pattern' && typeof described === 'string')
    return [{ path, message: `must be ${described}` }]
  return [{ path, message: error.message }]
}

type SchemaNode = { readonly properties?: object; readonly description?: unknown }

/** The schema at the end of a schema path such as `#/properties/sites/items`; what it names last may be a keyword. */
function schemaAt(schema: TSchema, schemaPath: string): SchemaNode | undefined {
  let node: unknown = schema
  for (const part of schemaPath.split('/').slice(1))
    node = (node as Record<string, unknown> | undefined)?.[unescaped(part)] ?? node
  return node as SchemaNode | undefined
}

function membersOf(value: unknown, path: Path): ReadonlySet<string> {
  let at = value
  for (const step of path) at = (at as Record<string | number, unknown> | undefined)?.[step]
  return new Set(Object.keys((at ?? {}) as object))
}

function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map(unescaped)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')
