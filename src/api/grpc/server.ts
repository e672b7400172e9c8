// The gRPC door: HTTP/2 without TLS (a proxy ends it, or the caller is on this machine), limits and time-outs,
// routes. Only the gRPC protocol: whoever wants JSON over HTTP has the HTTP door.
import {
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createConnectRouter } from '@connectrpc/connect'
import type { UniversalHandler } from '@connectrpc/connect/protocol'
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node'
import { mostBodyBytes } from '../../intake/basic-checks.ts'
import { languageOf } from '../language.ts'
import type { DoorParts } from '../parts.ts'
import { gate } from './caller.ts'
import { PatientDataService } from './generated/levee/v1/patient_data_pb.ts'
import { restateStatus } from './problems.ts'
import { submit } from './submit.ts'
import { submitStream } from './submit-stream.ts'

/**
 * Server-side limits (reliability: §9). Times in milliseconds: until a connection's first call, for sending
 * one unary message, without any traffic, and for calls to end when the server stops.
 */
const limits = {
  firstCall: 10_000,
  request: 30_000,
  idle: 75_000,
  stop: 5_000,
  messageBytes: mostBodyBytes + 4096,
  /** Protobuf spends up to three levels on one of JSON; our own depth check comes after. */
  recursion: 256,
  settings: { maxConcurrentStreams: 128, maxHeaderListSize: 16 * 1024 },
}

export type GrpcDoor = {
  /** Returns the port. */
  listen(address: { host: string; port: number }): Promise<number>
  /** Takes no more calls, lets running ones end, then closes. */
  close(): Promise<void>
}

/** Builds the door; the caller listens and closes. */
export function grpcDoor(parts: DoorParts): GrpcDoor {
  const stopping = new AbortController()
  const handlers = callHandlers(parts, stopping.signal)
  const server = createServer({ settings: limits.settings })
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('timeout', () => session.destroy())
    session.setTimeout(limits.firstCall)
    session.once('stream', () => session.setTimeout(limits.idle))
  })
  server.on('request', (request, response) => {
    const handler = handlers.get(request.url)
    if (handler === undefined) return response.writeHead(404).end()
    serveCall(handler, request, response, parts).catch(() => request.stream.close(constants.NGHTTP2_CANCEL))
  })
  return {
    async listen({ host, port }) {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
      return (server.address() as AddressInfo).port
    },
    async close() {
      stopping.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      for (const session of sessions) session.close()
      const late = setTimeout(() => {
        for (const session of sessions) session.destroy()
      }, limits.stop)
      await closed
      clearTimeout(late)
    },
  }
}

function callHandlers(parts: DoorParts, shutdownSignal: AbortSignal): Map<string, UniversalHandler> {
  const router = createConnectRouter({
    grpc: true,
    grpcWeb: false,
    connect: false,
    acceptCompression: [compressionGzip],
    readMaxBytes: limits.messageBytes,
    binaryOptions: { recursionLimit: limits.recursion },
    requestGate: gate(parts),
    shutdownSignal,
  })
  router.service(PatientDataService, {
    submitPatientData: submit(parts),
    submitPatientDataStream: submitStream(parts),
  })
  return new Map(router.handlers.map((handler) => [handler.requestPath, handler]))
}

/** Runs one call. Rejects when the caller is gone: then there is nobody to tell. */
async function serveCall(
  handler: UniversalHandler,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  parts: DoorParts,
) {
  const language = languageOf(request.headers['accept-language'])
  if (handler.method.methodKind === 'unary') endSlowMessage(request)
  endUnreadMessage(request)
  const answer = await handler(universalRequestFromNodeRequest(request, response, undefined, undefined))
  const { body, trailer } = answer
  const restated = async function* () {
    if (body !== undefined) yield* body
    if (trailer !== undefined && !request.stream.destroyed) restateStatus(trailer, language, parts)
  }
  await universalResponseToNodeResponse({ ...answer, body: restated() }, response)
}

/** A unary message that takes too long to arrive ends its call. */
function endSlowMessage(request: Http2ServerRequest): void {
  const late = setTimeout(() => request.stream.close(constants.NGHTTP2_CANCEL), limits.request)
  for (const event of ['end', 'close']) request.once(event, () => clearTimeout(late))
}

/**
 * After a refusal the rest of the message is not wanted (RFC 9113 §8.1): the stream closes right after the
 * trailers. Without this a client that is still sending would wait, and so would a stop of the server.
 */
function endUnreadMessage({ stream }: Http2ServerRequest): void {
  stream.once('wantTrailers', () =>
    setImmediate(() => {
      if (stream.readableEnded) return
      stream.close(constants.NGHTTP2_NO_ERROR)
      stream.destroy()
    }),
  )
}
