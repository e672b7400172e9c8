// Walks a study's audit log and hands out every applied entry with what it was evaluated by: the journal's bytes, the
// study versions, the patient and the earlier entries, each as it was then (P11). Streams; reads alone.
import type { JournalEntry } from '../intake/journal-store.ts'
import type { WantedAnswers } from '../records/change-store.ts'
import type { PastLeaf, PastState } from '../records/past-state.ts'
import {
  type ChangedForProof,
  type RecomputeStore,
  recomputeAtOnce,
  type StoredForProof,
  type StoredScore,
} from '../records/recompute-store.ts'
import type { StudyPlan } from '../study/plan.ts'
import { type EarlierEntry, earlierOf, historyAsLooked, type Looked } from '../study/rules/history.ts'
import { isDated } from '../study/schedule/schedule-plan.ts'
import type { Evaluated } from './decide.ts'
import { type FilledThen, filledThen } from './filled-then.ts'

/** What a leaf says of an applied entry. */
export type AppliedLeaf = PastLeaf & {
  readonly entry?: { readonly position: number; readonly sha256: string }
}

/** One applied entry. What is not there any more is undefined: the proof will say so. */
export type AppliedEntry = {
  readonly leafIndex: number
  readonly leaf: AppliedLeaf
  readonly position: number
  readonly response: StoredForProof | undefined
  readonly entry: JournalEntry | undefined
  readonly scores: readonly StoredScore[] | undefined
  /** What the evaluation may look at, as it was. */
  readonly asOf: Evaluated
}

/** A change of a response by staff, with the answers that it and those before it asked for. */
export type ChangedResponse = {
  readonly leafIndex: number
  readonly leaf: AppliedLeaf
  readonly changed: ChangedForProof
  readonly entry: JournalEntry | undefined
  readonly wanted: readonly WantedAnswers[]
  readonly asOf: Evaluated
}

export type WalkOrder = {
  readonly studyId: string
  readonly store: RecomputeStore
  readonly past: PastState
  /** Only this patient's entries. */
  readonly patientId?: string
  /** Whether placing asks which occasions were filled before; see {@link asksWhatIsFilled}. */
  readonly tracksFilled: boolean
  /** Leaves to look at: those before it. */
  readonly size: number
  readonly tell?: (done: number, total: number) => void
  readonly applied: (entry: AppliedEntry) => void | Promise<void>
  readonly changed: (change: ChangedResponse) => void | Promise<void>
}

const leavesAtOnce = 5 * recomputeAtOnce

/** Calls `applied` and `changed` in the order of the log. */
export async function walkApplied(order: WalkOrder): Promise<void> {
  const { studyId, store, size } = order
  const filled = order.tracksFilled ? filledThen() : null
  for (let at = 0; at < size; at += leavesAtOnce) {
    const leaves = await store.leaves(studyId, at, Math.min(size, at + leavesAtOnce))
    const parsed = leaves.map(({ index, leaf }) => ({ index, leaf: JSON.parse(leaf) as AppliedLeaf }))
    const wanted = parsed.filter(({ leaf }) => isWanted(leaf, order.patientId))
    const read = await readAll(
      store,
      wanted.map(({ leaf }) => positionOf(leaf)),
    )
    for (const { index, leaf } of parsed) {
      if (leaf.action === 'submission.applied') {
        if (isWanted(leaf, order.patientId)) {
          const applied = entryOf(order, index, leaf, read, filled)
          await order.applied(applied)
          const { patientId = '', form = '', occasion = '' } = applied.response ?? {}
          filled?.applied({ patientId, form, occasion }, applied.position)
        }
      } else if (leaf.record.startsWith('response:')) {
        await tellChange(order, index, leaf, filled)
        if (filled?.isAbout(leaf.action) === true) await noteDecision(order, leaf, filled)
      } else order.past.note(leaf)
    }
    order.tell?.(Math.min(size, at + leavesAtOnce), size)
  }
}

const isWanted = (leaf: AppliedLeaf, patientId: string | undefined): boolean =>
  leaf.action === 'submission.applied' && (patientId === undefined || leaf.patient === patientId)

const positionOf = ({ record }: AppliedLeaf): number => Number(record.slice('response:'.length))

type Read = {
  readonly responses: ReadonlyMap<number, StoredForProof>
  readonly entries: ReadonlyMap<number, JournalEntry>
  readonly scores: ReadonlyMap<number, readonly StoredScore[]>
  /** What was looked at by each response that looked back, and the records of what it looked at. */
  readonly looked: ReadonlyMap<number, Looked>
  readonly records: ReadonlyMap<string, string>
}

async function readAll(store: RecomputeStore, positions: readonly number[]): Promise<Read> {
  const responses = await inPieces(positions, (piece) => store.responses(piece))
  const looked = new Map<number, Looked>()
  for (const [position, { effect }] of responses) {
    const seen = effect.includes('"looked":') ? lookedOf(effect) : undefined
    if (seen !== undefined) looked.set(position, seen)
  }
  const earlier = [...looked.values()].flatMap(positionsIn)
  return {
    responses,
    entries: await inPieces(positions, (piece) => store.entries(piece)),
    scores: await inPieces(positions, (piece) => store.scores(piece)),
    looked,
    records: await inPieces([...new Set(earlier)], (piece) => store.versions(piece)),
  }
}

/** The entries that were looked at. */
const positionsIn = ({ filled, events = [] }: Looked): number[] => [
  ...Object.values(filled).filter((position) => position !== null),
  ...events,
]

/** A damaged text says nothing about what was looked at. */
function lookedOf(effect: string): Looked | undefined {
  try {
    return (JSON.parse(effect) as { looked?: Looked }).looked
  } catch {
    return undefined
  }
}

async function inPieces<K, V>(
  positions: readonly number[],
  read: (piece: readonly number[]) => Promise<Map<K, V>>,
): Promise<Map<K, V>> {
  const all = new Map<K, V>()
  for (let at = 0; at < positions.length; at += recomputeAtOnce)
    for (const [key, value] of await read(positions.slice(at, at + recomputeAtOnce))) all.set(key, value)
  return all
}

/** Whether a plan has windows that go by once a day, for which placing asks what is filled. Others need no memory of it. */
export const asksWhatIsFilled = (plan: StudyPlan): boolean =>
  [...plan.forms.values()].some(({ schedules }) =>
    schedules.some((schedule) => isDated(schedule) && schedule.travel === 'once-a-day'),
  )

function entryOf(
  { past }: WalkOrder,
  leafIndex: number,
  leaf: AppliedLeaf,
  read: Read,
  filled: FilledThen | null,
): AppliedEntry {
  const position = positionOf(leaf)
  return {
    leafIndex,
    leaf,
    position,
    response: read.responses.get(position),
    entry: read.entries.get(position),
    scores: read.scores.get(position),
    asOf: asOf(past, read.looked.get(position), read.records, filled),
  }
}

/** What an evaluation at this place of the log may look at; of a change, only entries `before` the one changed. */
function asOf(
  past: PastState,
  looked: Looked = { filled: {} },
  records: ReadonlyMap<string, string>,
  filled: FilledThen | null,
  before = Number.POSITIVE_INFINITY,
): Evaluated {
  const entryAt = (at: number, version: number): EarlierEntry | undefined => {
    const effect = records.get(`${at}.${version}`)
    return effect === undefined ? undefined : earlierOf(at, effect, version)
  }
  const history = historyAsLooked(looked, entryAt)
  return {
    versions: () => past.versions(),
    patient: (_study, patientId) => past.patient(patientId),
    history: ({ patientId, form }) =>
      filled === null
        ? history
        : {
            ...history,
            filled(occasion) {
              const by = history.filled(occasion) ?? filled.by({ patientId, form, occasion })
              return by !== undefined && by < before ? by : undefined
            },
          },
  }
}

async function tellChange(
  { store, past, changed, patientId }: WalkOrder,
  leafIndex: number,
  leaf: AppliedLeaf,
  filled: FilledThen | null,
): Promise<void> {
  if (patientId !== undefined && leaf.patient !== patientId) return
  const position = positionOf(leaf)
  const row = await store.changed(position, leafIndex)
  if (row === undefined) return
  const looked = lookedOf(row.effect)
  const wanted = (await store.wanted(position, row.version)).map((text) => JSON.parse(text) as WantedAnswers)
  const records = await inPieces(looked === undefined ? [] : positionsIn(looked), (piece) =>
    store.versions(piece),
  )
  const entry = (await store.entries([position])).get(position)
  const then = asOf(past, looked, records, filled, position)
  await changed({ leafIndex, leaf, changed: row, entry, wanted, asOf: then })
}

/** Staff declared a response void, restored it, or chose it. */
async function noteDecision(
  { store, patientId }: WalkOrder,
  leaf: AppliedLeaf,
  filled: FilledThen,
): Promise<void> {
  if (patientId !== undefined && leaf.patient !== patientId) return
  const position = positionOf(leaf)
  const response = (await store.responses([position])).get(position)
  if (response !== undefined) filled.decided(leaf.action, response, position)
}
