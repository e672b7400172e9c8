// A lean HTTP/1.1 client for the load generator: one host, N keep-alive sockets, one request in flight on each.
// Promises: every request is answered exactly once, by its answer or by a named failure; bytes are copied before
// `send` returns, so the caller may reuse its buffers; a few microseconds of CPU for a request, because the
// generator shares its cores with the server it measures. Not a general client: no TLS, no redirects.
import { connect, type OnReadOpts, type Socket } from 'node:net'
import { type Parsed, parseAnswer } from './answer-parser.ts'

/**
 * Why there is no answer. Only `refused` means that the request surely did not arrive; after the others it is
 * unknown whether the server kept it. `aborted` is the simulated connection loss asked for by the caller.
 */
export type WireFailure = 'refused' | 'closed' | 'timeout' | 'aborted' | 'unreadable'

/** An answer. `body` is valid only during the callback; `retryAfterSeconds` is -1 where the header is absent. */
export type WireAnswer = { status: number; body: Buffer; retryAfterSeconds: number }

/** Called once for each request, never from inside `send`. */
export type OnAnswer = (failure: WireFailure | null, answer: WireAnswer) => void

/** Where to connect and how long to wait. `connections` bounds the sockets; they are opened when first needed. */
export type WireOptions = { host: string; port: number; connections: number; timeoutMs: number }

type Request = { head: Buffer; body: Buffer | null; onAnswer: OnAnswer; abort: boolean }

/** One socket and its state: connecting (request set), busy (request set), idle (request undefined), dead. */
type Line = {
  socket: Socket
  request: Request | undefined
  sentAtMs: number
  connected: boolean
  dead: boolean
  /** Send buffer: filled before the write, free again when the answer is there. */
  out: Buffer
  /** Bytes of an answer that came in several reads. */
  partial: Buffer | undefined
}

const noAnswer: WireAnswer = { status: 0, body: Buffer.alloc(0), retryAfterSeconds: -1 }
const headEnd = Buffer.from('\r\n\r\n')

/** The constant part of a POST's head, up to the value of Content-Length. Build it once for each token. */
export function postHead(
  host: string,
  path: string,
  token: string,
  contentType = 'application/json',
): Buffer {
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\ncontent-type: ${contentType}\r\ncontent-length: `,
    'latin1',
  )
}

/** The whole of a GET's head. */
export function getHead(host: string, path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`, 'latin1')
}

/** The client. Requests beyond its sockets wait their turn inside it; no socket is opened before the first `send`. */
export class Wire {
  private readonly options: WireOptions
  private readonly lines = new Set<Line>()
  private readonly idle: Line[] = []
  private readonly sweep: NodeJS.Timeout
  private queue: Request[] = []
  private queueStart = 0
  private closed = false

  constructor(options: WireOptions) {
    this.options = options
    this.sweep = setInterval(() => this.expire(), Math.max(10, Math.min(250, options.timeoutMs / 4)))
    this.sweep.unref()
  }

  /** Requests that are on a socket and not yet answered. */
  get inFlight(): number {
    return this.lines.size - this.idle.length
  }

  /** Requests waiting for a free socket. */
  get waiting(): number {
    return this.queue.length - this.queueStart
  }

  /**
   * Sends `head` (made by {@link postHead} or {@link getHead}) and `body`. With `abort` the socket is destroyed as
   * soon as the request is with the operating system: a lost connection whose outcome the client cannot know.
   */
  send(head: Buffer, body: Buffer | null, onAnswer: OnAnswer, abort = false): void {
    if (this.closed) {
      setImmediate(onAnswer, 'closed', noAnswer)
      return
    }
    const request = { head, body, onAnswer, abort }
    const line = this.idle.pop()
    if (line !== undefined) this.write(line, request)
    else if (this.lines.size < this.options.connections) this.openLine(request)
    else this.queue.push(request)
  }

  /** Destroys all sockets; what is on one or waiting for one fails as `closed`. */
  close(): void {
    this.closed = true
    clearInterval(this.sweep)
    for (const line of [...this.lines]) this.endLine(line, 'closed')
    for (let r = this.takeWaiting(); r !== undefined; r = this.takeWaiting())
      setImmediate(r.onAnswer, 'closed', noAnswer)
  }

  private openLine(request: Request): void {
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafeSlow(8192),
      callback: (bytes, buffer) => {
        this.received(line, (buffer as Buffer).subarray(0, bytes))
        return true
      },
    }
    const { host, port } = this.options
    const line: Line = {
      socket: connect({ host, port, noDelay: true, onread }),
      request,
      sentAtMs: performance.now(),
      connected: false,
      dead: false,
      out: Buffer.allocUnsafeSlow(2048),
      partial: undefined,
    }
    this.lines.add(line)
    line.socket.on('connect', () => {
      line.connected = true
      if (line.request !== undefined && !line.dead) this.write(line, line.request)
    })
    // The error's reason does not matter here; 'close' follows and ends the request.
    line.socket.on('error', () => {})
    line.socket.on('end', () => this.endLine(line, 'closed'))
    line.socket.on('close', () => this.endLine(line, line.connected ? 'closed' : 'refused'))
  }

  private write(line: Line, request: Request): void {
    line.request = request
    line.sentAtMs = performance.now()
    const bytes = assemble(line, request)
    if (request.abort) line.socket.write(bytes, () => this.endLine(line, 'aborted'))
    else line.socket.write(bytes)
  }

  private received(line: Line, bytes: Buffer): void {
    // What still comes on a line that is about to be cut is lost, as on a real broken connection.
    if (line.dead || line.request === undefined || line.request.abort) return
    const data = line.partial === undefined ? bytes : Buffer.concat([line.partial, bytes])
    const parsed = parseAnswer(data)
    if (parsed === 'unreadable') this.endLine(line, 'unreadable')
    else if (parsed === 'incomplete') line.partial = line.partial === undefined ? Buffer.from(data) : data
    else this.answered(line, line.request, parsed)
  }

  private answered(line: Line, request: Request, parsed: Parsed): void {
    line.request = undefined
    line.partial = undefined
    if (parsed.close) this.endLine(line, 'closed')
    // Told before the line is used again: the answer's body lies in the line's read buffer.
    request.onAnswer(null, parsed)
    if (line.dead) return
    const next = this.takeWaiting()
    if (next === undefined) this.idle.push(line)
    else this.write(line, next)
  }

  private endLine(line: Line, failure: WireFailure): void {
    if (line.dead) return
    line.dead = true
    this.lines.delete(line)
    const at = this.idle.indexOf(line)
    if (at >= 0) this.idle.splice(at, 1)
    line.socket.destroy()
    const request = line.request
    line.request = undefined
    request?.onAnswer(failure, noAnswer)
    if (this.closed) return
    const next = this.takeWaiting()
    if (next !== undefined) this.openLine(next)
  }

  private takeWaiting(): Request | undefined {
    if (this.queueStart === this.queue.length) return undefined
    const request = this.queue[this.queueStart++]
    if (this.queueStart > 1024 && this.queueStart * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.queueStart)
      this.queueStart = 0
    }
    return request
  }

  private expire(): void {
    const oldest = performance.now() - this.options.timeoutMs
    for (const line of this.lines)
      if (line.request !== undefined && line.sentAtMs < oldest) this.endLine(line, 'timeout')
  }
}

/** Puts the whole request into the line's own buffer: one write, no allocation. */
function assemble(line: Line, request: Request): Buffer {
  const { head, body } = request
  const bodyBytes = body === null ? 0 : body.length
  const atMost = head.length + bodyBytes + 32
  if (line.out.length < atMost) line.out = Buffer.allocUnsafeSlow(atMost * 2)
  const out = line.out
  out.set(head, 0)
  let end = head.length
  if (body !== null) {
    end += out.write(String(bodyBytes), end, 'latin1')
    out.set(headEnd, end)
    end += 4
    out.set(body, end)
    end += bodyBytes
  }
  return out.subarray(0, end)
}
