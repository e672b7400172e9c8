// Serves the patient app under /app/ from memory: the files that its build left in web/patient/dist, each compressed once.
// What a file's name names for ever (its hash) may be kept for ever; everything else is asked for again at each start.
import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { once } from '../../system/once.ts'
import { Problem } from '../../system/problem.ts'
import { type Encoding, encodingFor, isKnown, packTight } from './encoding.ts'
import { frontPage } from './front-page.ts'

/** Where `npm run build` puts the app. */
const builtFolder = fileURLToPath(new URL('../../../web/patient/dist/', import.meta.url))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
/** Already compressed. */
const packed = new Set(['.png', '.ico', '.woff2'])

/** No script, style, image or connection but our own; text never becomes script (Trusted Types). */
export const appPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
].join('; ')

/** On every answer under /app/, problems included. */
const guards = {
  'content-security-policy': appPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // The camera reads activation codes; nothing else of the phone is asked for.
  'permissions-policy': 'camera=(self), microphone=(), geolocation=(), payment=(), usb=()',
}

type Packed = { readonly bytes: Buffer; readonly tag: string }
type AppFile = {
  readonly type: string
  readonly cache: string
  /** The bytes in the best encoding of those, made at first use. */
  inEncoding(encoding: Encoding): Promise<Packed>
  readonly isPackable: boolean
}

/** `folder`: another build, for tests. */
export function appFiles(app: FastifyInstance, folder = builtFolder): void {
  const files = once(async () => readFiles(folder))
  frontPage(app)
  const hidden = { schema: { hide: true }, serializerCompiler: () => String }
  const methods = ['GET', 'HEAD']
  app.route({
    ...hidden,
    method: methods,
    url: '/app',
    handler: (_request, reply) => reply.headers(guards).redirect('/app/', 308),
  })
  app.route<{ Params: { '*': string } }>({
    ...hidden,
    method: methods,
    url: '/app/*',
    handler: async (request, reply) => {
      reply.headers(guards)
      const all = await files()
      if (all.size === 0) throw new Problem('app.not-built', {})
      const file = all.get(request.params['*'] === '' ? 'index.html' : request.params['*'])
      if (file === undefined) throw new Problem('route.not-found', {})
      if (file.type === types['.html']) hintWords(request, reply, all)
      return send(file, request, reply)
    },
  })
}

/**
 * Lets the browser fetch the words of its language beside the app's code instead of after it: one round trip less before
 * the first screen. A hint only; the app decides by itself which words it shows.
 */
function hintWords(request: FastifyRequest, reply: FastifyReply, all: ReadonlyMap<string, AppFile>): void {
  const language = /^(?:zh|ar)\b/i.exec(request.headers['accept-language'] ?? '')?.[0].toLowerCase() ?? 'en'
  const words = new RegExp(`^assets/(?:form-)?${language}-[\\w-]{8}\\.js$`)
  const links = [...all.keys()].filter((path) => words.test(path))
  reply.header('vary', 'accept-encoding, accept-language')
  if (links.length > 0)
    reply.header('link', links.map((path) => `</app/${path}>; rel=modulepreload`).join(', '))
}

async function send(file: AppFile, request: FastifyRequest, reply: FastifyReply) {
  const encoding = file.isPackable ? encodingFor(request.headers['accept-encoding']) : 'identity'
  const { bytes, tag } = await file.inEncoding(encoding)
  reply.header('etag', tag).header('cache-control', file.cache)
  if (file.isPackable && !reply.hasHeader('vary')) reply.header('vary', 'accept-encoding')
  if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send()
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  reply.type(file.type).header('content-length', bytes.length)
  return reply.send(request.method === 'HEAD' ? null : bytes)
}

/** The files by their path with `/`; none where the app was not built. Names are looked up, never joined to a path. */
function readFiles(folder: string): ReadonlyMap<string, AppFile> {
  const files = new Map<string, AppFile>()
  let names: string[] = []
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length))
      .filter((name) => !name.split(sep).some((part) => part.startsWith('.')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  for (const name of names) {
    const type = types[extname(name)]
    const path = name.split(sep).join('/')
    if (type !== undefined) files.set(path, appFile(path, type, readFileSync(join(folder, name))))
  }
  return files.has('index.html') ? files : new Map()
}

function appFile(path: string, type: string, bytes: Buffer): AppFile {
  const isHashed = /^assets\/.+-[\w-]{8,}\.\w+$/.test(path)
  const sha256 = hash('sha256', bytes, 'base64url').slice(0, 22)
  const made = new Map<Encoding, Promise<Packed>>()
  return {
    type,
    cache: isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    isPackable: !packed.has(extname(path)),
    inEncoding(encoding) {
      let one = made.get(encoding)
      if (one === undefined) {
        one = packTight(bytes, encoding).then((bytes) => ({ bytes, tag: `"${sha256}-${encoding}"` }))
        made.set(encoding, one)
      }
      return one
    },
  }
}
