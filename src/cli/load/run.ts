// A load run: the simulated morning. Open loop: requests leave on schedule whatever the answers do, and latency
// counts from the scheduled instant, so a stalled server cannot hide (Tene, "How NOT to measure latency").
// Closed loop: each of C connections sends its next request when the last one is answered; it finds the ceiling.
// Promises: ends when everything is acknowledged or refused, at the latest `drainSeconds` after the last request.
import { type Arrivals, type Curve, planArrivals } from './arrivals.ts'
import type { ClientLog } from './client-log.ts'
import { createDiaries, type LoadPatient } from './diaries.ts'
import { Histogram } from './histogram.ts'
import type { LoadProgress, LoadSummary } from './load-counts.ts'
import { seededRandom } from './random.ts'
import { Sender } from './sender.ts'
import { postHead, Wire } from './wire.ts'

export type LoadOptions = {
  host: string
  port: number
  studyId: string
  patients: readonly LoadPatient[]
  /** Mean rate per second of the open loop; `closed` for the closed loop. */
  rate: number | 'closed'
  durationSeconds: number
  /** Sockets: the bound in open loop, the number of senders in closed loop. */
  connections: number
  curve?: Curve
  /** Share of submissions whose first answer is lost on purpose; they are sent again. */
  lossShare?: number
  /** Share of acknowledged submissions that are sent once more. */
  duplicateShare?: number
  seed?: number
  timeoutMs?: number
  drainSeconds?: number
  /** Submissions due in the first so many seconds count in no rate and no latency (cold code, first connections). */
  warmUpSeconds?: number
  /** Only rescue doses, which have no occasion to share, so that a folder can be loaded any number of times. */
  eventsOnly?: boolean
  onProgress?: (progress: LoadProgress) => void
  /** Ends the schedule early; what is on its way is still drained. */
  signal?: AbortSignal
}

export type LoadResult = { summary: LoadSummary; log: ClientLog }

const progressEveryMs = 250

/** Runs the load to its end. A server that does not answer is no error: the summary tells. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { host, port, connections, rate, durationSeconds, seed = 1, timeoutMs = 30_000 } = options
  const startMs = performance.now()
  const authority = `${host}:${port}`
  const wire = new Wire({ host, port, connections, timeoutMs })
  const arrivals =
    rate === 'closed'
      ? undefined
      : planArrivals({ rate, durationSeconds, curve: options.curve ?? 'constant', seed })
  const sender = new Sender({
    wire,
    heads: options.patients.map(({ token }) => postHead(authority, '/v1/submissions', token)),
    random: seededRandom(seed + 1),
    lossShare: options.lossShare ?? 0,
    duplicateShare: options.duplicateShare ?? 0,
    expected: arrivals?.total ?? 500_000,
    countFromMs: startMs + (options.warmUpSeconds ?? 0) * 1000,
  })
  const { patients, studyId, eventsOnly = false } = options
  const diaries = createDiaries({ patients, studyId, seed, eventsOnly, nowMs: Date.now() })
  const cpuBefore = process.cpuUsage()
  const stopProgress = reportProgress(options, sender, wire, arrivals, startMs)
  try {
    if (arrivals === undefined) await sendInTurn(options, sender, () => diaries.next())
    else await sendOnSchedule(arrivals, sender, () => diaries.next(), options.signal)
    const warmUpMs = (options.warmUpSeconds ?? 0) * 1000
    const summarise = summaryAt(sender, performance.now() - startMs - warmUpMs, cpuBefore)
    await drained(sender, (options.drainSeconds ?? 30) * 1000)
    return { summary: summarise(), log: sender.log }
  } finally {
    stopProgress()
    sender.stop()
    wire.close()
  }
}

type NextDiary = () => Parameters<Sender['submit']>[0]

/** Open loop. Node's timers have a grain of one millisecond; what is due leaves together, late by up to that. */
function sendOnSchedule(
  arrivals: Arrivals,
  sender: Sender,
  next: NextDiary,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const startMs = performance.now()
    let dueMs = arrivals.next()
    const tick = () => {
      const nowMs = performance.now() - startMs
      while (dueMs <= nowMs) {
        sender.submit(next(), startMs + dueMs)
        dueMs = arrivals.next()
      }
      if (dueMs === Number.POSITIVE_INFINITY || signal?.aborted) resolve()
      else setTimeout(tick, Math.min(dueMs - nowMs, 100))
    }
    tick()
  })
}

/** Closed loop. */
function sendInTurn(options: LoadOptions, sender: Sender, next: NextDiary): Promise<void> {
  return new Promise((resolve) => {
    const endMs = performance.now() + options.durationSeconds * 1000
    let running = options.connections
    const one = () => {
      const nowMs = performance.now()
      if (nowMs < endMs && !options.signal?.aborted) sender.submit(next(), nowMs, one)
      else if (--running === 0) resolve()
    }
    for (let i = options.connections; i > 0; i--) one()
    // Senders that wait for a retry when the time is over must not hold up the end.
    setTimeout(resolve, options.durationSeconds * 1000 + 100)
  })
}

/** Takes rate and CPU now, when the schedule is over, and the rest when the returned function is called. */
function summaryAt(sender: Sender, elapsedMs: number, cpuBefore: NodeJS.CpuUsage): () => LoadSummary {
  const { sent } = sender.counts
  const acknowledged = sender.latency.count + sender.recovered.count
  const cpu = process.cpuUsage(cpuBefore)
  const cpuMicros = cpu.user + cpu.system
  return () => ({
    counts: sender.counts,
    elapsedMs,
    ratePerSecond: (acknowledged / elapsedMs) * 1000,
    latency: sender.latency.summary(),
    recovered: sender.recovered.summary(),
    departure: sender.departure.summary(),
    outstanding: sender.outstanding,
    cpuMicrosPerRequest: sent === 0 ? 0 : cpuMicros / sent,
  })
}

/** Waits until nothing is outstanding or the time is over. */
async function drained(sender: Sender, atMostMs: number): Promise<void> {
  const endMs = performance.now() + atMostMs
  while (sender.outstanding > 0 && performance.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

function reportProgress(
  options: LoadOptions,
  sender: Sender,
  wire: Wire,
  arrivals: Arrivals | undefined,
  startMs: number,
): () => void {
  const { onProgress } = options
  if (onProgress === undefined) return () => {}
  let lastMs = startMs
  const report = () => {
    const nowMs = performance.now()
    const { recent } = sender
    sender.recent = new Histogram()
    onProgress({
      elapsedMs: nowMs - startMs,
      total: arrivals?.total,
      counts: sender.counts,
      ratePerSecond: (recent.count / (nowMs - lastMs)) * 1000,
      p50Ms: recent.percentileMs(0.5),
      p99Ms: recent.percentileMs(0.99),
      outstanding: sender.outstanding,
      waiting: wire.waiting,
    })
    lastMs = nowMs
  }
  const timer = setInterval(report, progressEveryMs)
  return () => {
    clearInterval(timer)
    report()
  }
}
