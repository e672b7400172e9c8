// Earlier entries for a batch on PostgreSQL. Evaluations ask and cannot wait: what they ask for and is not there yet is
// noted, read in one go, and those evaluations run again. Studies whose rules do not look back never ask, and pay
// nothing. Entries of the batch itself count as earlier ones of those behind them, as they do on SQLite.
import {
  readEvents,
  readOccasions,
  type WantedEvents,
  type WantedOccasion,
} from '../records/history-store.postgres.ts'
import type { PatientForm } from '../records/history-store.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type EarlierEntry, earlierOf, type HistoryReader, mostEvents } from '../study/rules/history.ts'
import type { Decided } from './decide.ts'
import { type Effect, effectText } from './effect.ts'

/** An event and when it was completed. */
type Timed = { readonly completedAt: number; readonly entry: EarlierEntry }
type Filled = { readonly position: number; readonly entry: EarlierEntry | undefined } | null

export type GatheredHistory = {
  /** For `Surroundings.history`. */
  of(key: PatientForm): HistoryReader
  /** Evaluates; false in `isComplete` where something it asked for was not there. */
  attempt<T>(evaluate: () => T): { readonly result: T; readonly isComplete: boolean }
  /** Reads what was asked for. */
  fetch(tx: Transaction): Promise<void>
  /** Begins the batch anew: no entry of it has been decided. */
  rewind(): void
  /** From here on an entry of the batch is an earlier one. */
  note(decided: Decided): void
}

/** An empty one, for one transaction that holds the slots of its patients. */
export function gatheredHistory(): GatheredHistory {
  const occasions = new Map<string, Filled>()
  const events = new Map<string, readonly Timed[]>()
  const wantedOccasions = new Map<string, WantedOccasion>()
  const wantedEvents = new Map<string, WantedEvents>()
  let ahead: Decided[] = []
  let isComplete = true

  /** What the database says of an occasion, then what is ahead in the batch. */
  const look = (key: PatientForm, occasion: string, whole: boolean): Filled => {
    const name = textOf(key, occasion)
    const known = occasions.get(name)
    if (known === undefined || (whole && known !== null && known.entry === undefined)) {
      wantedOccasions.set(name, { ...key, occasion, whole })
      isComplete = false
    }
    return known ?? filledAhead(ahead, key, occasion)
  }

  return {
    of: (key) => ({
      filled: (occasion) => look(key, occasion, false)?.position,
      entry: (occasion) => look(key, occasion, true)?.entry,
      events(fromMs, toMs) {
        const name = textOf(key, `${fromMs} ${toMs}`)
        const known = events.get(name)
        if (known === undefined) {
          wantedEvents.set(name, { ...key, fromMs, toMs })
          isComplete = false
        }
        const own = eventsAhead(ahead, key, fromMs, toMs)
        return [...(known ?? []), ...own]
          .sort(latestFirst)
          .slice(0, mostEvents)
          .map(({ entry }) => entry)
      },
    }),
    attempt(evaluate) {
      isComplete = true
      const result = evaluate()
      return { result, isComplete }
    },
    async fetch(tx) {
      const names = [...wantedOccasions.keys()]
      const filled = await readOccasions(tx, [...wantedOccasions.values()])
      for (const [place, name] of names.entries()) occasions.set(name, filled.get(place) ?? null)
      const spans = [...wantedEvents.keys()]
      const found = await readEvents(tx, [...wantedEvents.values()])
      for (const [place, span] of spans.entries()) events.set(span, found.get(place) ?? [])
      wantedOccasions.clear()
      wantedEvents.clear()
    },
    rewind() {
      ahead = []
    },
    note(decided) {
      if (decided.result.kind === 'apply') ahead.push(decided)
    },
  }
}

/** How a batch is decided; all of it may run more than once. */
export type BatchDecision<E> = {
  /** No entry of the batch has been decided. */
  begin(): void
  /** The same for the same history. */
  decide(entry: E): Decided
  /** In the order of the entries: what follows from a decision, and from those before it. */
  settle(entry: E, decided: Decided): Decided
}

/**
 * Decides the entries of a batch, each with what is earlier than it. `watched` runs evaluations under the eyes of the
 * watchdog.
 */
export async function decideWithHistory<E>(
  tx: Transaction,
  entries: readonly E[],
  history: GatheredHistory,
  batch: BatchDecision<E>,
  watched: <T>(evaluate: () => T) => T,
): Promise<Decided[]> {
  const known: { readonly result: Decided; readonly isComplete: boolean }[] = []
  for (;;) {
    const again = known.length > 0
    history.rewind()
    batch.begin()
    const settled = watched(() =>
      entries.map((entry, index) => {
        const one = known[index]
        const attempt = one?.isComplete === true ? one : history.attempt(() => batch.decide(entry))
        known[index] = attempt
        const decided = batch.settle(entry, attempt.result)
        if (again) history.note(decided)
        return decided
      }),
    )
    if (known.every(({ isComplete }) => isComplete)) return settled
    await history.fetch(tx)
  }
}

/** Decides one entry, again for as long as it asks for more. */
export async function withHistory<T>(
  tx: Transaction,
  evaluate: (history: GatheredHistory['of']) => T,
): Promise<T> {
  const history = gatheredHistory()
  for (;;) {
    const { result, isComplete } = history.attempt(() => evaluate(history.of))
    if (isComplete) return result
    await history.fetch(tx)
  }
}

const textOf = ({ studyId, patientId, form }: PatientForm, what: string): string =>
  JSON.stringify([studyId, patientId, form, what])

const latestFirst = (a: Timed, b: Timed): number =>
  b.completedAt - a.completedAt || b.entry.position - a.entry.position

function* effectsOf(ahead: readonly Decided[], key: PatientForm): Generator<[position: number, Effect]> {
  for (const { entry, result } of ahead)
    if (
      result.kind === 'apply' &&
      entry.studyId === key.studyId &&
      entry.patientId === key.patientId &&
      result.effect.form === key.form
    )
      yield [entry.position, result.effect]
}

const earlierOfEffect = (position: number, effect: Effect): EarlierEntry =>
  earlierOf(position, effectText(effect, []))

/** The first of the batch that fills the occasion. */
function filledAhead(ahead: readonly Decided[], key: PatientForm, occasion: string): Filled {
  for (const [position, effect] of effectsOf(ahead, key))
    if (effect.occasion === occasion) return { position, entry: earlierOfEffect(position, effect) }
  return null
}

function eventsAhead(ahead: readonly Decided[], key: PatientForm, fromMs: number, toMs: number): Timed[] {
  return [...effectsOf(ahead, key)].flatMap(([position, effect]) => {
    const { completedAt, isEvent } = effect
    return isEvent && completedAt > fromMs && completedAt <= toMs
      ? [{ completedAt, entry: earlierOfEffect(position, effect) }]
      : []
  })
}
