// How Fastify checks and writes by the routes' schemas: by TypeBox, which is here anyway, at a route's first call. Its
// own two compilers would be loaded and run for every route at the start and stay in memory (docs/performance.md).
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Problem } from '../../system/problem.ts'

/** Checks parameters and queries; throws `request.invalid` naming the first member at fault. Nothing is coerced. */
function validator({ schema }: { readonly schema: unknown }): (value: unknown) => true {
  let compiled: ReturnType<typeof Compile> | undefined
  return (value) => {
    compiled ??= Compile(schema as TSchema)
    if (compiled.Check(value)) return true
    const fault = compiled.Errors(value)[0]
    const missing = (fault?.params as { requiredProperties?: string[] } | undefined)?.requiredProperties?.[0]
    const member = missing ?? fault?.instancePath.split('/')[1] ?? ''
    throw new Problem('request.invalid', { member, expected: 'what the description of the API says' })
  }
}

/** Answers are plain JSON: handlers build exactly what their schema says. */
const writer = () => (data: unknown) => JSON.stringify(data)

/**
 * For Fastify's `schemaController`, which loads its own compilers unless it is given these. Its types know only those.
 */
export const compilersFactory = {
  buildValidator: () => validator,
  buildSerializer: () => writer,
} as never
