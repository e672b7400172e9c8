// One attempt to deliver one message: a signed POST, bounded in time and size. Redirects are not followed, and of the
// answer only the status counts, because a receiver may be anybody by now.
import type { LookupFunction } from 'node:net'
import { version } from '../system/version.ts'
import type { ClaimedMessage } from './claim-store.ts'
import { cloudEvent, eventMediaType } from './cloud-event.ts'
import { poster } from './post.ts'
import type { Receiver } from './receiver.ts'
import type { Outcome } from './settlement.ts'
import { signedHeaders } from './signature.ts'

/** Bytes of a request's body; receivers expect less (Standard Webhooks, payload size). */
const mostBodyBytes = 20_000

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
export function webhook({ receiver, secrets, now, lookup, withinMs }: WebhookOptions): Webhook {
  const post = poster({ now, lookup, withinMs })
  return {
    async deliver(message) {
      const body = eventOf(message)
      if (body === undefined) return { state: 'given-up', code: 'unreadable' }
      if (Buffer.byteLength(body) > mostBodyBytes) return { state: 'given-up', code: 'too-large' }
      return post.send(receiver, body, {
        'content-type': eventMediaType,
        'user-agent': `levee/${version}`,
        ...signedHeaders(secrets, message.messageId, body, now()),
      })
    },
    [Symbol.dispose]: () => post[Symbol.dispose](),
  }
}

function eventOf(message: ClaimedMessage): string | undefined {
  try {
    return cloudEvent(message)
  } catch {
    return undefined
  }
}
