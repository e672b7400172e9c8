// Sorts what PostgreSQL and its driver report into the few classes that decide what happens next.

/**
 * It is not known whether a commit is kept: the connection went before the answer came, or the server did not wait
 * for the standby. Nobody may be told that it is kept, and nothing may be assumed undone.
 */
export class InDoubt extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the commit is in doubt: ${reason}`, cause === undefined ? undefined : { cause })
    this.name = 'InDoubt'
  }
}

/** A server on whose settings the promises cannot rest. `standby`: it is one, so the primary is elsewhere. */
export class UnfitServer extends Error {
  readonly standby: boolean

  constructor(reason: string, standby = false) {
    super(`the database is not fit for Levee: ${reason}`)
    this.name = 'UnfitServer'
    this.standby = standby
  }
}

/**
 * - `full`: no space; nothing was kept, reads go on, the caller may try again later (507).
 * - `lost`: the server cannot be reached or relied on now, or a commit is in doubt; nobody may be told 2xx.
 * - `busy`: a lock, a deadlock, a serialization failure, a cancelled statement, no connection left; nothing was
 *   kept, try again.
 * - `read-only`: we talk to a standby; connect again.
 * - `none`: not a storage error (a constraint, a bug).
 */
export type PostgresFailure = 'full' | 'lost' | 'busy' | 'read-only' | 'none'

/** Whole SQLSTATE codes and classes (PostgreSQL documentation, appendix A); the longest that fits counts. */
const bySqlState: Record<string, PostgresFailure> = {
  '08': 'lost',
  '25006': 'read-only',
  '25P03': 'lost',
  '40': 'busy',
  '53': 'busy',
  '53100': 'full',
  '55P03': 'busy',
  '57014': 'busy',
  '57': 'lost',
  '58': 'lost',
  XX001: 'lost',
  XX002: 'lost',
}

/** What `pg` and `pg-pool` say without a code when there is no connection, none in time, or no answer in time. */
const driverWords =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered|was closed))/

/** Socket errors of Node, by errno(3) or resolver code. */
const socketCode =
  /^(E(CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND)|EAI_\w+)$/

/** Classifies an error of `pg`, of this folder, or of the socket below. */
export function postgresFailure(error: unknown): PostgresFailure {
  if (error instanceof InDoubt) return 'lost'
  if (error instanceof UnfitServer) return error.standby ? 'read-only' : 'lost'
  if (!(error instanceof Error)) return 'none'
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return driverWords.test(error.message) ? 'lost' : 'none'
  if (socketCode.test(code)) return 'lost'
  return code.length === 5 ? (bySqlState[code] ?? bySqlState[code.slice(0, 2)] ?? 'none') : 'none'
}
