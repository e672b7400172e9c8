// Web push: one encrypted message (RFC 8291) to the service a phone subscribed at, signed by our key (RFC 8292). The
// address comes from a phone, so it is trusted with nothing: https, the standard port, public addresses only.
import webPushLibrary from 'web-push'
import type { Post } from '../post.ts'
import type { Outcome } from '../settlement.ts'
import { readEndpoint } from './endpoint.ts'
import type { PushKey } from './reminder-keys.ts'

/** What a phone says of where it takes pushes (Push API); keys in base64url. */
export type Subscription = {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** What is sent; push services see none of it. At most 3 kB as JSON. */
export type PushPayload = {
  readonly id: string
  /** `form/occasion`, so that the app opens the right form without a network (U20). */
  readonly key: string
  readonly title: string
  readonly body: string
  readonly url: string
  /** A later notification of one tag replaces the earlier one. */
  readonly tag: string
}

/** How a push is to be treated on its way. */
export type PushTerms = {
  /** Seconds after which it is of no use. */
  readonly ttl: number
  /** Of messages of one topic the push service keeps the last; 32 characters of base64url at most. */
  readonly topic: string
}

export type WebPush = {
  /** Makes one attempt. Never rejects. `gone`: the subscription does not exist any more. */
  push(
    to: Subscription,
    payload: PushPayload,
    terms: PushTerms,
  ): Promise<Outcome & { readonly gone: boolean }>
}

export type WebPushOptions = {
  readonly post: Post
  readonly key: PushKey
  /** `mailto:` or https address by which a push service reaches the operator (RFC 8292, 2.1). */
  readonly subject: string
  /** Lets http on loopback be an endpoint, for trying things out. */
  readonly loopback: boolean
}

/** Sends by web-push's encryption and our own, guarded requests. */
export function webPush({ post, key, subject, loopback }: WebPushOptions): WebPush {
  const vapidDetails = { subject, ...key }
  return {
    async push(to, payload, terms) {
      try {
        const receiver = readEndpoint(to.endpoint, loopback)
        const { headers, body } = webPushLibrary.generateRequestDetails(
          { endpoint: to.endpoint, keys: { ...to.keys } },
          JSON.stringify(payload),
          {
            vapidDetails,
            TTL: terms.ttl,
            topic: terms.topic,
            urgency: 'normal',
            contentEncoding: 'aes128gcm',
          },
        )
        const outcome = await post.send(receiver, body, headers)
        return { ...outcome, gone: outcome.code === '404' || outcome.code === '410' }
      } catch {
        // Keys that are no keys, an address out of reach: it will not become better.
        return { state: 'given-up', code: 'unusable', gone: true }
      }
    },
  }
}
