// What a named person does with entries that processing could not apply: try again, or set aside. Both need
// a reason and leave an audit entry; nothing is deleted.
import type { JournalReader } from '../intake/journal-store.sqlite.ts'
import { listConflicts, setConflictAside } from '../records/conflict-store.sqlite.ts'
import type { Transaction } from '../storage/sqlite.ts'
import { Problem } from '../system/problem.ts'
import { type Books, count, type Tally } from './apply.ts'
import type { Lanes } from './lane.ts'

export type Decision = { readonly actor: string; readonly reason: string }
type Deps = { readonly books: Books; readonly journal: JournalReader; readonly lanes: Lanes }

/** Makes a dead or quarantined entry due again, from its first attempt. Throws a Problem in any other state. */
export function retryHeld(
  tx: Transaction,
  deps: Deps,
  position: number,
  decision: Decision,
  now: number,
): void {
  const { books } = deps
  const held = heldAt(deps, position, 'retry')
  books.held.put(tx, {
    ...held,
    state: 'retrying',
    attempts: 0,
    attempting: false,
    nextAttemptAt: now,
    setAsideAt: undefined,
  })
  const tally: Tally = new Map()
  count(tally, held.studyId, 'retrying', held.state)
  for (const [studyId, row] of tally) books.ledger.move(tx, studyId, row)
  note(tx, deps, held, 'submission.retried', decision, now)
}

/** Marks a dead or quarantined entry as dealt with; it keeps its state and stays in the ledger. */
export function setHeldAside(
  tx: Transaction,
  deps: Deps,
  position: number,
  decision: Decision,
  now: number,
): void {
  const held = heldAt(deps, position, 'set-aside')
  if (held.setAsideAt !== undefined)
    throw new Problem('state.not-allowed', { state: 'set aside', action: 'set-aside' })
  deps.books.held.put(tx, { ...held, setAsideAt: now })
  note(tx, deps, held, 'submission.set-aside', decision, now)
}

/** Marks a conflict as dealt with. */
export function setConflictAsideBy(
  tx: Transaction,
  deps: Deps,
  secondBodyId: number,
  decision: Decision,
  now: number,
): void {
  const conflict = listConflicts(tx.db, false, 100_000).find((c) => c.secondBodyId === secondBodyId)
  if (conflict === undefined || !setConflictAside(tx, secondBodyId, now)) {
    throw new Problem('record.not-found', { record: `open conflict ${secondBodyId}` })
  }
  deps.books.audit.append(tx, {
    at: new Date(now).toISOString(),
    actor: decision.actor,
    action: 'conflict.set-aside',
    study: conflict.studyId,
    patient: conflict.patientId,
    record: `second-body:${secondBodyId}`,
    reason: decision.reason,
  })
}

/** Puts on record that somebody reads the answers of an entry as the device sent them. */
export function noteReading(
  tx: Transaction,
  deps: Deps,
  position: number,
  decision: Decision,
  now: number,
): void {
  const entry = deps.journal.entryAt(position)
  if (entry === undefined) throw new Problem('record.not-found', { record: `entry ${position}` })
  const { studyId: study, patientId: patient, logIndex, sha256 } = entry
  deps.books.audit.append(tx, {
    at: new Date(now).toISOString(),
    actor: decision.actor,
    action: 'source.read',
    study,
    patient,
    record: `entry:${position}`,
    entry: { position, logIndex, sha256 },
    reason: decision.reason,
  })
}

function heldAt(deps: Deps, position: number, action: string) {
  const held = deps.books.held.at(position)
  if (held === undefined) throw new Problem('record.not-found', { record: `held entry ${position}` })
  if (held.state !== 'dead' && held.state !== 'quarantined') {
    throw new Problem('state.not-allowed', { state: held.state, action })
  }
  return { ...held, state: held.state }
}

type HeldNow = ReturnType<typeof heldAt>

function note(
  tx: Transaction,
  deps: Deps,
  held: HeldNow,
  action: string,
  decision: Decision,
  now: number,
): void {
  const entry = deps.journal.entryAt(held.position)!
  deps.books.audit.append(tx, {
    at: new Date(now).toISOString(),
    actor: decision.actor,
    action,
    study: held.studyId,
    patient: held.patientId,
    record: `entry:${held.position}`,
    entry: { position: entry.position, logIndex: entry.logIndex, sha256: entry.sha256 },
    reason: decision.reason,
  })
}
