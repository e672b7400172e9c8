// What goes to PostgreSQL and how its values become values of JavaScript: BIGINT is a number, exact or refused. Everything else is as
// `pg` has it, so sums and averages of BIGINT, which PostgreSQL makes NUMERIC, are text unless cast back to BIGINT.
import pg from 'pg'

/**
 * What is asked of the server. With a `name` it is prepared once for each connection; `query_timeout`, in milliseconds,
 * replaces the connection's limit for an answer.
 */
export type Statement = pg.QueryConfig & { readonly query_timeout?: number }

/** Type ids of pg_type.dat. */
const int8 = 20
const int8Array = 1016

/** Reads a BIGINT. Throws beyond 2^53, where a number would silently be another one. */
export function exactNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`BIGINT ${text} does not fit a JavaScript number`)
  return value
}

/** The parsers of all connections that Levee opens. */
export const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
    if (format === 'binary') return pg.types.getTypeParser(oid, 'binary')
    if (oid === int8) return exactNumber
    const parser = pg.types.getTypeParser(oid, 'text')
    if (oid !== int8Array) return parser
    return (text: string) =>
      (parser(text) as (string | null)[]).map((part) => (part === null ? null : exactNumber(part)))
  },
} as pg.CustomTypesConfig
