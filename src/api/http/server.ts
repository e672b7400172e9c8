// The HTTP door: limits and time-outs, raw bodies, problems, routes.
import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import type { DoorParts } from '../parts.ts'
import { docsRoutes } from './docs.ts'
import { fhirDoor } from './fhir.ts'
import { operateRoutes } from './operate.ts'
import { problemPageRoute } from './problem-page.ts'
import { answerProblems } from './problems.ts'
import { readRoutes } from './read.ts'
import { staffDoor } from './staff/staff-door.ts'
import { submitRoute } from './submit.ts'
import { submitBatchRoute } from './submit-batch.ts'

/**
 * Server-side limits (reliability: §9), times in milliseconds. Node looks for connections that are too slow only
 * each `connectionsCheckingInterval`, 30 s as it comes, which would make 40 s of the 10 s for the head.
 */
const standardLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
}
export type HttpLimits = typeof standardLimits

/** Builds the door; the caller listens and closes. Tests give shorter time-outs. */
export async function httpDoor(
  parts: DoorParts,
  shorter: Partial<HttpLimits> = {},
): Promise<FastifyInstance> {
  const { requestTimeout, keepAliveTimeout, ...http } = { ...standardLimits, ...shorter }
  const app = fastify({
    logger: false,
    requestTimeout,
    keepAliveTimeout,
    http,
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
      servers: [{ url: '/' }],
      security: [],
      components: {
        securitySchemes: {
          device: { type: 'http', scheme: 'bearer', description: 'Device token.' },
          staff: { type: 'http', scheme: 'bearer', description: 'Staff token.' },
        },
      },
    },
  })
  await app.register(async (routes) => {
    if (parts.roles.has('intake')) {
      submitRoute(routes, parts)
      submitBatchRoute(routes, parts)
    }
    if (parts.roles.has('api')) {
      readRoutes(routes, parts)
      staffDoor(routes, parts)
      docsRoutes(routes)
      problemPageRoute(routes)
    }
    await fhirDoor(routes, parts)
    operateRoutes(routes, parts)
  })
  return app
}
