// The reading routes: status of a submission, ledger, drugs.
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { uuidPattern } from '../../intake/submission-schema.ts'
import { Problem } from '../../system/problem.ts'
import { languageOf } from '../language.ts'
import type { DoorParts } from '../parts.ts'
import { identifyReader } from './caller.ts'
import { answers, Ledger, Status } from './schemas.ts'

const uuid = new RegExp(uuidPattern)

export function readRoutes(app: FastifyInstance, parts: DoorParts): void {
  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/submissions/:id',
    schema: {
      operationId: 'submissionStatus',
      summary: 'Where a submission stands',
      description:
        "For the patient's own device: received, applied, quarantined, retrying or dead, with findings.",
      tags: ['submissions'],
      security: [{ device: [] }],
      params: Type.Object({ id: Type.String() }),
      response: answers({ 200: Status }, [401, 403, 404, 410]),
    },
    onRequest: identifyReader(parts.devices),
    handler: async (request) => {
      const { id } = request.params
      const language = languageOf(request.headers['accept-language'])
      const found = uuid.test(id)
        ? await parts.status(request.sender!, id.toLowerCase(), language)
        : undefined
      if (found === undefined)
        throw new Problem('submission.not-found', { submissionId: uuid.test(id) ? id : '' })
      return found
    },
  })
  app.route({
    method: 'GET',
    url: '/v1/ledger',
    schema: {
      operationId: 'ledger',
      summary: 'The equation of every entry',
      description:
        'received = applied + quarantined + in flight (waiting, retrying) + dead, for each study. Counts only.',
      tags: ['operation'],
      response: { 200: Ledger },
    },
    handler: async () => parts.ledger(),
  })
  app.route<{ Params: { code: string } }>({
    method: 'GET',
    url: '/drug/:code',
    schema: {
      operationId: 'drug',
      summary: 'Name of a drug code',
      tags: ['dictionary'],
      params: Type.Object({ code: Type.String() }),
      response: {
        200: Type.Object({ code: Type.String(), name: Type.String() }, { description: 'The drug.' }),
        404: Type.Object({ error: Type.String() }, { description: 'The dictionary has no such code.' }),
      },
    },
    handler: async (request, reply) => {
      const drug = await parts.drugs.find(request.params.code)
      if (drug === undefined) return reply.code(404).send({ error: 'Code not found' })
      return { code: drug.code, name: drug.name }
    },
  })
}
