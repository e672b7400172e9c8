// The trial's writer thread as the rest of the process sees it: staff actions go in, figures come out.
//
// Supervision: a thread that ends by itself, or shows no heartbeat in a batch, is ended and started anew; what
// it was doing is in the attempt marker. Too many restarts in a minute stop the process, which says so.
import { Worker } from 'node:worker_threads'
import type { Settled } from '../sending/claim-store.ts'
import type { DataFolder } from '../storage/folder.ts'
import type { Copies } from '../storage/postgres-checks.ts'
import type { LagCounts } from '../system/lag-histogram.ts'
import { Problem } from '../system/problem.ts'
import type { ProblemCode } from '../system/problems.ts'
import type { Role } from '../system/roles.ts'
import type { ProcessingFigures } from './open-trial.ts'
import type { Action, ActionResults } from './staff-actions.ts'

/** The installation on PostgreSQL that this process is a node of. */
export type TrialDatabase = {
  readonly url: string
  readonly copies: Copies
  readonly node: string
  readonly roles: readonly Role[]
}

export type TrialThreadData = {
  readonly folder: DataFolder
  /** None where the data folder holds everything. */
  readonly database?: TrialDatabase
  readonly signerName: string
  readonly logKeyPem: string
  readonly wake: SharedArrayBuffer
  /** One Int32, odd while a batch is being taken. */
  readonly beat: SharedArrayBuffer
  readonly pointsModule: string | undefined
}

export type TrialThreadMessage =
  | { kind: 'ready'; position: number }
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string }
  | { kind: 'figures'; figures: ProcessingFigures }
  | { kind: 'done'; id: number; result: ActionResults[Action['do']] | undefined }
  | {
      kind: 'refusal'
      id: number
      problem: { code: ProblemCode; details: object } | undefined
      message: string
    }
  | { kind: 'stopped' }

/** What the thread is told besides `stop`: a staff action, or how attempts to deliver messages ended. */
export type TrialThreadCall = { readonly id: number } & (
  | { readonly action: Action }
  | { readonly settled: readonly Settled[] }
)

export type TrialOptions = TrialThreadData & {
  readonly threadUrl: URL
  readonly onFailure: (reason: string) => void
  readonly onRestart: (reason: string) => void
  /** How long an evaluation may last, in milliseconds; standard 15,000. */
  readonly patienceMs?: number
}

export type TrialFigures = {
  position: number
  taken: number
  lag: LagCounts
  restarts: number
  running: boolean
  closedLanes: number
}

export type Trial = {
  /** Carries out a staff action. Rejects with a Problem, or with `server.overloaded` while the thread restarts. */
  act<A extends Action>(action: A): Promise<ActionResults[A['do']]>
  /** Keeps how attempts to deliver messages ended. Rejects as {@link Trial.act}. */
  settleMessages(settled: readonly Settled[]): Promise<void>
  figures(): TrialFigures
  stop(): Promise<void>
}

const hungMs = 15_000
const mostRestartsAMinute = 10
type Call = { resolve: (result: never) => void; reject: (error: Error) => void }

/** Starts the thread and waits for its start gate; throws with the gate's reason if it refuses. */
export async function startTrial(options: TrialOptions): Promise<Trial> {
  const { threadUrl, onFailure, onRestart, patienceMs = hungMs, ...data } = options
  const calls = new Map<number, Call>()
  const beat = new Int32Array(data.beat)
  const restarts: number[] = []
  let nextId = 1
  let stopping = false
  let stopped: (() => void) | undefined
  let figures: TrialFigures = {
    position: 0,
    taken: 0,
    lag: { buckets: [], count: 0, sumMs: 0 },
    restarts: 0,
    running: true,
    closedLanes: 0,
  }

  const rejectAll = () => {
    for (const { reject } of calls.values())
      reject(new Problem('server.overloaded', {}, { retryAfterSeconds: 1 }))
    calls.clear()
  }
  const hear = (message: TrialThreadMessage) => {
    if (message.kind === 'figures') {
      const { restarts: count, running } = figures
      figures = { ...message.figures, restarts: count, running }
    } else if (message.kind === 'done') {
      calls.get(message.id)?.resolve(message.result as never)
      calls.delete(message.id)
    } else if (message.kind === 'refusal') {
      const { problem } = message
      const error =
        problem === undefined
          ? new Error(message.message)
          : new Problem(problem.code, problem.details as never)
      calls.get(message.id)?.reject(error)
      calls.delete(message.id)
    } else if (message.kind === 'failed') onFailure(message.reason)
  }
  const ended = async (reason: string) => {
    figures.running = false
    rejectAll()
    if (stopping) return stopped?.()
    const now = Date.now()
    restarts.push(now)
    if (restarts.filter((at) => now - at < 60_000).length > mostRestartsAMinute)
      return onFailure(`processing keeps ending: ${reason}`)
    onRestart(reason)
    figures.restarts += 1
    starting = start(threadUrl, data, hear, ended).then(
      (worker) => {
        current = worker
        figures.running = true
      },
      (error: Error) => onFailure(error.message),
    )
    await starting
  }
  let starting: Promise<void> | undefined
  let current = await start(threadUrl, data, hear, ended)
  const call = <R>(work: { action: Action } | { settled: readonly Settled[] }) =>
    new Promise<R>((resolve, reject) => {
      if (!figures.running || stopping)
        return reject(new Problem('server.overloaded', {}, { retryAfterSeconds: 1 }))
      const id = nextId++
      calls.set(id, { resolve: resolve as Call['resolve'], reject })
      current.postMessage({ id, ...work } satisfies TrialThreadCall)
    })
  const watchdog = watch(beat, patienceMs, () => void current.terminate())

  return {
    act: <A extends Action>(action: A) => call<ActionResults[A['do']]>({ action }),
    settleMessages: (settled) => call<void>({ settled }),
    figures: () => figures,
    async stop() {
      stopping = true
      clearInterval(watchdog)
      await starting
      await new Promise<void>((resolve) => {
        stopped = resolve
        if (figures.running) current.postMessage('stop')
        else resolve()
      })
    },
  }
}

async function start(
  threadUrl: URL,
  data: TrialThreadData,
  hear: (message: TrialThreadMessage) => void,
  ended: (reason: string) => void,
): Promise<Worker> {
  const worker = new Worker(threadUrl, {
    workerData: data,
    name: 'trial',
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 12 },
  })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (m: TrialThreadMessage) =>
      m.kind === 'ready'
        ? resolve()
        : reject(new Error(m.kind === 'refused' ? m.reason : `the trial thread said ${m.kind}`)),
    )
    worker.once('error', reject)
  }).catch(async (error) => {
    await worker.terminate()
    throw error
  })
  let reason = 'the thread ended'
  worker.on('message', hear)
  worker.on('error', (error: Error) => {
    reason = error.message
  })
  worker.once('exit', () => ended(reason))
  return worker
}

/** Ends a thread that has been inside one batch for too long: an evaluation that never returns. */
function watch(beat: Int32Array, patienceMs: number, end: () => void): NodeJS.Timeout {
  let seen = 0
  let since = Date.now()
  return setInterval(() => {
    const now = Atomics.load(beat, 0)
    if (now !== seen || now % 2 === 0) {
      seen = now
      since = Date.now()
    } else if (Date.now() - since > patienceMs) {
      since = Date.now()
      Atomics.store(beat, 0, now + 1)
      end()
    }
  }, 500).unref()
}
