// The trial's writer thread: the only connection that writes trial.db. It processes the journal and carries out
// staff actions between two batches, each in its own transaction.
//
// States: opening → running (idle ⇄ taking batches ⇄ retrying) → stopped; a full disk pauses it (the journal
// goes on), any other storage error fails the process.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type OpenTrial, openTrial } from './processing/open-trial.ts'
import {
  checkpointEveryMs,
  figuresEveryMs,
  gatherMs,
  heartbeat,
  idleMs,
  niceness,
} from './processing/pace.ts'
import { isReminderAction } from './processing/reminders/reminder-actions.ts'
import { type Action, type ActionResults, perform } from './processing/staff-actions.ts'
import type { TrialThreadCall, TrialThreadData, TrialThreadMessage } from './processing/trial.ts'
import { isUnaskedAction } from './processing/unasked-actions.ts'
import { batchSize } from './processing/worker.ts'
import { keepCheckpoint } from './records/checkpoint-files.ts'
import { storageFailure } from './storage/failure.ts'
import { checkpoint, inTransaction, inTransactionAsync } from './storage/sqlite.ts'
import { collectGarbage, startedMs } from './system/collect-garbage.ts'
import { reached, watchPoints } from './system/points.ts'
import { Problem } from './system/problem.ts'
import { standBack } from './system/thread-priority.ts'

const walCheckpointEntries = 5000

const data = workerData as TrialThreadData
const port = parentPort!
const say = (message: TrialThreadMessage) => port.postMessage(message)
const wake = new Int32Array(data.wake)
const beat = new Int32Array(data.beat)
const watched = heartbeat(beat)

let stopping = false
let signed = 0
let told = 0
let sinceWalCheckpoint = 0

Atomics.store(beat, 0, 0)
standBack(niceness)
await watchPoints(data.pointsModule)
const trial = await open()
if (trial !== undefined) {
  port.on('message', (message: 'stop' | TrialThreadCall) => {
    if (message === 'stop') stopping = true
    else void answer(trial, message)
    Atomics.add(wake, 0, 1)
    Atomics.notify(wake, 0)
  })
  setTimeout(collectGarbage, startedMs).unref()
  say({ kind: 'ready', position: trial.worker.position() })
  await run(trial).catch((error: Error) => say({ kind: 'failed', reason: error.message }))
}

async function open(): Promise<OpenTrial | undefined> {
  try {
    return await openTrial(data)
  } catch (error) {
    say({ kind: 'refused', reason: (error as Error).message })
    return undefined
  }
}

async function run(trial: OpenTrial): Promise<void> {
  while (!stopping) {
    const seen = Atomics.load(wake, 0)
    try {
      await takeAll(trial)
      watched(() => trial.retrier.run())
      atRest(trial)
    } catch (error) {
      if (storageFailure(error) !== 'full' && storageFailure(error) !== 'busy') throw error
      await sleep(idleMs)
    }
    const due = trial.books.held.nextDue()
    const wait = due === undefined ? idleMs : Math.min(idleMs, Math.max(1, due - Date.now()))
    if (!stopping) await Atomics.waitAsync(wake, 0, seen, wait).value
  }
  await trial.retrier.settled()
  await stop(trial)
}

/** Takes batches until the journal is exhausted; lets messages through between two of them. */
async function takeAll(trial: OpenTrial): Promise<void> {
  for (;;) {
    const n = watched(() => trial.worker.takeBatch())
    sinceWalCheckpoint += n
    if (Date.now() - signed >= checkpointEveryMs) sign(trial)
    if (Date.now() - told >= figuresEveryMs) tell(trial)
    if (sinceWalCheckpoint >= walCheckpointEntries) flushWal(trial)
    if (n === 0 || stopping) return
    await sleep(n < batchSize ? gatherMs : 0)
  }
}

function atRest(trial: OpenTrial): void {
  if (Date.now() - told >= figuresEveryMs) tell(trial)
  if (Date.now() - signed < checkpointEveryMs) return
  sign(trial)
  if (sinceWalCheckpoint > 0) flushWal(trial)
}

function flushWal(trial: OpenTrial): void {
  checkpoint(trial.db)
  sinceWalCheckpoint = 0
}

/** Signs the logs that grew, stores the checkpoints, then keeps them outside the database. */
function sign(trial: OpenTrial): void {
  const { audit } = trial.books
  const fresh = audit.checkpoints()
  signed = Date.now()
  if (fresh.length === 0) return
  reached('audit.before-checkpoint')
  inTransaction(trial.db, (tx) => {
    for (const { studyId, row } of fresh) trial.auditStore.addCheckpoint(tx, studyId, row)
  })
  reached('audit.after-checkpoint-row')
  for (const { studyId, row } of fresh) {
    keepCheckpoint(data.folder.checkpoints, studyId, row.note)
    audit.kept(studyId, row.size)
  }
  reached('audit.after-checkpoint-file')
}

function tell(trial: OpenTrial): void {
  told = Date.now()
  say({ kind: 'figures', figures: trial.figures() })
}

/** One action in one transaction with its audit entries; see inTransactionAsync on why nothing comes between. */
async function carryOut(trial: OpenTrial, action: Action): Promise<ActionResults[Action['do']]> {
  const { stores, plans, lanes } = trial
  const { audit } = trial.books
  const result = await inTransactionAsync(trial.db, async (tx) => {
    const result = await perform({ tx, stores, audit, versions: plans.of, now: Date.now() }, action)
    audit.save(tx)
    return result
  })
  if (action.do === 'publish' || action.do === 'adopt-version') plans.forget()
  if (action.do === 'retry') lanes.close(stores.held.at(action.position)!.lane, action.position)
  // The clock comes every few seconds and touches no patient; nor do activation and reminders,
  // which come in waves.
  const isIdle =
    isUnaskedAction(action) ||
    action.do === 'tend-alerts' ||
    action.do === 'activate-device' ||
    isReminderAction(action)
  if (!isIdle) trial.forgetPatients()
  return result
}

async function answer(trial: OpenTrial, call: TrialThreadCall): Promise<void> {
  const { id } = call
  try {
    const result = 'action' in call ? await carryOut(trial, call.action) : undefined
    if ('settled' in call) inTransaction(trial.db, (tx) => trial.stores.messages.settle(tx, call.settled))
    say({ kind: 'done', id, result })
  } catch (error) {
    trial.books.audit.reload()
    const problem =
      error instanceof Problem ? { code: error.code, details: error.details as object } : undefined
    say({ kind: 'refusal', id, problem, message: (error as Error).message })
    if (storageFailure(error) === 'io' || storageFailure(error) === 'damaged')
      say({ kind: 'failed', reason: (error as Error).message })
  }
}

/** What a full disk leaves unsigned or in the WAL here, the next start takes up. */
async function stop(trial: OpenTrial): Promise<void> {
  try {
    sign(trial)
    checkpoint(trial.db, 'TRUNCATE')
  } catch (error) {
    if (storageFailure(error) !== 'full') throw error
  }
  tell(trial)
  trial.db.close()
  trial.journal.db.close()
  say({ kind: 'stopped' })
  port.close()
}
