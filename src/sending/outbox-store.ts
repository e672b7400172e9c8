// The outbox: what must be told to the outside, written in the transaction that made it true. Payloads hold ids only.

/** `kind` names the topic, `record` the thing it is about (`response:4711`); `payload` is JSON text. */
export type OutboxMessage = {
  /** Stays the same for every delivery (P3). */
  readonly messageId: string
  readonly studyId: string
  readonly kind: string
  readonly record: string
  readonly payload: string
}
