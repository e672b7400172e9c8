// The journal on PostgreSQL, as the doors see it: append and wait for the verdict.
//
// Arrivals gather in a queue; a few groups are in flight at once, each on a connection of its own, so that one may
// travel while another waits for the standby. There is no timer: a lone arrival is sent at once, a flood forms large
// groups by itself. Nothing is fail-stop here: when a commit is in doubt its arrivals are answered `failed`, the node
// goes on, and while the database is away `overloaded` turns new arrivals back before their bodies are read.
import { type Postgres, postgresFailure } from '../storage/postgres.ts'
import { reached } from '../system/points.ts'
import type { Arrival, Verdict } from './arrival.ts'
import {
  boot,
  confirmOnce,
  drawnUpTo,
  noteStop,
  previousStop,
  ringProcessing,
} from './boot-store.postgres.ts'
import { commitPostgresGroup, type GroupWriter, mostEntries } from './group-commit.postgres.ts'
import type { Journal, JournalFigures, JournalLimits } from './journal.ts'
import { journalReader } from './journal-store.postgres.ts'
import { reachOf } from './reach.ts'
import type { ReceiptKey } from './receipt.ts'
import { wakeCall } from './wake-call.ts'

/** What a node's journal is made of. */
export type PostgresJournalOptions = {
  /** May be shared; as many connections as groups in flight and two more should be there. */
  readonly db: Postgres
  readonly receiptKey: ReceiptKey
  /** The node's name, its own in the installation. */
  readonly node: string
  readonly version: string
  readonly limits: JournalLimits
  /** Groups at once; standard 4. */
  readonly inFlight?: number
  /** Told once each time that commits cannot be confirmed any more, and of every group that failed for a bug. */
  readonly onDoubt?: (reason: string) => void
}

/** Bytes of the bodies of a group at most. */
const mostBytes = 4 * 1024 * 1024
/** Milliseconds between two calls to processing at least. */
const ringEveryMs = 20
/** The database may be away for so long before arrivals are turned back unread, in milliseconds. */
const momentMs = 500

type Waiting = {
  readonly arrival: Arrival
  readonly resolve: (verdict: Verdict) => void
}

/**
 * Commits the start of this node, which shows that commits are confirmed, and opens the queue. Throws if that fails,
 * or if the sequence of positions lies behind the entries, as after a restore that forgot it.
 */
export async function startPostgresJournal(options: PostgresJournalOptions): Promise<Journal> {
  const { db, node, version } = options
  const position = await journalReader(db.pool).lastPosition()
  const drawn = await drawnUpTo(db.pool)
  if (position > drawn)
    throw new Error(
      `the last entry has position ${position}, but the sequence "groups" would give out ${drawn + 1} next; set it beyond the last entry`,
    )
  const before = await previousStop(db.pool, node)
  const bootId = await boot(db, node, Date.now(), version)
  return open(options, { position, previousStop: before }, () => noteStop(db, bootId, Date.now()))
}

function open(
  options: PostgresJournalOptions,
  start: Pick<JournalFigures, 'position' | 'previousStop'>,
  noteEnd: () => Promise<void>,
): Journal {
  const { db, receiptKey: key, node, limits, inFlight = 4, onDoubt = () => {} } = options
  const queue: Waiting[] = []
  /** Groups that are on their way: the oldest arrival of each, and how many it has. */
  const running = new Map<GroupWriter, { since: number; size: number }>()
  const idle: GroupWriter[] = Array.from({ length: inFlight }, (_, writer) => ({ db, key, node, writer }))
  const figures = { ...start, commits: 0, commitMs: 0 }
  const wake = wakeCall(() => ringProcessing(db.pool), ringEveryMs)
  const reach = reachOf(() => confirmOnce(db), onDoubt)
  let scheduled = false
  let stopped: Promise<void> | undefined
  let drained: (() => void) | undefined

  const commit = async (by: GroupWriter, group: readonly Waiting[]) => {
    const began = Date.now()
    const from = performance.now()
    let verdicts: Verdict[]
    try {
      const committed = await commitPostgresGroup(
        by,
        group.map((w) => w.arrival),
      )
      verdicts = committed.verdicts
      figures.position = Math.max(figures.position, committed.position ?? 0)
      figures.commits += 1
      figures.commitMs = performance.now() - from
      wake.ring()
    } catch (error) {
      const verdict = failed(error)
      if (verdict.lost) reach.lost(began, (error as Error).message)
      else if (verdict.why === 'io') onDoubt((error as Error).message)
      verdicts = group.map(() => ({ kind: 'failed', why: verdict.why }))
    }
    reached('journal.before-answer')
    for (const [i, { resolve }] of group.entries()) resolve(verdicts[i]!)
    running.delete(by)
    idle.push(by)
    send()
  }
  const send = () => {
    scheduled = false
    while (queue.length > 0 && idle.length > 0) {
      const group = takeGroup(queue)
      const by = idle.pop()!
      running.set(by, { since: group[0]!.arrival.receivedAt, size: group.length })
      void commit(by, group)
    }
    if (queue.length === 0 && running.size === 0) drained?.()
  }
  const stop = async () => {
    await new Promise<void>((resolve) => {
      drained = resolve
      send()
    })
    await Promise.all([wake.stop(), reach.stop()])
    await noteEnd().catch(() => {}) // the next start finds this one without an end
  }
  const waiting = () => {
    let count = queue.length
    for (const { size } of running.values()) count += size
    return count
  }
  const oldest = () => {
    let since = queue[0]?.arrival.receivedAt ?? Number.POSITIVE_INFINITY
    for (const group of running.values()) since = Math.min(since, group.since)
    return since
  }
  return {
    append(arrival) {
      if (stopped !== undefined) return Promise.resolve({ kind: 'failed', why: 'stopping' })
      return new Promise((resolve) => {
        queue.push({ arrival, resolve })
        if (scheduled) return
        scheduled = true
        setImmediate(send)
      })
    },
    overloaded: () =>
      waiting() >= limits.waiting || Date.now() - oldest() > limits.waitMs || reach.awayMs() > momentMs,
    figures: () => ({ ...figures, waiting: waiting() }),
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** Takes a group off the queue, at least one arrival. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let bytes = 0
  const end = queue.findIndex(({ arrival }, i) => {
    bytes += arrival.body.byteLength
    return i === mostEntries || (i > 0 && bytes > mostBytes)
  })
  return queue.splice(0, end === -1 ? queue.length : end)
}

/** What the arrivals of a group that failed are told, and whether the database is away. */
function failed(error: unknown): { why: 'full' | 'overloaded' | 'io'; lost: boolean } {
  const failure = postgresFailure(error)
  if (failure === 'full') return { why: 'full', lost: false }
  if (failure === 'busy') return { why: 'overloaded', lost: false }
  return { why: 'io', lost: failure !== 'none' }
}
