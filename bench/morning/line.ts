// A phone's line to the server, for simulated devices: kept-alive connections, answers as JSON, and a call whose answer
// is lost on purpose. No answer is no error here: it is what phones live with.
import { Agent, request } from 'node:http'

/** `status` 0: there was no answer, and whether the server heard the call is unknown. */
export type Answer = {
  readonly status: number
  readonly body: Buffer
  readonly etag: string | undefined
  readonly retryAfterSeconds: number
}

export type Call = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Breaks the line as soon as the call is with the operating system. */
  readonly loseAnswer?: boolean
}

export type Line = Disposable & { call(call: Call): Promise<Answer> }

const timeoutMs = 15_000
const none: Answer = { status: 0, body: Buffer.alloc(0), etag: undefined, retryAfterSeconds: 0 }

/** Opens no connection before the first call; at most `connections` at a time, as the doors of a site's network. */
export function openLine(url: string, connections = 128): Line {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(url)
  return {
    call: ({ method, path, token, headers, body, loseAnswer }) =>
      new Promise((resolve) => {
        const sent = request({ agent, hostname, port, method, path, timeout: timeoutMs }, (answer) => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part))
          answer.on('error', () => resolve(none))
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              body: Buffer.concat(parts),
              etag: answer.headers.etag,
              retryAfterSeconds: Number(answer.headers['retry-after'] ?? 0) || 0,
            }),
          )
        })
        for (const [name, value] of Object.entries(headers ?? {})) sent.setHeader(name, value)
        if (token !== undefined) sent.setHeader('authorization', `Bearer ${token}`)
        if (body !== undefined) {
          sent.setHeader('content-type', 'application/json')
          sent.setHeader('content-length', body.length)
        }
        sent.on('error', () => resolve(none))
        sent.on('close', () => resolve(none))
        sent.on('timeout', () => sent.destroy())
        sent.end(body, () => loseAnswer && sent.destroy())
      }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}
