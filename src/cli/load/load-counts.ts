// What a load run counts and reports. Plain data, so that a run in another process can hand it over as JSON.
import type { LatencySummary } from './histogram.ts'
import type { WireFailure } from './wire.ts'

export type LoadCounts = {
  /** Submissions that were due and handed to the client. */
  scheduled: number
  /** Requests written, retries and duplicates included. */
  sent: number
  /** Submissions acknowledged with 202 or 200. */
  acknowledged: number
  /** First answers thrown away, or sockets cut after the request, on purpose. */
  simulatedLosses: number
  duplicatesSent: number
  /** Duplicates answered 200 with the first answer's bytes. */
  duplicatesRight: number
  /** Duplicates answered otherwise: a breach of P2. */
  duplicatesWrong: number
  /** Answers 503 and 507; each was sent again after Retry-After. */
  overloaded: number
  /** Answers 5xx other than those two. */
  serverErrors: number
  /** Submissions answered 4xx: given up. */
  refused: number
  /** Ends without an answer that nobody asked for. */
  failures: Record<Exclude<WireFailure, 'aborted'>, number>
}

/** Told every 250 ms. Rate and percentiles are those of the time since the last report. */
export type LoadProgress = {
  elapsedMs: number
  /** Of the schedule; undefined in closed loop. */
  total: number | undefined
  counts: LoadCounts
  ratePerSecond: number
  p50Ms: number
  p99Ms: number
  /** Submissions neither acknowledged nor given up. */
  outstanding: number
  /** Requests waiting for a free socket. */
  waiting: number
}

/** What a run ends with, apart from the client's log. */
export type LoadSummary = {
  counts: LoadCounts
  /** From the end of the warm-up to the last scheduled request (or the end of the closed loop), without the drain. */
  elapsedMs: number
  /** Acknowledgements of submissions due in `elapsedMs`, per second of it. */
  ratePerSecond: number
  /** From the scheduled instant (closed loop: from sending) to the acknowledgement, refused-for-now ones included. */
  latency: LatencySummary
  /** The same for submissions whose first answer was lost on purpose: mostly the client's own back-off. */
  recovered: LatencySummary
  /** How much later than scheduled requests left: the generator's own share of the latency. */
  departure: LatencySummary
  /** Submissions neither acknowledged nor refused when the drain ended: their ids are `unknown`. */
  outstanding: number
  /** CPU time of this process for each request, microseconds, warm-up included. */
  cpuMicrosPerRequest: number
}

export function noCounts(): LoadCounts {
  return {
    scheduled: 0,
    sent: 0,
    acknowledged: 0,
    simulatedLosses: 0,
    duplicatesSent: 0,
    duplicatesRight: 0,
    duplicatesWrong: 0,
    overloaded: 0,
    serverErrors: 0,
    refused: 0,
    failures: { refused: 0, closed: 0, timeout: 0, unreadable: 0 },
  }
}
