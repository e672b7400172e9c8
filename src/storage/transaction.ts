// What every write needs in its hand.

/**
 * Proof of being inside a write transaction. Every function that writes takes one, so that a write outside
 * a transaction does not compile. Only storage makes them: `inTransaction` of sqlite.ts and
 * `inPostgresTransaction` of postgres.ts.
 */
export type Transaction = { readonly [mark]: true }
declare const mark: unique symbol
