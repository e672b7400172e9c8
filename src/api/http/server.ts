// The HTTP door: limits and time-outs, raw bodies, problems, routes.
import fastify, { type FastifyInstance } from 'fastify'
import type { DoorParts } from '../parts.ts'
import { activationRoute } from './activation.ts'
import { appFiles } from './app-files.ts'
import { compilersFactory } from './compilers.ts'
import { deviceDoor } from './device/device-door.ts'
import { heldRoute } from './device/held.ts'
import { deviceReminderRoutes } from './device/reminders.ts'
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

/**
 * Builds the door; the caller listens and closes. Tests give shorter time-outs; `described` collects the routes'
 * description for `app.swagger()`.
 */
export async function httpDoor(
  parts: DoorParts,
  shorter: Partial<HttpLimits> = {},
  described = false,
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
    schemaController: { compilersFactory },
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
  if (described) await (await import('./description.ts')).describeRoutes(app)
  await app.register(async (routes) => {
    if (parts.roles.has('intake')) {
      submitRoute(routes, parts)
      submitBatchRoute(routes, parts)
    }
    if (parts.roles.has('api')) {
      activationRoute(routes, parts)
      deviceReminderRoutes(routes, parts)
      deviceDoor(routes, parts)
      appFiles(routes)
      readRoutes(routes, parts)
      heldRoute(routes, parts)
      staffDoor(routes, parts)
      docsRoutes(routes)
      problemPageRoute(routes)
    }
    await fhirDoor(routes, parts)
    operateRoutes(routes, parts)
  })
  return app
}
