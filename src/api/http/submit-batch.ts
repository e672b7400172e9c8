// POST /v1/submissions/batch: many diaries in one request, each with its own result, in order.

import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { acceptSubmission, acknowledgedFacts, type Call, receivedMessage } from '../../intake/accept.ts'
import { parseJson } from '../../intake/basic-checks.ts'
import type { Journal } from '../../intake/journal.ts'
import { Submission } from '../../intake/submission-schema.ts'
import { Problem } from '../../system/problem.ts'
import { refuseTooMany } from '../admission.ts'
import { elementsOf, linesOf } from '../batch-parts.ts'
import { languageOf } from '../language.ts'
import type { DoorParts } from '../parts.ts'
import { identify, shed } from './caller.ts'
import { answers } from './schemas.ts'

const mostSubmissions = 1000
const mostBatchBytes = 16 * 1024 * 1024
const BatchBody = {
  content: {
    'application/json': { schema: Type.Array(Submission, { maxItems: mostSubmissions }) },
    'application/x-ndjson': { schema: Type.String({ description: 'One submission a line, at most 1,000.' }) },
  },
}
const BatchResult = Type.Array(Type.Object({ status: Type.Integer() }, { additionalProperties: true }), {
  description:
    'One result a submission, in order: an acknowledgement or a problem, each with its HTTP status in `status`.',
})

export function submitBatchRoute(app: FastifyInstance, parts: DoorParts): void {
  const { journal, figures } = parts
  app.route({
    method: 'POST',
    url: '/v1/submissions/batch',
    bodyLimit: mostBatchBytes,
    schema: {
      operationId: 'submitBatch',
      summary: 'Send up to 1,000 submissions',
      description: 'JSON array or NDJSON; answers in the same form, after all of them are on disk.',
      tags: ['submissions'],
      security: [{ device: [] }],
      body: BatchBody,
      response: answers({ 200: BatchResult }, [400, 401, 413, 415, 503]),
    },
    validatorCompiler: () => () => true,
    serializerCompiler: () => String,
    onRequest: [shed(journal), identify(parts.devices)],
    handler: async (request, reply) => {
      const body = request.body as Buffer
      const contentType = request.headers['content-type'] ?? ''
      const asLines = contentType.startsWith('application/x-ndjson')
      const bodies = asLines ? linesOf(body) : arrayOf(body)
      if (bodies.length > mostSubmissions) throw new Problem('batch.too-many', { limit: mostSubmissions })
      const language = languageOf(request.headers['accept-language'])
      const userAgent = request.headers['user-agent']
      const call: Call = { sender: request.sender!, door: 'http-batch', language, contentType, userAgent }
      const now = Date.now()
      const results = await Promise.all(bodies.map((part) => resultOf(journal, call, part, now, parts)))
      for (const { first } of results) {
        if (first !== undefined) figures.acknowledge(first, performance.now() - request.began)
      }
      reply
        .code(200)
        .type(asLines ? 'application/x-ndjson; charset=utf-8' : 'application/json; charset=utf-8')
      const texts = results.map((r) => r.text)
      return asLines ? texts.map((t) => `${t}\n`).join('') : `[${texts.join(',')}]`
    },
  })
}

/** The elements of a JSON array as their own bytes. */
function arrayOf(body: Buffer): Uint8Array[] {
  if (!Array.isArray(parseJson(body)))
    throw new Problem('body.not-json', { reason: 'it is not an array of submissions' })
  return elementsOf(body)
}

type Result = { text: string; first: boolean | undefined }

async function resultOf(
  journal: Journal,
  call: Call,
  body: Uint8Array,
  now: number,
  parts: DoorParts,
): Promise<Result> {
  try {
    refuseTooMany(parts.limits.submit(call.sender))
    const ack = await acceptSubmission(journal, call, body, now)
    const status = ack.first ? 202 : 200
    const text = `{"status":${status},"message":"${receivedMessage[call.language]}",${acknowledgedFacts(ack)}}`
    return { text, first: ack.first }
  } catch (error) {
    const problem = error instanceof Problem ? error : internal(error, parts)
    parts.figures.problem(problem.code)
    const retry = problem.retryAfterSeconds === undefined ? {} : { retryAfter: problem.retryAfterSeconds }
    return { text: JSON.stringify({ ...problem.toDocument(call.language), ...retry }), first: undefined }
  }
}

function internal(error: unknown, parts: DoorParts): Problem {
  const incident = randomUUID()
  parts.log.error('internal error', {
    incident,
    route: '/v1/submissions/batch',
    stack: (error as Error).stack ?? '',
  })
  return new Problem('server.internal', { incident })
}
