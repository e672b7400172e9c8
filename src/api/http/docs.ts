// The API's description (OpenAPI 3.1) and a page to read it on, from our own files: no outside request.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { once } from '../../system/once.ts'

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Levee API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0"><div id="api"></div><script src="/docs/redoc.js"></script><script src="/docs/start.js"></script></body></html>`
const start =
  "Redoc.init('/openapi.json', { disableSearch: false, hideDownloadButton: false }, document.getElementById('api'))"
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const contractFile = fileURLToPath(new URL('../../../contract/openapi.yaml', import.meta.url))

export function docsRoutes(app: FastifyInstance): void {
  const redoc = once(() =>
    readFile(fileURLToPath(import.meta.resolve('redoc/bundles/redoc.standalone.js')), 'utf8'),
  )
  const description = once(async () => {
    const { parse } = await import('yaml')
    return JSON.stringify(parse(await readFile(contractFile, 'utf8')))
  })
  const hidden = { schema: { hide: true }, serializerCompiler: () => String }
  app.get('/docs', hidden, async (_request, reply) => {
    reply.type('text/html; charset=utf-8').header('content-security-policy', policy)
    return page
  })
  app.get('/docs/redoc.js', hidden, async (_request, reply) => {
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'max-age=86400')
    return redoc()
  })
  app.get('/docs/start.js', hidden, async (_request, reply) => {
    reply.type('text/javascript; charset=utf-8')
    return start
  })
  app.get('/openapi.json', hidden, async (_request, reply) => {
    reply.type('application/json; charset=utf-8')
    return description()
  })
}
