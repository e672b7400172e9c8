// What stands between the phone and Levee in the browser tests: a small HTTP server on one fixed address that passes
// everything on, remembers every call, and does what networks do: refuse, hold up, cut the line before or after.

import { readFile } from 'node:fs/promises'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

/** One call of a phone. */
export type Seen = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Status that the phone got; 0 where the line was cut. */
  status: number
}

/**
 * What happens to a call. `pass`: to the server and back. `cut`: the line breaks before the server hears it. `swallow`:
 * the server answers, the phone never hears it. Or an answer of our own.
 */
export type Fate =
  | 'pass'
  | 'cut'
  | 'swallow'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

export type Front = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly seen: Seen[]
  /** Where Levee is, `http://127.0.0.1:PORT`; change it after a restart. Null: it is down. */
  target: string | null
  /** Decides each call; passes everything on at first. */
  fate: (call: Seen) => Fate | Promise<Fate>
  /** Changes what Levee answers on its way to the phone. */
  rewrite: (path: string, body: Buffer) => Buffer
  /** The calls of `POST /v1/submissions` so far. */
  submissions(): Seen[]
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** Starts it. `pages`: a folder to serve under `/app/` instead of Levee's own app. */
export async function startFront(target: string | null, pages?: string): Promise<Front> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const call: Seen = { method, path: url, headers, body: Buffer.concat(chunks), status: 0 }
      if (pages !== undefined && url.startsWith('/app/')) void page(pages, url, response)
      else {
        seen.push(call)
        void pass(front, call, response)
      }
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    target,
    fate: () => 'pass',
    rewrite: (_path, body) => body,
    submissions: () => seen.filter((call) => call.path === '/v1/submissions'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
  return front
}

async function page(folder: string, url: string, response: ServerResponse): Promise<void> {
  const path = url.replace(/^\/app\//, '').replace(/[?#].*$/, '') || 'index.html'
  const content = await readFile(join(folder, path)).catch(() => undefined)
  response.writeHead(content === undefined ? 404 : 200, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
  })
  response.end(content)
}

async function pass(front: Front, call: Seen, response: ServerResponse): Promise<void> {
  const fate = await front.fate(call)
  if (typeof fate === 'object') {
    call.status = fate.status
    response.writeHead(fate.status, { 'content-type': 'application/json', ...fate.headers })
    response.end(fate.body ?? '{}')
    return
  }
  const { target } = front
  if (fate === 'cut' || target === null) {
    response.destroy()
    return
  }
  // Not packed, so that answers can be rewritten.
  const { host: _, connection: __, 'accept-encoding': _packed, ...headers } = call.headers
  if (call.path.startsWith('/app/')) delete headers['if-none-match']
  const onward = httpRequest(
    `${target}${call.path}`,
    { method: call.method, headers, agent: false },
    (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', () => response.destroy())
      answer.on('end', () => {
        if (fate === 'swallow') {
          response.destroy()
          return
        }
        call.status = answer.statusCode ?? 0
        const {
          connection: ___,
          'transfer-encoding': ____,
          'content-length': _____,
          ...given
        } = answer.headers
        response.writeHead(call.status, given)
        response.end(front.rewrite(call.path, Buffer.concat(parts)))
      })
    },
  )
  onward.on('error', () => response.destroy())
  onward.end(call.body)
}
