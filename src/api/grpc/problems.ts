// Everything that can go wrong in the gRPC door, as a status whose details hold one levee.v1.Problem.
import { randomUUID } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc'
import { mostBodyBytes, mostDepth } from '../../intake/basic-checks.ts'
import { kinds, type Language, Problem, type ProblemKind } from '../../system/problem.ts'
import type { DoorParts } from '../parts.ts'
import { ProblemSchema } from './generated/levee/v1/patient_data_pb.ts'

type GrpcName = (typeof kinds)[ProblemKind]['grpc']
const codes: Record<GrpcName, Code> = {
  invalid_argument: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  permission_denied: Code.PermissionDenied,
  not_found: Code.NotFound,
  unimplemented: Code.Unimplemented,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
  unavailable: Code.Unavailable,
  resource_exhausted: Code.ResourceExhausted,
  internal: Code.Internal,
}
type Books = Pick<DoorParts, 'figures' | 'log'>

/** The problem of anything thrown, counted; what is no Problem is a bug and says nothing but its incident. */
export function problemOf(error: unknown, { figures, log }: Books): Problem {
  let problem: Problem
  if (error instanceof Problem) problem = error
  else {
    const incident = randomUUID()
    const stack = error instanceof Error ? String(error.stack).split('\n').slice(1).join('\n') : ''
    log.error('internal error', { incident, route: 'grpc', stack })
    problem = new Problem('server.internal', { incident })
  }
  figures.problem(problem.code)
  return problem
}

/** A problem as the message of the contract. */
export function problemMessage(problem: Problem, language: Language) {
  const { type, title, detail } = problem.toDocument(language) as Record<'type' | 'title' | 'detail', string>
  const { member } = problem.details as { member?: string }
  return create(ProblemSchema, {
    code: problem.code,
    grpcCode: codes[kinds[problem.kind].grpc],
    httpStatus: problem.status,
    type,
    title,
    detail,
    member,
    retryAfterSeconds: problem.retryAfterSeconds,
  })
}

/** The status that ends a call because of what was thrown. */
export function refusal(error: unknown, language: Language, books: Books): ConnectError {
  const value = problemMessage(problemOf(error, books), language)
  const retry =
    value.retryAfterSeconds === undefined ? undefined : { 'retry-after': String(value.retryAfterSeconds) }
  return new ConnectError(value.detail, value.grpcCode, retry, [{ desc: ProblemSchema, value }])
}

/**
 * Restates a status that the library gave before any code of ours ran: a message that is not Protobuf, too
 * deep or too large is the caller's fault (the library calls the first two "internal"). A status of ours has
 * details and is left alone.
 */
export function restateStatus(trailer: Headers, language: Language, books: Books): void {
  if (trailer.has('grpc-status-details-bin')) return
  const code = Number(trailer.get('grpc-status') ?? '0')
  const problem = libraryProblem(code, trailer.get('grpc-message') ?? '')
  if (problem !== undefined) setTrailerStatus(trailer, refusal(problem, language, books))
}

function libraryProblem(code: Code, message: string): Problem | Error | undefined {
  if (code === Code.ResourceExhausted) return new Problem('body.too-large', { limitBytes: mostBodyBytes })
  if (code === Code.InvalidArgument) return new Problem('request.malformed', {})
  if (code !== Code.Internal) return undefined
  if (!message.startsWith('parse')) return new Error('the library failed')
  return message.includes('recursion')
    ? new Problem('body.too-deep', { limit: mostDepth })
    : new Problem('request.malformed', {})
}
