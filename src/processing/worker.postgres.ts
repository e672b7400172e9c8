// The processing of the journal on PostgreSQL: each batch is one transaction that locks slots, takes the first
// entries that wait there, and writes what they lead to. Any number of nodes do this at once; two never hold one
// slot, so a lane's order holds, and what a dead node held comes free with its connection.
//
// Way of an entry, as embedded (worker.ts): waiting → applied | quarantined | retrying → applied | quarantined | dead.
// If a batch fails for one entry's sake, its entries are taken one by one and only that entry is held. Entries that
// died with an attempt are taken one by one as well; one that two deaths point to is held and then runs in a child.
import { isSigned } from '../intake/head.ts'
import type { SecondBody } from '../intake/journal-store.ts'
import { slots as slotCount, slotOf } from '../intake/slot.ts'
import type { Patient } from '../records/patient-store.ts'
import { addSigned } from '../records/signature-check-store.postgres.ts'
import { clientOf, inPostgresTransaction, type Postgres, postgresFailure } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { PatientCourse } from '../study/course.ts'
import { reached } from '../system/points.ts'
import type { AttemptStore } from './attempt-store.postgres.ts'
import { writeDecided } from './batch-writer.postgres.ts'
import { mostSecondBodies } from './conflicts.ts'
import { courseAfter } from './course-book.ts'
import {
  afterLane,
  type Decided,
  deathsUntilAlone,
  decide,
  failed,
  type Result,
  suspected,
  willRetry,
} from './decide.ts'
import { type BatchDecision, decideWithHistory, gatheredHistory } from './gathered-history.postgres.ts'
import { openLanes } from './lane.ts'
import { sharePlans } from './lock-store.postgres.ts'
import { closedLanes } from './retry-store.postgres.ts'
import type { VersionsOf } from './study-plans.postgres.ts'
import {
  removeWaiting,
  takeSlots,
  unnoticedBodies,
  type WaitingEntry,
  waitingEntries,
} from './waiting-store.postgres.ts'

/** What worker and retrier of a node work with. */
export type NodeDeps = {
  readonly db: Postgres
  /** Connections that no batch uses, for what must be on record whatever becomes of the batch. */
  readonly apart: Postgres
  readonly versions: (db: ReturnType<typeof clientOf>) => Promise<VersionsOf>
  readonly now: () => number
  readonly random: () => number
  /** Evaluates under the eyes of the watchdog. */
  readonly watched: <T>(evaluate: () => T) => T
}

export type WorkerDeps = NodeDeps & {
  readonly attempts: AttemptStore
  /** Called after each commit with the receipt times of the entries taken in it. */
  readonly onApplied: (receivedAt: readonly number[], at: number) => void
}

/** Entries in a batch at most: as many as share a flush well, and few enough not to keep other nodes waiting. */
export const batchSize = 500
const slotsOfPart = 64

export type PostgresWorker = {
  /**
   * Takes a batch, or suspects one by one; returns how many entries it took. 0: nothing waits that another node does
   * not hold. May be called again before it has ended. Throws what the database throws; then it may be called again.
   */
  takeBatch(): Promise<number>
  /** The last position this node has taken. */
  position(): number
}

/** What a transaction is to take. `alone`: one entry, because it or another of its slot is suspect. */
type Batch = {
  readonly entries: readonly WaitingEntry[]
  readonly noticed: readonly SecondBody[]
  readonly alone: boolean
  readonly deaths: number
}
/** What a transaction has begun to take, for the case that it fails. */
type Tried = { marker: number | undefined; positions: number[]; alone: boolean }

export function postgresWorker(deps: WorkerDeps): PostgresWorker {
  const { db, attempts } = deps
  let firstSlot = slotOf(db.name, '')
  let position = 0
  // While there is more than one batch can take, each takes a part of the slots, so that other nodes find some.
  let isBehind = false
  // Entries of a batch that failed for one entry's sake, and among them those that failed alone.
  const suspects = new Set<number>()
  const failing = new Set<number>()

  /** Locks slots and chooses the entries to take: a batch, or one entry where one of its slot is suspect. */
  const choose = async (tx: Transaction): Promise<Batch> => {
    await sharePlans(tx)
    const slots = await takeSlots(tx, firstSlot, isBehind ? slotsOfPart : slotCount)
    if (slots.length > 0) firstSlot = (slots.at(-1)! + 1) % slotCount
    const entries = slots.length === 0 ? [] : await waitingEntries(tx, slots, batchSize)
    const noticed = await unnoticedBodies(tx, mostSecondBodies)
    const deaths = entries.length === 0 ? noDeaths : await attempts.deaths(tx, positionsOf(entries))
    const suspect = entries.find((e) => deaths.has(e.position) || suspects.has(e.position))
    if (suspect === undefined) return { entries, noticed, alone: false, deaths: 0 }
    const first = entries.find((e) => e.slot === suspect.slot)!
    return { entries: [first], noticed, alone: true, deaths: deaths.get(first.position) ?? 0 }
  }

  const decideAll = async (tx: Transaction, { entries, deaths }: Batch): Promise<Decided[]> => {
    const lanes = openLanes(await closedLanes(tx, [...new Set(entries.map((e) => e.slot))]))
    const versions = await deps.versions(clientOf(tx))
    let patient: Patient | undefined
    // A patient's earlier entry of this batch may have told of another zone.
    const seen = new Map<string, Patient>()
    const history = gatheredHistory()
    const surroundings = { ...deps, versions, lanes, patient: () => patient, history: history.of }
    if (deaths >= deathsUntilAlone) return entries.map((entry) => suspected(entry, deaths, surroundings))
    const closing: Decided[] = []
    const known = (entry: WaitingEntry) => seen.get(`${entry.studyId} ${entry.patientId}`) ?? entry.patient
    const batch: BatchDecision<WaitingEntry> = {
      begin() {
        closing.length = 0
        seen.clear()
      },
      decide(entry) {
        patient = known(entry)
        const decided = decide(entry, surroundings)
        return failing.has(entry.position) ? { ...decided, result: failed(1, deps) } : decided
      },
      settle(entry, decided) {
        const before = known(entry)
        const course = before === undefined ? null : courseSeen(before, decided.result)
        if (before !== undefined && course !== null)
          seen.set(`${entry.studyId} ${entry.patientId}`, { ...before, course })
        const settled = afterLane(decided, closing)
        if (willRetry(settled)) closing.push(settled)
        return settled
      },
    }
    return decideWithHistory(tx, entries, history, batch, deps.watched)
  }

  /** Chooses and takes, in one transaction. */
  const takeChosen = (tried: Tried, now: number): Promise<readonly WaitingEntry[]> =>
    inPostgresTransaction(db, async (tx) => {
      const chosen = await choose(tx)
      const { entries, noticed, alone, deaths } = chosen
      if (entries.length === 0) {
        if (noticed.length > 0) await writeDecided(tx, [], noticed, now)
        return entries
      }
      reached('processing.before-batch')
      const positions = positionsOf(entries)
      const marker = await attempts.begin(positions, deaths)
      Object.assign(tried, { marker, positions, alone })
      reached('processing.marked')
      try {
        const decided = await decideAll(tx, chosen)
        await attempts.end(tx, marker, positions, deaths > 0)
        await removeWaiting(tx, entries)
        await addSigned(tx, entries.filter(isSigned))
        await writeDecided(tx, decided, noticed, now)
        reached('processing.before-commit')
      } catch (error) {
        // Before the slots come free, so that no other node takes a failure for a death.
        await attempts.forget(marker)
        throw error
      }
      return entries
    })

  /** Takes once. Entries of a batch that failed for one's sake become suspects. */
  const takeOnce = async (): Promise<{ taken: number; alone: boolean }> => {
    const now = deps.now()
    const tried: Tried = { marker: undefined, positions: [], alone: false }
    try {
      const entries = await takeChosen(tried, now)
      if (entries.length > 0) reached('processing.after-commit')
      isBehind = tried.alone || entries.length === batchSize
      done(entries, now)
      return { taken: entries.length, alone: tried.alone }
    } catch (error) {
      const { marker, positions } = tried
      if (marker === undefined) throw error
      await attempts.forget(marker)
      if (postgresFailure(error) !== 'none' || positions.some((p) => failing.has(p))) throw error
      for (const p of positions) (positions.length === 1 ? failing : suspects).add(p)
      return { taken: 0, alone: true }
    }
  }

  const done = (entries: readonly WaitingEntry[], now: number) => {
    for (const { position: p } of entries) {
      suspects.delete(p)
      failing.delete(p)
      position = Math.max(position, p)
    }
    if (entries.length > 0)
      deps.onApplied(
        entries.map((e) => e.receivedAt),
        now,
      )
  }

  return {
    async takeBatch() {
      let sum = 0
      for (;;) {
        const { taken, alone } = await takeOnce()
        sum += taken
        if (!alone || sum >= batchSize) return sum
      }
    },
    position: () => position,
  }
}

/** The patient's course with the zone that the entry told of, null where it told of none that is new. */
const courseSeen = (patient: Patient, result: Result): PatientCourse | null =>
  result.kind === 'apply' && result.effect.seen !== undefined
    ? courseAfter(patient, result.effect.seen)
    : null

const noDeaths: ReadonlyMap<number, number> = new Map()

const positionsOf = (entries: readonly WaitingEntry[]): number[] => entries.map((e) => e.position)
