// Who calls through gRPC: metadata takes the place of headers.
import type { HandlerContext } from '@connectrpc/connect'
import type { Call } from '../../intake/accept.ts'
import { signatureHeader } from '../../intake/head.ts'
import { refuseTooMany, refuseWhenBehind, senderOf } from '../admission.ts'
import { languageOf } from '../language.ts'
import type { DoorParts } from '../parts.ts'
import { refusal } from './problems.ts'

const header = (context: HandlerContext, name: string) => context.requestHeader.get(name) ?? undefined

/** Lets only known devices in, and nobody while the journal is behind: before the message is read. */
export function gate(parts: DoorParts) {
  return (context: HandlerContext): void => {
    try {
      refuseWhenBehind(parts.journal)
      senderOf(header(context, 'authorization'), parts.devices)
    } catch (error) {
      throw refusal(error, callLanguage(context), parts)
    }
  }
}

/**
 * The call as intake wants it. The token is looked up anew each time, so that a revoked device cannot go on
 * sending over a stream it opened before. Throws `token.unknown`, and `device.too-many` by the limit of submissions.
 */
export function callOf(context: HandlerContext, parts: DoorParts): Call {
  const sender = senderOf(header(context, 'authorization'), parts.devices)
  refuseTooMany(parts.limits.submit(sender))
  return {
    sender,
    door: 'grpc',
    language: callLanguage(context),
    contentType: header(context, 'content-type') ?? '',
    userAgent: header(context, 'user-agent'),
    signature: header(context, signatureHeader),
  }
}

/** The language of texts for this caller. */
export const callLanguage = (context: HandlerContext) => languageOf(header(context, 'accept-language'))
