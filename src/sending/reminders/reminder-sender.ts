// Sends the reminders that are due, at least once, several at a time. Between two commits of the trial's writer, the
// claim and the settling, stands the attempt; a node that dies in between leaves its claims to the others.
//
// States: sending → stopping (no new claims; what is under way is finished and settled) → stopped.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Later } from '../../storage/later.ts'
import type { ClaimedReminder, Delivery } from './deliver-reminder.ts'
import type { ReminderSettled } from './reminder-store.ts'

/** How long a claim keeps a reminder from other nodes, in ms; longer than an attempt by all ways on two phones. */
export const claimMs = 120_000
/** Attempts at the same time. A push costs about a millisecond of processor time; the doors need it more. */
const mostInFlight = 24
/** How often the log is looked at, in ms. */
const lookMs = 500
/** A reminder that could not be sent is tried again after this time, twice that, and so on, in ms. */
const againMs = 30_000

/** What the sender asks of the log; every call but the first is an action of the trial's writer. */
export type ReminderDesk = {
  isDue(now: number): Later<boolean>
  claim(limit: number): Promise<readonly ClaimedReminder[]>
  settle(results: readonly ReminderSettled[]): Promise<void>
  /** A push service says that a subscription is gone. */
  drop(of: { studyId: string; patientId: string; deviceId: number }): Promise<void>
}

export type ReminderSenderOptions = {
  readonly desk: ReminderDesk
  /** Makes one attempt; must not reject. */
  readonly deliver: (reminder: ClaimedReminder, now: number) => Promise<Delivery>
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** The log cannot be read or written; the sender goes on trying. */
  readonly onTrouble: (reason: string) => void
}

/** Since the start. */
export type ReminderFigures = {
  readonly sent: number
  /** Attempts that failed. */
  readonly failed: number
  /** Reminders nobody will be sent any more. */
  readonly lost: number
  readonly inFlight: number
}

export type ReminderSender = {
  /** Sends until {@link ReminderSender.stop}. Never rejects. */
  run(): Promise<void>
  /** Ends what is under way and keeps its results. */
  stop(): Promise<void>
  figures(): ReminderFigures
}

type Ended = { readonly settled: ReminderSettled; readonly drops: Parameters<ReminderDesk['drop']>[0][] }

/** Makes a sender that does nothing before `run`. */
export function reminderSender(options: ReminderSenderOptions): ReminderSender {
  const { desk, deliver, now, random, onTrouble } = options
  const counts = { sent: 0, failed: 0, lost: 0, inFlight: 0 }
  const ended: Ended[] = []
  const waiting = new AbortController()
  let stopping = false
  let running: Promise<void> | undefined

  const attempt = async (reminder: ClaimedReminder) => {
    counts.inFlight += 1
    const startedAt = now()
    const delivery = await deliver(reminder, startedAt)
    const settled = settlementOf(reminder, delivery, startedAt, now(), random())
    if (settled.state === 'sent') counts.sent += 1
    else counts.failed += 1
    if (settled.state === 'failed') counts.lost += 1
    const { studyId, patientId } = reminder
    ended.push({ settled, drops: delivery.gone.map((deviceId) => ({ studyId, patientId, deviceId })) })
    counts.inFlight -= 1
  }
  const settleEnded = async () => {
    const results = ended.slice()
    if (results.length === 0) return
    await desk.settle(results.map(({ settled }) => settled))
    ended.splice(0, results.length)
    for (const drop of results.flatMap(({ drops }) => drops)) await desk.drop(drop)
  }
  const claimMore = async () => {
    const room = mostInFlight - counts.inFlight
    if (room <= 0 || !(await desk.isDue(now()))) return
    for (const reminder of await desk.claim(room)) void attempt(reminder)
  }
  const run = async () => {
    while (!stopping || counts.inFlight > 0) {
      try {
        await settleEnded()
        if (!stopping) await claimMore()
      } catch (error) {
        onTrouble((error as Error).message)
      }
      const ms = counts.inFlight > 0 ? lookMs / 10 : lookMs
      await sleep(ms, undefined, stopping ? {} : { signal: waiting.signal }).catch(() => undefined)
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
      waiting.abort()
      await running
    },
    figures: () => ({ ...counts }),
  }
}

/** What to keep of an attempt. One that cannot succeed before the window closes has failed. */
export function settlementOf(
  { reminderId, claimedUntil, attempts, closesAt }: ClaimedReminder,
  { state, channel, code, retryAfterMs }: Delivery,
  startedAt: number,
  now: number,
  random: number,
): ReminderSettled {
  const kept = { reminderId, claimedUntil, startedAt, channel, outcome: code }
  if (state !== 'again') return { ...kept, state, at: now }
  const waitMs = againMs * 2 ** attempts * (0.5 + random / 2)
  const at = Math.ceil(now + Math.max(retryAfterMs, waitMs))
  return at < closesAt ? { ...kept, state: 'planned', at } : { ...kept, state: 'failed', at: now }
}
