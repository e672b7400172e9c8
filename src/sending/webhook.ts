// One attempt to deliver one message: a signed POST, bounded in time and size. Redirects are not followed, and of the
// answer only the status counts, because a receiver may be anybody by now.
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { version } from '../system/version.ts'
import type { ClaimedMessage } from './claim-store.ts'
import { cloudEvent, eventMediaType } from './cloud-event.ts'
import { guardedLookup, type Receiver } from './receiver.ts'
import type { Outcome } from './settlement.ts'
import { signedHeaders } from './signature.ts'

/** An attempt ends after this many milliseconds, name lookup and handshakes included. */
export const attemptMs = 10_000

const limits = {
  /** Of a request's body; receivers expect less (Standard Webhooks, payload size). */
  bodyBytes: 20_000,
  /** Of an answer's body; what is beyond is not read. */
  answerBytes: 1024,
  answerHeaderBytes: 8192,
  /** A receiver cannot ask for a longer silence. */
  retryAfterMs: 86_400_000,
  /** An idle connection is closed before most receivers close it. */
  idleMs: 4000,
}

export type WebhookOptions = {
  readonly receiver: Receiver
  /** Each signs; the receiver needs to know one of them. */
  readonly secrets: readonly Buffer[]
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The system's, unless a test names another. */
  readonly lookup?: LookupFunction
  readonly withinMs?: number
}

/** A receiver of messages. Disposing of it closes its idle connections. */
export type Webhook = Disposable & {
  /** Makes one attempt. Never rejects. */
  deliver(message: ClaimedMessage): Promise<Outcome>
}

/** Makes the sender's side of a webhook; nothing is connected before the first message. */
export function webhook({ receiver, secrets, now, lookup, withinMs = attemptMs }: WebhookOptions): Webhook {
  const { url, reach } = receiver
  const pool = { keepAlive: true, timeout: limits.idleMs }
  const secure = url.protocol === 'https:'
  const agent = secure ? new https.Agent({ ...pool, rejectUnauthorized: true }) : new http.Agent(pool)
  const { request } = secure ? https : http
  const guarded = guardedLookup(reach, lookup)
  const post = (body: string, headers: http.OutgoingHttpHeaders) =>
    new Promise<Outcome>((resolve, reject) => {
      const signal = AbortSignal.timeout(withinMs)
      const options = { method: 'POST', headers, agent, signal, lookup: guarded }
      const sent = request(url, { ...options, maxHeaderSize: limits.answerHeaderBytes }, (answer) => {
        passOver(answer)
        resolve(outcomeOf(answer.statusCode ?? 0, answer.headers['retry-after'], now()))
      })
      sent.on('error', (error) => reject(signal.aborted ? new TimedOut() : error))
      sent.on('close', () => reject(new Error('the connection closed without an answer')))
      sent.end(body)
    })
  return {
    async deliver(message) {
      const body = eventOf(message)
      if (body === undefined) return { state: 'given-up', code: 'unreadable' }
      const bytes = Buffer.byteLength(body)
      if (bytes > limits.bodyBytes) return { state: 'given-up', code: 'too-large' }
      try {
        return await post(body, {
          'content-type': eventMediaType,
          'content-length': bytes,
          'user-agent': `levee/${version}`,
          ...signedHeaders(secrets, message.messageId, body, now()),
        })
      } catch (error) {
        return { state: 'again', code: String((error as { code?: unknown }).code ?? 'failed') }
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function eventOf(message: ClaimedMessage): string | undefined {
  try {
    return cloudEvent(message)
  } catch {
    return undefined
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
