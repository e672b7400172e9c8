// One POST to an address outside, bounded in time and size, to addresses within reach only. Redirects are not followed,
// and of the answer only the status counts, because a receiver may be anybody by now.
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { guardedLookup, type Receiver } from './receiver.ts'
import type { Outcome } from './settlement.ts'

/** An attempt ends after this many milliseconds, name lookup and handshakes included. */
export const attemptMs = 10_000

const limits = {
  /** Of an answer's body; what is beyond is not read. */
  answerBytes: 1024,
  answerHeaderBytes: 8192,
  /** A receiver cannot ask for a longer silence. */
  retryAfterMs: 86_400_000,
  /** An idle connection is closed before most receivers close it. */
  idleMs: 4000,
}

export type PostOptions = {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The system's, unless a test names another. */
  readonly lookup?: LookupFunction | undefined
  readonly withinMs?: number | undefined
}

/** Sends to any receiver that was checked. Disposing of it closes its idle connections. */
export type Post = Disposable & {
  /** Makes one attempt. Never rejects. */
  send(receiver: Receiver, body: string | Buffer, headers: http.OutgoingHttpHeaders): Promise<Outcome>
}

/** Makes a sender; nothing is connected before the first request. */
export function poster({ now, lookup, withinMs = attemptMs }: PostOptions): Post {
  const pool = { keepAlive: true, timeout: limits.idleMs }
  const agents = {
    'https:': new https.Agent({ ...pool, rejectUnauthorized: true }),
    'http:': new http.Agent(pool),
  }
  const attempt = (
    { url, reach }: Receiver,
    body: string | Buffer,
    headers: http.OutgoingHttpHeaders,
  ): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:'
      const signal = AbortSignal.timeout(withinMs)
      const agent = secure ? agents['https:'] : agents['http:']
      const options = { method: 'POST', headers, agent, signal, lookup: guardedLookup(reach, lookup) }
      const { request } = secure ? https : http
      const sent = request(url, { ...options, maxHeaderSize: limits.answerHeaderBytes }, (answer) => {
        passOver(answer)
        resolve(outcomeOf(answer.statusCode ?? 0, answer.headers['retry-after'], now()))
      })
      sent.on('error', (error) => reject(signal.aborted ? new TimedOut() : error))
      sent.on('close', () => reject(new Error('the connection closed without an answer')))
      sent.end(body)
    })
  return {
    async send(receiver, body, headers) {
      try {
        return await attempt(receiver, body, { ...headers, 'content-length': Buffer.byteLength(body) })
      } catch (error) {
        return { state: 'again', code: String((error as { code?: unknown }).code ?? 'failed') }
      }
    },
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

class TimedOut extends Error {
  readonly code = 'timeout'
}

/** Reads a little, so that the connection can serve again; a longer answer costs its connection. */
function passOver(answer: http.IncomingMessage): void {
  let bytes = 0
  answer.on('error', () => {})
  answer.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes > limits.answerBytes) answer.destroy()
  })
}

/** What a status means (Standard Webhooks, delivery success and failure). `retryAfter` counts with 429 and 503. */
export function outcomeOf(status: number, retryAfter: string | undefined, now: number): Outcome {
  const code = String(status)
  if (status >= 200 && status < 300) return { state: 'sent', code }
  if (status === 410) return { state: 'given-up', code }
  const asked = status === 429 || status === 503 ? readRetryAfter(retryAfter, now) : undefined
  return asked === undefined ? { state: 'again', code } : { state: 'again', code, retryAfterMs: asked }
}

/** Milliseconds, from seconds or an HTTP date (RFC 9110, 10.2.3); undefined if it is neither. */
function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(limits.retryAfterMs, Math.max(0, ms))
}
