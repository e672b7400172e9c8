// Problem: what is wrong with a call or with the surroundings, told to the caller (RFC 9457, gRPC status).
// Findings (what is wrong with accepted data) are never Problems; anything else that is thrown is a bug.
import { type ProblemCode, type ProblemDetails, problems } from './problems.ts'

/** Languages of our own texts. */
export type Language = 'en' | 'zh'

/** Closed list; each kind has one HTTP status, one gRPC code and one answer to "may a client retry?". */
export type ProblemKind = keyof typeof kinds

/** HTTP status (RFC 9110), gRPC code (name as in google.rpc.Code), and whether the same call may succeed later. */
export const kinds = {
  invalid: { status: 400, grpc: 'invalid_argument', retry: false },
  unauthenticated: { status: 401, grpc: 'unauthenticated', retry: false },
  forbidden: { status: 403, grpc: 'permission_denied', retry: false },
  'not-found': { status: 404, grpc: 'not_found', retry: false },
  'wrong-method': { status: 405, grpc: 'unimplemented', retry: false },
  conflict: { status: 409, grpc: 'already_exists', retry: false },
  'failed-precondition': { status: 409, grpc: 'failed_precondition', retry: false },
  gone: { status: 410, grpc: 'failed_precondition', retry: false },
  outdated: { status: 412, grpc: 'failed_precondition', retry: false },
  unconditional: { status: 428, grpc: 'failed_precondition', retry: false },
  'too-large': { status: 413, grpc: 'invalid_argument', retry: false },
  'unsupported-media': { status: 415, grpc: 'invalid_argument', retry: false },
  'too-many': { status: 429, grpc: 'resource_exhausted', retry: true },
  overloaded: { status: 503, grpc: 'unavailable', retry: true },
  'storage-full': { status: 507, grpc: 'resource_exhausted', retry: true },
  internal: { status: 500, grpc: 'internal', retry: true },
} as const

/**
 * An error the caller may see. `details` hold ids, member names and counts only, never answers or names,
 * because problems reach logs. `retryAfterSeconds` becomes the Retry-After header.
 */
export class Problem<C extends ProblemCode = ProblemCode> extends Error {
  readonly code: C
  readonly kind: ProblemKind
  readonly details: ProblemDetails<C>
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: C,
    details: ProblemDetails<C>,
    options: { retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    const entry = problems[code]
    super(entry.en(details as never), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.kind = entry.kind
    this.details = details
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get status(): number {
    return kinds[this.kind].status
  }

  /** The RFC 9457 document. `type` is a relative reference into docs/problems.md's headings. */
  toDocument(language: Language = 'en'): Record<string, unknown> {
    const entry = problems[this.code]
    return {
      type: `/problems#${this.code}`,
      title: entry.title[language],
      status: this.status,
      detail: entry[language](this.details as never),
      code: this.code,
      ...(this.details as object),
    }
  }
}
