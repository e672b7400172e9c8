// The page at the bare address, for whoever opens it: a patient, the site's staff, an inspector. It leads on, in two languages.
import type { FastifyInstance } from 'fastify'

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Levee</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/front.css"></head>
<body><main><h1>Levee</h1>
<a href="/app/"><strong>Patient diary</strong><span lang="zh-Hans">患者日记</span></a>
<a href="/docs"><strong>API documentation</strong><span lang="zh-Hans">接口说明</span></a>
</main></body></html>`

const style = `:root { color-scheme: light dark; --ground: #f7f6f2; --card: #fff; --text: #14211f; --line: #75776f; --link: #0b5b5f }
@media (prefers-color-scheme: dark) { :root { --ground: #121716; --card: #1c2322; --text: #eef2f0; --line: #8b938f; --link: #7fd0cf } }
body { margin: 0; background: var(--ground); color: var(--text); font: 1.125rem/1.6 system-ui, sans-serif }
main { max-width: 26rem; margin: 0 auto; padding: 2rem 1rem }
h1 { font-size: 1.75rem; margin: 0 0 1.5rem }
a { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .75rem 1rem; margin: 0 0 .75rem;
  border: 2px solid var(--line); border-radius: .75rem; background: var(--card); color: var(--link); text-decoration: none }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
a:hover strong { text-decoration: underline }
`

const guards = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** Adds the page at `/` and its style. */
export function frontPage(app: FastifyInstance): void {
  const hidden = { schema: { hide: true }, serializerCompiler: () => String }
  app.get('/', hidden, async (_request, reply) => {
    reply.headers(guards).type('text/html; charset=utf-8')
    return page
  })
  app.get('/front.css', hidden, async (_request, reply) => {
    reply.headers(guards).type('text/css; charset=utf-8').header('cache-control', 'max-age=86400')
    return style
  })
}
