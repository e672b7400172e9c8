// The shapes of study.yaml and of scoring files as JSON Schemas with a description of each member, so that editors can
// help whoever writes a study. Made from the schemas that the compiler checks by.
import { missingSchema, scoringSchema, termSchema } from '../scoring/scoring-file.ts'
import { studySchema } from '../study-schema.ts'
import { memberWords } from './member-words.ts'

type Json = Record<string, unknown>

/** Members whose items the compiler reads by a schema of their own. */
const readApart: Readonly<Record<string, Json>> = {
  'scores.items': { type: 'array', minItems: 1, items: { anyOf: [{ type: 'string' }, termSchema] } },
  'scores.of': { type: 'array', minItems: 1, items: { anyOf: [{ type: 'string' }, termSchema] } },
  'scores.missing': { anyOf: [{ const: 'all-required' }, missingSchema] },
}

/** A schema to be written to a file, and the members of which nothing is said, by their paths. */
export type DescribedSchema = {
  readonly schema: Json
  readonly silent: readonly string[]
  readonly used: ReadonlySet<string>
}

/** The schema of study.yaml. */
export const studyJsonSchema = (): DescribedSchema => describe('A study of Levee (study.yaml)', studySchema)

/** The schema of scoring files. */
export const scoringJsonSchema = (): DescribedSchema =>
  describe('How an instrument is scored in Levee', scoringSchema)

function describe(title: string, schema: object): DescribedSchema {
  const silent: string[] = []
  const used = new Set<string>()
  const walk = (node: Json, path: readonly string[]): Json => {
    const out: Json = {}
    for (const [key, value] of Object.entries(node))
      if (key === 'properties') out[key] = members(value as Record<string, Json>, path)
      else if (key === 'patternProperties') out[key] = each(value as Record<string, Json>, [...path, '*'])
      else if (key === 'items' && !Array.isArray(value)) out[key] = walk(value as Json, path)
      else if (key === 'anyOf') out[key] = (value as Json[]).map((one) => walk(one, path))
      else out[key] = value
    return out
  }
  const each = (of: Record<string, Json>, path: readonly string[]): Json =>
    Object.fromEntries(Object.entries(of).map(([key, value]) => [key, walk(value, path)]))
  const members = (of: Record<string, Json>, path: readonly string[]): Json =>
    Object.fromEntries(
      Object.entries(of).map(([name, value]) => {
        const at = [...path, name]
        const apart = readApart[at.slice(-2).join('.')]
        const { description, ...shape } = walk(apart === undefined ? value : plain(apart), at)
        const key = keyFor(at)
        if (key === undefined) silent.push(at.join('.'))
        else used.add(key)
        return [name, { description: sentence(key, description), ...shape }]
      }),
    )
  const root = walk(plain(schema), [])
  return { schema: { $schema: 'http://json-schema.org/draft-07/schema#', title, ...root }, silent, used }
}

/** The longest end of the path that has words. */
function keyFor(path: readonly string[]): string | undefined {
  for (let from = 0; from < path.length; from += 1) {
    const key = path.slice(from).join('.')
    if (Object.hasOwn(memberWords, key)) return key
  }
  return undefined
}

/** What it says, and how it is written. */
const sentence = (key: string | undefined, form: unknown): string =>
  [key === undefined ? undefined : memberWords[key], typeof form === 'string' ? `(${form})` : undefined]
    .filter((part) => part !== undefined)
    .join(' ')

const plain = (schema: object): Json => JSON.parse(JSON.stringify(schema)) as Json
