// Delivers what is open in the outbox, at least once, several messages at a time. Between two commits, the claim and
// the settling, stands the request; a node that dies in between leaves its claims to the others.
//
// States: sending ⇄ standing back (a receiver that fails is left alone, then tried with one message at a time) →
// stopping (no new claims; what is under way is finished and settled) → stopped.
import type { ClaimedMessage, Claims, Settled } from './claim-store.ts'
import { attemptMs } from './post.ts'
import { backOffMs, type Outcome, settlement } from './settlement.ts'

/** Requests under way at the same time, at most. */
const mostInFlight = 16
/** How often an idle sender looks into the outbox, in milliseconds. */
export const pollMs = 1000

export type SenderOptions = {
  readonly claims: Claims
  /** Makes one attempt; must not reject, and must end within `attemptMs` of post.ts. */
  readonly deliver: (message: ClaimedMessage) => Promise<Outcome>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** The outbox cannot be read or written; the sender goes on trying. */
  readonly onTrouble: (reason: string) => void
}

/** Since the start of this sender. */
export type SenderFigures = {
  readonly sent: number
  /** Attempts that failed. */
  readonly failed: number
  readonly givenUp: number
  readonly inFlight: number
  /** How the last attempt ended: a status or a word. */
  readonly lastOutcome: string | undefined
  /** Failed attempts in a row, those of one moment counted once; 0 while the receiver takes messages. */
  readonly failures: number
  /** Nothing is sent before then, because the receiver fails or asked for it. */
  readonly pausedUntil: number
}

export type Sender = {
  /** Sends until {@link Sender.stop}. Never rejects. */
  run(): Promise<void>
  /** Ends what is under way, at most one attempt long, and keeps its results; resolves when all is at rest. */
  stop(): Promise<void>
  figures(): SenderFigures
}

/** Makes a sender that does nothing before `run`. */
export function sender({ claims, deliver, now, random, onTrouble }: SenderOptions): Sender {
  const inFlight = new Set<string>()
  const ended: Settled[] = []
  const bell = doorbell()
  const receiver = standing()
  const counts = { sent: 0, failed: 0, givenUp: 0, lastOutcome: undefined as string | undefined }
  let stopping = false
  let running: Promise<void> | undefined

  const attempt = async (message: ClaimedMessage) => {
    const startedAt = now()
    const outcome = await deliver(message)
    const result = settlement(message, outcome, startedAt, now(), random())
    if (outcome.state === 'sent') counts.sent += 1
    else counts.failed += 1
    if (result.state === 'given-up') counts.givenUp += 1
    counts.lastOutcome = outcome.code
    receiver.note(outcome, startedAt, now(), random())
    inFlight.delete(message.messageId)
    ended.push(result)
    bell.ring()
  }
  const settleEnded = async () => {
    const results = ended.slice()
    if (results.length === 0) return
    await claims.settle(results)
    ended.splice(0, results.length)
  }
  const claimMore = async () => {
    const limit = receiver.room(mostInFlight, inFlight.size, now())
    if (limit === 0) return
    for (const message of await claims.claim(now(), limit)) {
      // A claim that came too late to end within its lease is left to whoever claims next.
      if (now() + attemptMs > message.claimedUntil) continue
      inFlight.add(message.messageId)
      void attempt(message)
    }
  }
  const run = async () => {
    while (!stopping || inFlight.size > 0) {
      try {
        await settleEnded()
        if (!stopping) await claimMore()
      } catch (error) {
        onTrouble((error as Error).message)
      }
      if (!stopping || inFlight.size > 0) await bell.wait(pollMs)
    }
    await settleEnded().catch((error: Error) => onTrouble(error.message))
  }
  return {
    run() {
      running ??= run()
      return running
    },
    async stop() {
      stopping = true
      bell.ring()
      await running
    },
    figures: () => ({ ...counts, inFlight: inFlight.size, ...receiver.figures() }),
  }
}

/** How the receiver stands: whether to leave it alone, and with how many messages it is tried. */
function standing() {
  let failures = 0
  let failedAt = 0
  let pausedUntil = 0
  return {
    note(outcome: Outcome, startedAt: number, at: number, random: number): void {
      if (outcome.state === 'sent') failures = 0
      else {
        // Requests that were under way together fail together, and count once.
        if (failures === 0 || startedAt >= failedAt) failures += 1
        failedAt = at
        pausedUntil = Math.max(pausedUntil, at + (outcome.retryAfterMs ?? backOffMs(failures, 0, random)))
      }
    },
    room(most: number, underWay: number, now: number): number {
      if (now < pausedUntil) return 0
      if (failures > 0) return underWay === 0 ? 1 : 0
      return most - underWay
    },
    figures: () => ({ failures, pausedUntil }),
  }
}

/** Lets one loop wait for a ring or for a time; a ring while nobody waits is not lost. */
function doorbell() {
  let rung = false
  let answer = () => {}
  return {
    ring() {
      rung = true
      answer()
    },
    async wait(ms: number): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          answer = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rung = false
    },
  }
}
