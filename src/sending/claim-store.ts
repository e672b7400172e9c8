// What sending reads and writes of the outbox. A message is open until it is sent or given up; it is never deleted.
//
// States: open (due ⇄ claimed ⇄ waiting for its next attempt) → sent | given up; given up → open by a person.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { OutboxMessage } from './outbox-store.ts'

/** How long a claim keeps a message from other nodes, in milliseconds; longer than an attempt and its two commits. */
export const leaseMs = 30_000

/** A message that is this sender's alone for a while. Times in milliseconds since the epoch. */
export type ClaimedMessage = OutboxMessage & {
  readonly createdAt: number
  /** Attempts that ended before this one. */
  readonly attempts: number
  /** When the first attempt began, if there was one. */
  readonly firstAttemptAt: number | undefined
  /** Until then nobody else is given it. */
  readonly claimedUntil: number
}

/** How an attempt ended, and what follows. */
export type Settled = Pick<ClaimedMessage, 'messageId' | 'claimedUntil'> & {
  readonly firstAttemptAt: number
  /** An HTTP status, or a word for what kept us from getting one; never text that the receiver chose. */
  readonly outcome: string
  readonly state: 'sent' | 'again' | 'given-up'
  /** When it was sent, is due again, or was given up. */
  readonly at: number
}

/** What the outbox holds. `oldestOpenAt` is when the oldest message that is still open was written. */
export type OutboxFigures = {
  readonly open: number
  readonly oldestOpenAt: number | undefined
  readonly givenUp: number
}

/**
 * What a sender asks of the outbox. Of one record only the earliest open message is ever given out, so messages of
 * a record are delivered in the order in which they were written.
 */
export type Claims = {
  /** At most `limit` due messages that no other sender has, the longest due first. */
  claim(now: number, limit: number): Later<readonly ClaimedMessage[]>
  /** Keeps how attempts ended. May be repeated after a failure. */
  settle(results: readonly Settled[]): Later<void>
}

/** The part of the twin stores that both engines share. */
export type ClaimStore = {
  figures(): Later<OutboxFigures>
  /** Opens the messages of a study that were given up, due now, as if never tried; returns how many. */
  reopen(tx: Transaction, studyId: string, now: number): Later<number>
}
