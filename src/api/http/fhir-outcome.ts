// Problems for callers who asked for FHIR: an OperationOutcome with the code, the words and the element at fault.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem, ProblemKind } from '../../system/problem.ts'
import { languageOf } from '../language.ts'

export const fhirJson = 'application/fhir+json'

/** FHIR R4 issue-type codes. */
const issueCodes: Partial<Record<ProblemKind, string>> = {
  invalid: 'invalid',
  unauthenticated: 'login',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  'wrong-method': 'not-supported',
  conflict: 'conflict',
  'failed-precondition': 'processing',
  'too-large': 'too-long',
  'unsupported-media': 'not-supported',
  overloaded: 'transient',
  'storage-full': 'no-store',
  internal: 'exception',
}

/** Whether the caller named FHIR's media type in Accept; `*` + `/*` and no Accept mean problem documents. */
export function asksForFhir(request: FastifyRequest): boolean {
  return request.headers.accept?.toLowerCase().includes(fhirJson) === true
}

/** Sends a problem as an OperationOutcome; status and Retry-After are those of every door. */
export function sendOutcome(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { title, detail } = problem.toDocument(languageOf(request.headers['accept-language'])) as {
    title: string
    detail: string
  }
  const { member } = problem.details as { member?: string }
  const issue = {
    severity: 'error',
    code: issueCodes[problem.kind] ?? 'processing',
    details: { coding: [{ system: 'https://levee.example/problems', code: problem.code }], text: title },
    diagnostics: detail,
    ...(member !== undefined && { expression: [`QuestionnaireResponse.${member}`] }),
  }
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
  if (problem.kind === 'unauthenticated') reply.header('www-authenticate', 'Bearer')
  return reply
    .code(problem.status)
    .type(`${fhirJson}; charset=utf-8`)
    .serializer(String)
    .send(JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] }))
}
