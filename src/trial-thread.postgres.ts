// One node's trial thread on PostgreSQL: it carries out staff actions, and where the node has the role, it processes
// the journal beside other nodes. It owns nothing that must be saved: whatever it holds comes free with its end.
//
// States: opening → running (idle ⇄ taking batches ⇄ retrying) → stopped. While the database is away, full or busy it
// tries again without an end; any other error fails the process.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type OpenNode, openNode } from './processing/open-trial.postgres.ts'
import {
  checkpointEveryMs,
  figuresEveryMs,
  gatherMs,
  heartbeat,
  idleMs,
  niceness,
} from './processing/pace.ts'
import { nextRetry } from './processing/retry-store.postgres.ts'
import { carryOut } from './processing/staff-actions.postgres.ts'
import type { Action } from './processing/staff-actions.ts'
import type { TrialThreadData, TrialThreadMessage } from './processing/trial.ts'
import { batchSize } from './processing/worker.postgres.ts'
import { postgresFailure } from './storage/postgres.ts'
import { watchPoints } from './system/points.ts'
import { Problem } from './system/problem.ts'
import { standBack } from './system/thread-priority.ts'

/** Retries that are due but in another node's hands are looked at again after this time, at the earliest. */
const leastWaitMs = 50

const data = workerData as TrialThreadData
const database = data.database!
const processes = database.roles.includes('processing')
const port = parentPort!
const say = (message: TrialThreadMessage) => port.postMessage(message)
const beat = new Int32Array(data.beat)
const watched = heartbeat(beat)
const acting = new Set<Promise<void>>()

let stopping = false
let signed = 0
let told = 0
let wakes = 0
let onWake: (() => void) | undefined

Atomics.store(beat, 0, 0)
standBack(niceness)
await watchPoints(data.pointsModule)
const node = await open()
if (node !== undefined) {
  port.on('message', (message: 'stop' | { id: number; action: Action }) => {
    if (message === 'stop') stopping = true
    else {
      const done = act(node, message.id, message.action).finally(() => acting.delete(done))
      acting.add(done)
    }
    wake()
  })
  say({ kind: 'ready', position: 0 })
  await run(node).catch((error: Error) => say({ kind: 'failed', reason: error.message }))
}

async function open(): Promise<OpenNode | undefined> {
  try {
    const node = await openNode(data, database, watched)
    if (processes) await node.db.listen('levee_entries', wake, wake)
    return node
  } catch (error) {
    say({ kind: 'refused', reason: (error as Error).message })
    return undefined
  }
}

function wake(): void {
  wakes += 1
  onWake?.()
}

/** Resolves at the next wake after the `seen`th, or after some time. */
async function woken(seen: number, ms: number): Promise<void> {
  if (wakes !== seen || stopping) return
  const waiting = new AbortController()
  onWake = () => waiting.abort()
  await sleep(ms, undefined, { signal: waiting.signal }).catch(() => undefined)
  onWake = undefined
}

async function run(node: OpenNode): Promise<void> {
  while (!stopping) {
    const seen = wakes
    let wait = idleMs
    try {
      if (processes) {
        await takeAll(node)
        await node.retrier.run()
        await sign(node)
        const due = await nextRetry(node.db.pool)
        if (due !== undefined) wait = Math.min(idleMs, Math.max(leastWaitMs, due - Date.now()))
      }
      await tell(node)
    } catch (error) {
      await passing(error)
    }
    await woken(seen, wait)
  }
  await stop(node)
}

/** Takes batches until nothing waits. While they are full, a second one is under way: one decides, one writes. */
async function takeAll(node: OpenNode): Promise<void> {
  const troubles: unknown[] = []
  let second: Promise<void> | undefined
  for (let n = batchSize; n > 0 && !stopping && troubles.length === 0; ) {
    n = await node.worker.takeBatch().catch((error) => {
      troubles.push(error)
      return 0
    })
    if (n === batchSize) second ??= takeFull()
    else if (n > 0) await sleep(gatherMs)
    await sign(node)
    await tell(node)
  }
  await second
  if (troubles.length > 0) throw troubles[0]

  async function takeFull(): Promise<void> {
    try {
      while (!stopping && (await node.worker.takeBatch()) === batchSize);
    } catch (error) {
      troubles.push(error)
    }
    second = undefined
  }
}

/** Waits a little if the database is away, full or busy; throws any other error. */
async function passing(error: unknown): Promise<void> {
  if (postgresFailure(error) === 'none') throw error
  await sleep(Math.random() * idleMs)
}

async function sign(node: OpenNode): Promise<void> {
  if (Date.now() - signed < checkpointEveryMs) return
  signed = Date.now()
  await node.checkpointer.run()
}

async function tell(node: OpenNode): Promise<void> {
  if (Date.now() - told < figuresEveryMs) return
  told = Date.now()
  say({ kind: 'figures', figures: await node.figures() })
}

async function act(node: OpenNode, id: number, action: Action): Promise<void> {
  try {
    say({ kind: 'done', id, result: await carryOut(node.db, node.versions, action) })
    wake()
  } catch (error) {
    const problem =
      error instanceof Problem ? { code: error.code, details: error.details as object } : undefined
    say({ kind: 'refusal', id, problem, message: (error as Error).message })
  }
}

/** What cannot be signed or told now, another node signs, or the next start. */
async function stop(node: OpenNode): Promise<void> {
  await Promise.all([...acting, node.retrier.settled()])
  try {
    if (processes) await node.checkpointer.run()
    told = 0
    await tell(node)
  } catch (error) {
    if (postgresFailure(error) === 'none') throw error
  }
  await node[Symbol.asyncDispose]()
  say({ kind: 'stopped' })
  port.close()
}
