// Who calls: the bearer token of a device, checked before the body is read.
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { DeviceLimits } from '../../identity/device-limits.ts'
import type { Device, Devices } from '../../identity/devices.ts'
import type { Journal } from '../../intake/journal.ts'
import { readerOf, refuseTooMany, refuseWhenBehind, senderOf } from '../admission.ts'

declare module 'fastify' {
  interface FastifyRequest {
    sender: Device | undefined
    began: number
  }
}

/** A hook that lets devices through that hand in what they hold, replaced ones too. */
export function identify(devices: Devices) {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    request.sender = senderOf(request.headers.authorization, devices)
    done()
  }
}

/** A hook that lets devices through that ask for something; see {@link readerOf}. */
export function identifyReader(devices: Devices, allowed: { readonly clinic?: boolean } = {}) {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    request.sender = readerOf(request.headers.authorization, devices, allowed)
    done()
  }
}

/** A hook after those that identify: turns away a device that changes what it says of itself too often. */
export function limitChanges(limits: DeviceLimits) {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    refuseTooMany(limits.change(request.sender!))
    done()
  }
}

/** A hook after {@link identify}: turns away a phone or tablet that sends too many submissions. */
export function limitSubmissions(limits: DeviceLimits) {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    refuseTooMany(limits.submit(request.sender!))
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
