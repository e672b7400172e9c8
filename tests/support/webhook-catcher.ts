// A receiver of webhooks for tests: counts what comes, verifies each signature by WebCrypto as the Standard Webhooks
// specification describes it, and answers as the test says. It shares no code with the sender.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One request that came, whatever was answered. */
export type Caught = {
  readonly id: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** The CloudEvents document. */
  readonly event: {
    readonly id: string
    readonly type: string
    readonly subject: string
    readonly data: Record<string, string>
  }
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Whether one of the signatures is right and the timestamp is of now. */
  readonly verified: boolean
  /** How many had come with the same id, this one included. */
  readonly time: number
}

/** Answers one request; standard 204. An answer that never comes holds the request. */
export type Answer = (caught: Caught, response: ServerResponse) => void

export type WebhookCatcher = AsyncDisposable & {
  readonly url: string
  readonly caught: Caught[]
  /** Ids in the order in which they came. */
  ids(): string[]
  /** Waits until the condition holds; rejects after `withinMs`. */
  until(holds: () => boolean, withinMs?: number): Promise<void>
}

/** Listens on a free port of loopback. `secret` is `whsec_…` as an operator would hand it over. */
export async function startCatcher(secret: string, answer: Answer = (_, r) => void r.writeHead(204).end()) {
  const caught: Caught[] = []
  const times = new Map<string, number>()
  const server = createServer(async (request, response) => {
    response.on('error', () => {})
    const parts: Buffer[] = []
    try {
      for await (const part of request) parts.push(part as Buffer)
    } catch {
      return
    }
    const body = Buffer.concat(parts).toString()
    const id = String(request.headers['webhook-id'])
    const verified = await verify(secret, request.headers, body)
    const time = (times.get(id) ?? 0) + 1
    times.set(id, time)
    const one = {
      id,
      headers: request.headers,
      body,
      event: JSON.parse(body),
      at: Date.now(),
      verified,
      time,
    }
    caught.push(one)
    answer(one, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    caught,
    ids: () => caught.map(({ id }) => id),
    async until(holds, withinMs = 20_000) {
      const last = Date.now() + withinMs
      while (!holds()) {
        if (Date.now() > last) throw new Error(`not within ${withinMs} ms; ${caught.length} requests came`)
        await sleep(10)
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  } satisfies WebhookCatcher
}

const toleranceSeconds = 300

async function verify(secret: string, headers: IncomingMessage['headers'], body: string): Promise<boolean> {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceSeconds) return false
  const raw = Uint8Array.from(atob(secret.slice('whsec_'.length)), (c) => c.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const signed = new TextEncoder().encode(`${String(id)}.${String(timestamp)}.${body}`)
  for (const entry of String(signatures).split(' ')) {
    const [scheme, code = ''] = entry.split(',')
    const mac = Uint8Array.from(atob(code), (c) => c.charCodeAt(0))
    if (scheme === 'v1' && (await crypto.subtle.verify('HMAC', key, mac, signed))) return true
  }
  return false
}
