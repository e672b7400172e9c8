// Sends submissions as a careful device does: the same bytes again, with back-off and jitter, until it is told
// "received" or the submission is refused for good.
// A submission's states: waiting to be sent → on a socket → acknowledged | refused | (503, 507, 5xx, no answer,
// simulated loss) waiting for its next attempt. An acknowledged one may go once more as a duplicate.
// Promises: the id is in the client's log before its first byte leaves; it is acknowledged there only after a
// 2xx was read completely.
import { hash } from 'node:crypto'
import { ClientLog } from './client-log.ts'
import type { Diary } from './diaries.ts'
import { Histogram } from './histogram.ts'
import { noCounts } from './load-counts.ts'
import type { Random } from './random.ts'
import type { Wire, WireAnswer, WireFailure } from './wire.ts'

/**
 * `heads`: the prepared POST head of each patient. Shares are in [0, 1]. `expected`: room for so many ids at once.
 * `countFromMs` (of `performance.now()`): latencies of submissions due earlier are not recorded.
 */
export type SenderOptions = {
  wire: Wire
  heads: readonly Buffer[]
  random: Random
  lossShare: number
  duplicateShare: number
  expected: number
  countFromMs: number
}

/** How a loss is simulated: the socket is cut after the request was written, or the answer is not looked at. */
type Loss = 'cut' | 'deaf'

/** One submission on its way. `onFree` is called once: the closed loop may send the next one. */
type Delivery = {
  diary: Diary
  row: number
  scheduledMs: number
  attempts: number
  loss: Loss | undefined
  onFree: (() => void) | undefined
}

const firstBackOffMs = 200
const longestBackOffMs = 10_000
const longestDuplicateDelayMs = 1000

export class Sender {
  private readonly options: SenderOptions
  private readonly timers = new Set<NodeJS.Timeout>()
  private stopped = false
  readonly log: ClientLog
  readonly counts = noCounts()
  readonly latency = new Histogram()
  readonly recovered = new Histogram()
  readonly departure = new Histogram()
  /** Values since the last progress report; the reader replaces it. */
  recent = new Histogram()
  /** Submissions neither acknowledged nor refused, plus duplicates on their way. */
  outstanding = 0

  constructor(options: SenderOptions) {
    this.options = options
    this.log = new ClientLog(options.expected)
  }

  /** Sends a new submission that was due at `scheduledMs` (of `performance.now()`). */
  submit(diary: Diary, scheduledMs: number, onFree?: () => void): void {
    const { random, lossShare } = this.options
    const row = this.log.add(diary.submissionId, hash('sha256', diary.body, 'buffer'))
    const loss = lossShare > 0 && random() < lossShare ? (random() < 0.5 ? 'cut' : 'deaf') : undefined
    this.counts.scheduled++
    this.outstanding++
    if (scheduledMs >= this.options.countFromMs) this.departure.record(performance.now() - scheduledMs)
    this.attempt({ diary, row, scheduledMs, attempts: 0, loss, onFree })
  }

  /** Gives up all waiting attempts; what is on a socket ends with the wire. */
  stop(): void {
    this.stopped = true
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
  }

  private attempt(delivery: Delivery): void {
    const { diary } = delivery
    delivery.attempts++
    this.counts.sent++
    this.options.wire.send(
      this.options.heads[diary.patient] as Buffer,
      diary.body,
      (failure, answer) => this.answered(delivery, failure, answer),
      delivery.attempts === 1 && delivery.loss === 'cut',
    )
  }

  private answered(delivery: Delivery, failure: WireFailure | null, answer: WireAnswer): void {
    if (delivery.attempts === 1 && delivery.loss !== undefined) {
      this.counts.simulatedLosses++
      this.free(delivery)
      this.retry(delivery, -1)
    } else if (failure !== null) {
      if (failure !== 'aborted') this.counts.failures[failure]++
      this.retry(delivery, -1)
    } else if (answer.status === 202 || answer.status === 200) this.acknowledged(delivery, answer.body)
    else if (answer.status >= 500) {
      if (answer.status === 503 || answer.status === 507) this.counts.overloaded++
      else this.counts.serverErrors++
      this.retry(delivery, answer.retryAfterSeconds)
    } else {
      this.counts.refused++
      this.outstanding--
      this.free(delivery)
    }
  }

  private acknowledged(delivery: Delivery, body: Buffer): void {
    const ms = performance.now() - delivery.scheduledMs
    this.counts.acknowledged++
    this.outstanding--
    this.recent.record(ms)
    if (delivery.scheduledMs >= this.options.countFromMs)
      (delivery.loss === undefined ? this.latency : this.recovered).record(ms)
    this.log.acknowledge(delivery.row, receiptPosition(body))
    const { duplicateShare, random } = this.options
    if (duplicateShare > 0 && random() < duplicateShare) {
      const first = Buffer.from(body)
      this.outstanding++
      this.later(random() * longestDuplicateDelayMs, () => this.repeat(delivery.diary, first, 1))
    }
    this.free(delivery)
  }

  /** The same bytes again after the acknowledgement: 200 and the first answer again (P2). */
  private repeat(diary: Diary, first: Buffer, attempts: number): void {
    this.counts.sent++
    if (attempts === 1) this.counts.duplicatesSent++
    this.options.wire.send(this.options.heads[diary.patient] as Buffer, diary.body, (failure, answer) => {
      if (failure !== null || answer.status >= 500) {
        if (failure !== null && failure !== 'aborted') this.counts.failures[failure]++
        this.later(this.backOffMs(attempts, answer.retryAfterSeconds), () =>
          this.repeat(diary, first, attempts + 1),
        )
        return
      }
      if (answer.status === 200 && answer.body.equals(first)) this.counts.duplicatesRight++
      else this.counts.duplicatesWrong++
      this.outstanding--
    })
  }

  private retry(delivery: Delivery, retryAfterSeconds: number): void {
    this.later(this.backOffMs(delivery.attempts, retryAfterSeconds), () => this.attempt(delivery))
  }

  /**
   * Exponential back-off with full jitter, so that devices cut off together do not come back together. Where the
   * server names a time it is the least, and the jitter comes on top (RFC 9110 §10.2.3).
   */
  private backOffMs(attempts: number, retryAfterSeconds: number): number {
    const cap = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (attempts - 1))
    const jitter = this.options.random() * cap
    return retryAfterSeconds < 0 ? jitter : retryAfterSeconds * 1000 + jitter
  }

  private later(ms: number, action: () => void): void {
    if (this.stopped) return
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      action()
    }, ms)
    this.timers.add(timer)
  }

  private free(delivery: Delivery): void {
    const { onFree } = delivery
    delivery.onFree = undefined
    onFree?.()
  }
}

/** The journal position in an acknowledgement, found without reading the whole JSON; undefined where there is none. */
export function receiptPosition(body: Buffer): number | undefined {
  const name = '"position":'
  const at = body.indexOf(name, 0, 'latin1')
  if (at < 0) return undefined
  const position = Number.parseInt(body.toString('latin1', at + name.length, at + name.length + 17), 10)
  return Number.isNaN(position) ? undefined : position
}
