// Collects the door's description as OpenAPI 3.1 while the routes are added. Only tools/generate.ts asks for it: a
// running server hands out the committed contract/openapi.yaml, and keeps the memory that collecting takes.
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

/** After this, and once the door is ready, `app.swagger()` describes its routes. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
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
}
