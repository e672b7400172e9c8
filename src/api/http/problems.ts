// Everything that can go wrong in the HTTP door, as problem documents (RFC 9457).
import { randomUUID } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../system/problem.ts'
import { languageOf } from '../language.ts'
import type { DoorParts } from '../parts.ts'

export function answerProblems(
  app: FastifyInstance,
  { figures, log }: Pick<DoorParts, 'figures' | 'log'>,
): void {
  app.setErrorHandler((error: FastifyError | Problem, request, reply) =>
    send(request, reply, problemOf(error, request, { figures, log })),
  )
  app.setNotFoundHandler((request, reply) => send(request, reply, new Problem('route.not-found', {})))
}

/** The problem of anything thrown, counted; what is no Problem is a bug and says nothing but its incident. */
export function problemOf(
  error: FastifyError | Problem,
  request: FastifyRequest,
  { figures, log }: Pick<DoorParts, 'figures' | 'log'>,
): Problem {
  const problem = error instanceof Problem ? error : translate(error)
  if (problem.kind === 'internal') {
    const { incident } = problem.details as { incident: string }
    log.error('internal error', {
      incident,
      route: request.routeOptions.url ?? '',
      stack: String(error.stack).split('\n').slice(1).join('\n'),
    })
  }
  figures.problem(problem.code)
  return problem
}

/** Sends a problem in the caller's language. */
export function send(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
  if (problem.kind === 'unauthenticated') reply.header('www-authenticate', 'Bearer')
  const document = problem.toDocument(languageOf(request.headers['accept-language']))
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(String)
    .send(JSON.stringify(document))
}

/** Fastify's own errors by their code; whatever is not known there is a bug and says nothing but its incident. */
function translate(error: FastifyError): Problem {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('body.unsupported-media', { accepted: 'application/json' })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('body.too-large', { limitBytes: 262_144 })
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('body.not-json', { reason: 'it is empty' })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
      return new Problem('request.malformed', {})
    default:
      if (error.statusCode !== undefined && error.statusCode < 500)
        return new Problem('request.malformed', {})
      return new Problem('server.internal', { incident: randomUUID() }, { cause: error })
  }
}
