// POST /v1/submissions: one diary in, one receipt out.
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import { acceptSubmission, acknowledgementJson } from '../../intake/accept.ts'
import { mostBodyBytes } from '../../intake/basic-checks.ts'
import { signatureHeader } from '../../intake/head.ts'
import { Submission } from '../../intake/submission-schema.ts'
import { languageOf } from '../language.ts'
import type { DoorParts } from '../parts.ts'
import { identify, limitSubmissions, shed } from './caller.ts'
import { Acknowledgement, answers, exampleSubmission } from './schemas.ts'

const SignatureHeader = Type.Object({
  [signatureHeader]: Type.Optional(
    Type.String({
      description:
        'ECDSA P-256 with SHA-256 over the exact bytes of the body, by the key of the device: 64 bytes (r and s), base64url without padding. Kept with the entry and checked afterwards; an entry is never refused for it. See docs/device-signatures.md.',
    }),
  ),
})

/** 202 the first time, 200 with the same body ever after (P2); the bytes travel on as they came (P1). */
export function submitRoute(app: FastifyInstance, parts: DoorParts): void {
  const { journal, figures } = parts
  app.route({
    method: 'POST',
    url: '/v1/submissions',
    bodyLimit: mostBodyBytes,
    schema: {
      operationId: 'submit',
      summary: 'Send one submission',
      description:
        'Answers after the submission is on disk. Send the same bytes again as often as needed: the receipt stays the same.',
      tags: ['submissions'],
      security: [{ device: [] }],
      headers: SignatureHeader,
      body: { ...Submission, examples: [exampleSubmission] },
      response: answers(
        { 200: Acknowledgement, 202: Acknowledgement },
        [400, 401, 403, 409, 413, 415, 429, 503, 507],
      ),
    },
    validatorCompiler: () => () => true,
    serializerCompiler: () => String,
    onRequest: [shed(journal), identify(parts.devices), limitSubmissions(parts.limits)],
    handler: async (request, reply) => {
      const { headers } = request
      const language = languageOf(headers['accept-language'])
      const call = {
        sender: request.sender!,
        door: 'http' as const,
        language,
        contentType: headers['content-type'] ?? '',
        userAgent: headers['user-agent'],
        signature: headers[signatureHeader] as string | undefined,
      }
      const ack = await acceptSubmission(journal, call, request.body as Buffer, Date.now())
      figures.acknowledge(ack.first, performance.now() - request.began)
      answer(reply, ack.first ? 202 : 200, acknowledgementJson(ack, language))
    },
  })
}

/** Writes the answer to the socket without the framework's reply steps: this is the one route that thousands wait for. */
function answer(reply: FastifyReply, status: number, text: string): void {
  reply.hijack()
  const length = Buffer.byteLength(text)
  reply.raw.writeHead(status, [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(length),
  ])
  reply.raw.end(text)
}
