// The HTTP door: limits and time-outs, raw bodies, problems, routes.
import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import type { DoorParts } from '../parts.ts'
import { docsRoutes } from './docs.ts'
import { operateRoutes } from './operate.ts'
import { answerProblems } from './problems.ts'
import { readRoutes } from './read.ts'
import { submitRoute } from './submit.ts'
import { submitBatchRoute } from './submit-batch.ts'

/** Server-side limits (reliability: §9). Times in milliseconds. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  maxHeaderSize: 16 * 1024,
}

/** Builds the door; the caller listens and closes. */
export async function httpDoor(parts: DoorParts): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    http: { headersTimeout: limits.headersTimeout, maxHeaderSize: limits.maxHeaderSize },
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
  })
  app.decorateRequest('sender', undefined)
  app.decorateRequest('began', 0)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    ['application/json', 'application/x-ndjson'],
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  )
  answerProblems(app, parts)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Levee',
        version: '1.0.0',
        description: 'Takes patient diaries, keeps them, and answers "received" only after they are on disk.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: { device: { type: 'http', scheme: 'bearer', description: 'Device token.' } },
      },
    },
  })
  await app.register(async (routes) => {
    submitRoute(routes, parts)
    submitBatchRoute(routes, parts)
    readRoutes(routes, parts)
    operateRoutes(routes, parts)
    docsRoutes(routes)
  })
  return app
}
