// Reminders by SMS: a signed webhook to whatever sends them, with the number and the text, and nothing else.
import { version } from '../../system/version.ts'
import type { Post } from '../post.ts'
import type { Receiver } from '../receiver.ts'
import type { Outcome } from '../settlement.ts'
import { signedHeaders } from '../signature.ts'

/** One text message; `to` in the form +49301234567. */
export type TextMessage = { readonly id: string; readonly to: string; readonly text: string }

export type Texter = {
  /** Makes one attempt. Never rejects. */
  text(message: TextMessage): Promise<Outcome>
}

export type TexterOptions = {
  readonly post: Post
  readonly receiver: Receiver
  /** Each signs, as for other webhooks. */
  readonly secrets: readonly Buffer[]
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Sends over a webhook. The event names no study: a gateway needs to know of none. */
export function texter({ post, receiver, secrets, now }: TexterOptions): Texter {
  return {
    text({ id, to, text }) {
      const body = JSON.stringify({
        specversion: '1.0',
        id,
        source: '/reminders',
        type: 'org.levee.reminder.sms',
        subject: 'reminder',
        datacontenttype: 'application/json',
        data: { to, text },
      })
      return post.send(receiver, body, {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': `levee/${version}`,
        ...signedHeaders(secrets, id, body, now()),
      })
    },
  }
}
