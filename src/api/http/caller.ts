// Who calls: the bearer token of a device, checked before the body is read.
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { Devices } from '../../identity/devices.ts'
import type { Sender } from '../../intake/basic-checks.ts'
import type { Journal } from '../../intake/journal.ts'
import { refuseWhenBehind, senderOf } from '../admission.ts'

declare module 'fastify' {
  interface FastifyRequest {
    sender: Sender | undefined
    began: number
  }
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
    refuseWhenBehind(journal)
    done()
  }
}
