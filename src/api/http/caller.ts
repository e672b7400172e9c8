// Who calls: the bearer token of a device (RFC 6750), checked before the body is read.
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { Devices } from '../../identity/devices.ts'
import { retryAfter } from '../../intake/accept.ts'
import type { Sender } from '../../intake/basic-checks.ts'
import type { Journal } from '../../intake/journal.ts'
import { Problem } from '../../system/problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    sender: Sender | undefined
    began: number
  }
}

const scheme = 'bearer '

/** The sender of an Authorization header. Throws `token.missing` or `token.unknown`. */
export function senderOf(header: string | undefined, devices: Devices): Sender {
  if (header === undefined || header.slice(0, scheme.length).toLowerCase() !== scheme) throw new Problem('token.missing', {})
  const device = header.length > 512 ? undefined : devices.find(header.slice(scheme.length).trim())
  if (device === undefined) throw new Problem('token.unknown', {})
  return device
}

/** A hook that lets only known devices through. */
export function identify(devices: Devices) {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    request.sender = senderOf(request.headers.authorization, devices)
    done()
  }
}

/** A hook that turns arrivals away while the journal is behind: before identity, before the body. */
export function shed(journal: Journal) {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    request.began = performance.now()
    if (journal.overloaded()) throw new Problem('server.overloaded', {}, { retryAfterSeconds: retryAfter(1) })
    done()
  }
}
