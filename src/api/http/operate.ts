// For whoever runs the server: health, readiness, metrics.
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { DoorParts } from '../parts.ts'

export function operateRoutes(app: FastifyInstance, parts: DoorParts): void {
  const tags = ['operation']
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: {
      operationId: 'health',
      summary: 'The process answers',
      tags,
      response: { 200: Type.Object({ status: Type.Literal('ok') }, { description: 'It does.' }) },
    },
    handler: async () => ({ status: 'ok' }),
  })
  const Readiness = Type.Object(
    { status: Type.String(), troubles: Type.Array(Type.String()) },
    { description: 'What stands in the way, in words; nothing if it is ready.' },
  )
  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      operationId: 'readiness',
      summary: 'Submissions can be taken and processed',
      tags,
      response: { 200: Readiness, 503: Readiness },
    },
    handler: async (_request, reply) => {
      const troubles = parts.troubles()
      reply.code(troubles.length === 0 ? 200 : 503)
      return { status: troubles.length === 0 ? 'ready' : 'not ready', troubles }
    },
  })
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      operationId: 'metrics',
      summary: 'Prometheus metrics',
      tags,
      response: { 200: Type.String({ description: 'Prometheus text format.' }) },
    },
    serializerCompiler: () => String,
    handler: async (_request, reply) => {
      reply.type('text/plain; version=0.0.4; charset=utf-8')
      return parts.metrics()
    },
  })
}
