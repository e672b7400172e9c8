// The page that every problem's `type` points to (RFC 9457 §3.1.1): what each code means and whether to try again.
import type { FastifyInstance } from 'fastify'
import { kinds } from '../../system/problem.ts'
import { problems } from '../../system/problems.ts'

const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

export function problemPageRoute(app: FastifyInstance): void {
  const page = problemPage()
  app.get(
    '/problems',
    { schema: { hide: true }, serializerCompiler: () => String },
    async (_request, reply) => {
      reply.type('text/html; charset=utf-8').header('content-security-policy', policy)
      return page
    },
  )
}

/** All codes with their titles in both languages, their status, and whether a client may retry. */
function problemPage(): string {
  const entries = Object.entries(problems).map(([code, { kind, title }]) => {
    const { status, grpc, retry } = kinds[kind]
    const again = retry ? 'Try again later 可稍后重试' : 'Do not repeat unchanged 请勿原样重发'
    return `<section id="${code}"><h2>${code}</h2><p>${title.en} <span lang="zh">${title.zh}</span></p><p>HTTP ${status}, gRPC ${grpc}. ${again}.</p></section>`
  })
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Problems</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
h2{font:600 1rem ui-monospace,monospace;margin:1.5rem 0 0}p{margin:.2rem 0}section:target{outline:2px solid;outline-offset:.5rem}</style></head>
<body><h1>Problems 问题</h1>${entries.join('\n')}</body></html>`
}
