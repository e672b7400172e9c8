// The journal as the doors see it: append and wait for the verdict. The work happens in the journal thread.
//
// Every arrival is answered exactly once: by its verdict, or by `failed` when the thread is gone. The queue is
// bounded in number and in time (reliability: D21), so that overload is an early 503 and memory stays flat.
import { Worker } from 'node:worker_threads'
import type { DataFolder } from '../storage/folder.ts'
import { type Arrival, packArrivals, unpackVerdicts, type Verdict } from './arrival.ts'

/** What the journal thread is given. */
export type JournalThreadData = {
  readonly folder: DataFolder
  readonly version: string
  readonly receiptKeyPem: string
  /** The last position that is known to exist from elsewhere; the journal must reach it. */
  readonly expectedPosition: number
  readonly allowUnfitFileSystem: boolean
  /** One Int32, counted up after each commit, for whoever reads the journal. */
  readonly wake: SharedArrayBuffer
  readonly pointsModule: string | undefined
}

/** What the journal thread says. */
export type JournalThreadMessage =
  | {
      kind: 'ready'
      position: number
      totals: [string, number][]
      previousStop: 'first' | 'clean' | 'unclean'
    }
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string }
  | { kind: 'verdicts'; verdicts: string; position: number; commitMs: number }
  | { kind: 'stopped' }

/** More waiting than this, or for longer than this, and new arrivals are turned away before their body is read. */
export type JournalLimits = { readonly waiting: number; readonly waitMs: number }

export type JournalOptions = JournalThreadData & {
  readonly limits: JournalLimits
  /** The thread's program; the crash suite has one that breaks P1 on purpose. */
  readonly threadUrl: URL
  /** Called once when the storage failed: the process must stop without another promise (fail-stop). */
  readonly onFailure: (reason: string) => void
}

export type JournalFigures = {
  position: number
  waiting: number
  commits: number
  commitMs: number
  previousStop: string
}

export type Journal = {
  /** Resolves with the verdict once the flush that covers it has ended. Never rejects. */
  append(arrival: Arrival): Promise<Verdict>
  /** Whether new arrivals should be turned away now. */
  overloaded(): boolean
  figures(): JournalFigures
  /** Commits what waits, then closes the file. */
  stop(): Promise<void>
}

type Waiting = { resolve: (verdict: Verdict) => void; since: number }

/** A block is posted at the latest when it holds this many arrivals, else when the loop has read all sockets. */
const blockSize = 32

/** Starts the journal thread and waits for its start gate. Throws with the gate's reason if it refuses. */
export async function startJournal(options: JournalOptions): Promise<Journal> {
  const { limits, threadUrl, onFailure, ...data } = options
  const worker = new Worker(threadUrl, {
    workerData: data,
    name: 'journal',
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  })
  const ready = await new Promise<Extract<JournalThreadMessage, { kind: 'ready' }>>((resolve, reject) => {
    worker.once('message', (m: JournalThreadMessage) =>
      m.kind === 'ready'
        ? resolve(m)
        : reject(new Error(m.kind === 'refused' ? m.reason : `journal said ${m.kind}`)),
    )
    worker.once('error', reject)
  }).catch(async (error) => {
    await worker.terminate()
    throw error
  })
  return attach(worker, limits, onFailure, ready)
}

function attach(
  worker: Worker,
  limits: JournalLimits,
  onFailure: (reason: string) => void,
  ready: Extract<JournalThreadMessage, { kind: 'ready' }>,
): Journal {
  const waiting: Waiting[] = []
  let head = 0
  let block: Arrival[] = []
  let scheduled = false
  let stopping: { resolve: () => void } | undefined
  let dead: 'io' | 'stopping' | undefined
  const figures: JournalFigures = {
    position: ready.position,
    waiting: 0,
    commits: 0,
    commitMs: 0,
    previousStop: ready.previousStop,
  }

  const post = () => {
    scheduled = false
    if (block.length === 0) return
    const packed = packArrivals(block)
    block = []
    worker.postMessage(packed, [packed.buffer])
  }
  const answer = (verdicts: Verdict[]) => {
    for (const verdict of verdicts) waiting[head++]!.resolve(verdict)
    if (head > 4096 || head === waiting.length) {
      waiting.splice(0, head)
      head = 0
    }
  }
  const failAll = (why: 'io' | 'stopping') => {
    dead = why
    answer(waiting.slice(head).map(() => ({ kind: 'failed', why })))
  }
  worker.on('message', (message: JournalThreadMessage) => {
    if (message.kind === 'verdicts') {
      figures.position = message.position
      figures.commits += 1
      figures.commitMs = message.commitMs
      answer(unpackVerdicts(message.verdicts))
    } else if (message.kind === 'failed') {
      dead = 'io'
      onFailure(message.reason)
    } else if (message.kind === 'stopped') {
      stopping?.resolve()
    }
  })
  worker.on('error', (error: Error) => {
    failAll('io')
    onFailure(error.message)
  })
  worker.on('exit', () => {
    failAll(stopping === undefined ? 'io' : 'stopping')
    if (stopping === undefined) onFailure('the journal thread ended')
  })

  return {
    append(arrival) {
      if (dead !== undefined) return Promise.resolve({ kind: 'failed', why: dead })
      if (stopping !== undefined) return Promise.resolve({ kind: 'failed', why: 'stopping' })
      return new Promise((resolve) => {
        waiting.push({ resolve, since: arrival.receivedAt })
        block.push(arrival)
        if (block.length >= blockSize) post()
        else if (!scheduled) {
          scheduled = true
          setImmediate(post)
        }
      })
    },
    overloaded() {
      const oldest = waiting[head]
      if (oldest === undefined) return false
      return waiting.length - head >= limits.waiting || Date.now() - oldest.since > limits.waitMs
    },
    figures: () => ({ ...figures, waiting: waiting.length - head }),
    stop() {
      post()
      return new Promise((resolve) => {
        if (dead !== undefined) return resolve()
        stopping = { resolve: () => resolve() }
        worker.postMessage('stop')
        worker.once('exit', () => resolve())
      })
    },
  }
}
