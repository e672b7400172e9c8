// The FHIR R4 door: QuestionnaireResponses in, with the receipt of every door; responses, Questionnaires and the
// CapabilityStatement out. A device's token says for whom.
import type { FastifyError, FastifyInstance } from 'fastify'
import Type from 'typebox'
import { acceptResponse, acknowledgementJson } from '../../intake/accept.ts'
import { mostBodyBytes } from '../../intake/basic-checks.ts'
import { uuidPattern } from '../../intake/submission-schema.ts'
import { Problem } from '../../system/problem.ts'
import { version } from '../../system/version.ts'
import { languageOf } from '../language.ts'
import type { DoorParts } from '../parts.ts'
import { identify, identifyReader, limitSubmissions, shed } from './caller.ts'
import { capabilityStatement } from './fhir-capability.ts'
import { asksForFhir, fhirJson, sendOutcome } from './fhir-outcome.ts'
import { FhirResource, SentResponse } from './fhir-schemas.ts'
import { problemOf } from './problems.ts'
import { Acknowledgement, answers } from './schemas.ts'

const uuid = new RegExp(uuidPattern)
const formName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const fhirType = `${fhirJson}; charset=utf-8`
const security = [{ device: [] }]
const fhirAnswer = (description: string) => ({
  description,
  content: { [fhirJson]: { schema: FhirResource } },
})

/** A scope of its own: only here `application/fhir+json` is read and problems may be OperationOutcomes. */
export async function fhirDoor(app: FastifyInstance, parts: DoorParts): Promise<void> {
  await app.register(async (routes) => {
    routes.removeContentTypeParser('application/x-ndjson')
    routes.addContentTypeParser(fhirJson, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    routes.setErrorHandler((error: FastifyError | Problem, request, reply) => {
      const own = mediaProblem(error)
      if (!asksForFhir(request)) throw own
      return sendOutcome(request, reply, problemOf(own, request, parts))
    })
    if (parts.roles.has('intake')) createRoute(routes, parts)
    if (parts.roles.has('api')) readRoutes(routes, parts)
  })
}

const mediaProblem = (error: FastifyError | Problem): FastifyError | Problem =>
  error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
    ? new Problem('body.unsupported-media', { accepted: `${fhirJson} or application/json` })
    : error

/** 202 the first time, 200 with the same body ever after (P2); the bytes are kept as they came (P1). */
function createRoute(app: FastifyInstance, { journal, devices, limits, figures }: DoorParts): void {
  app.route({
    method: 'POST',
    url: '/fhir/QuestionnaireResponse',
    bodyLimit: mostBodyBytes,
    schema: {
      operationId: 'createQuestionnaireResponse',
      summary: 'Send one submission as a FHIR R4 QuestionnaireResponse',
      description:
        'Answers with the receipt after the resource is on disk; `Location` is where it can be read once it is processed. Its identifier (a UUID) is the submission id: send the same bytes again as often as needed. Whatever its items hold is accepted and judged afterwards. Problems are OperationOutcomes if Accept names application/fhir+json.',
      tags: ['fhir'],
      security,
      body: {
        content: { [fhirJson]: { schema: SentResponse }, 'application/json': { schema: SentResponse } },
      },
      response: answers(
        { 200: Acknowledgement, 202: Acknowledgement },
        [400, 401, 403, 409, 413, 415, 429, 503, 507],
      ),
    },
    validatorCompiler: () => () => true,
    serializerCompiler: () => String,
    onRequest: [shed(journal), identify(devices), limitSubmissions(limits)],
    handler: async (request, reply) => {
      const { headers } = request
      const language = languageOf(headers['accept-language'])
      const call = {
        sender: request.sender!,
        door: 'fhir' as const,
        language,
        contentType: headers['content-type'] ?? '',
        userAgent: headers['user-agent'],
      }
      const ack = await acceptResponse(journal, call, request.body as Buffer, Date.now())
      figures.acknowledge(ack.first, performance.now() - request.began)
      return reply
        .code(ack.first ? 202 : 200)
        .header('location', `/fhir/QuestionnaireResponse/${ack.submissionId}`)
        .type('application/json; charset=utf-8')
        .send(acknowledgementJson(ack, language))
    },
  })
}

function readRoutes(app: FastifyInstance, { devices, fhir }: DoorParts): void {
  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/fhir/QuestionnaireResponse/:id',
    schema: {
      operationId: 'readQuestionnaireResponse',
      summary: 'The response that a submission became',
      description:
        "For the patient's own device: the cleaned answers as FHIR R4, whichever door they came by. What the other answers hide, or the form does not know, is in the source only.",
      tags: ['fhir'],
      security,
      params: Type.Object({ id: Type.String() }),
      response: answers({ 200: fhirAnswer('A QuestionnaireResponse.') as never }, [401, 403, 404, 410]),
    },
    serializerCompiler: () => String,
    onRequest: identifyReader(devices),
    handler: async (request, reply) => {
      const submissionId = uuid.test(request.params.id) ? request.params.id.toLowerCase() : ''
      const found = submissionId === '' ? undefined : await fhir.response(request.sender!, submissionId)
      if (found === undefined) throw new Problem('submission.not-found', { submissionId })
      if (found === 'not-ready') throw new Problem('response.not-ready', { submissionId })
      return reply.type(fhirType).send(JSON.stringify(found))
    },
  })
  app.route<{ Params: { form: string }; Querystring: { version?: string } }>({
    method: 'GET',
    url: '/fhir/Questionnaire/:form',
    schema: {
      operationId: 'readQuestionnaire',
      summary: "A form of the device's study, byte for byte as published",
      tags: ['fhir'],
      security,
      params: Type.Object({ form: Type.String() }),
      querystring: Type.Object({
        version: Type.Optional(
          Type.String({
            maxLength: 64,
            description: "Standard: the one in use at the patient's site today.",
          }),
        ),
      }),
      response: answers({ 200: fhirAnswer('A Questionnaire.') as never }, [401, 403, 404, 410]),
    },
    serializerCompiler: () => String,
    onRequest: identifyReader(devices),
    handler: async (request, reply) => {
      const { form } = request.params
      const known = formName.test(form)
        ? await fhir.questionnaire(request.sender!, form, request.query.version)
        : undefined
      if (known === undefined) throw new Problem('record.not-found', { record: 'such form in this study' })
      return reply.type(fhirType).send(known)
    },
  })
  app.route({
    method: 'GET',
    url: '/fhir/metadata',
    schema: {
      operationId: 'fhirCapabilities',
      summary: 'What the FHIR door can do',
      tags: ['fhir'],
      response: { 200: fhirAnswer('A CapabilityStatement.') },
    },
    serializerCompiler: () => String,
    handler: async (_request, reply) =>
      reply.type(fhirType).send(JSON.stringify(capabilityStatement(version))),
  })
}
