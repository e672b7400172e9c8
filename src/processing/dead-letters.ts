// What a named person does with entries that processing could not apply: try again, or set aside. Both need
// a reason and leave an audit entry; nothing is deleted.
import type { SourceEntry } from '../intake/journal-store.ts'
import type { AuditLog } from '../records/audit-log.ts'
import type { Held, HeldState } from '../records/held-store.ts'
import { machines } from '../records/workflow.ts'
import type { Transaction } from '../storage/transaction.ts'
import { Problem } from '../system/problem.ts'
import type { Stores } from './stores.ts'
import { count, type Tally } from './tally.ts'

export type Decision = { readonly actor: string; readonly reason: string }
type Deps = { readonly stores: Stores; readonly audit: AuditLog }

/** Makes a dead or quarantined entry due again, from its first attempt. Throws a Problem in any other state. */
export async function retryHeld(
  tx: Transaction,
  deps: Deps,
  position: number,
  decision: Decision,
  now: number,
): Promise<void> {
  const { stores } = deps
  const held = await heldAt(deps, position, 'retry')
  await stores.held.put(tx, {
    ...held,
    state: 'retrying',
    attempts: 0,
    attempting: false,
    nextAttemptAt: now,
    setAsideAt: undefined,
  })
  const tally: Tally = new Map()
  count(tally, held.studyId, 'retrying', held.state)
  for (const [studyId, row] of tally) await stores.ledger.move(tx, studyId, row)
  await note(tx, deps, (await deps.stores.journal.entryAt(position))!, 'submission.retried', decision, now)
}

/** Marks a dead or quarantined entry as dealt with; it keeps its state and stays in the ledger. */
export async function setHeldAside(
  tx: Transaction,
  deps: Deps,
  position: number,
  decision: Decision,
  now: number,
): Promise<void> {
  const held = await heldAt(deps, position, 'set-aside')
  if (held.setAsideAt !== undefined)
    throw new Problem('state.not-allowed', { state: 'set aside', action: 'set-aside' })
  await deps.stores.held.put(tx, { ...held, setAsideAt: now })
  await note(tx, deps, (await deps.stores.journal.entryAt(position))!, 'submission.set-aside', decision, now)
}

/** Marks a conflict as dealt with. */
export async function setConflictAsideBy(
  tx: Transaction,
  deps: Deps,
  secondBodyId: number,
  decision: Decision,
  now: number,
): Promise<void> {
  const conflict = await deps.stores.conflicts.setAside(tx, secondBodyId, now)
  if (conflict === undefined)
    throw new Problem('record.not-found', { record: `open conflict ${secondBodyId}` })
  await deps.audit.append(tx, {
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
export async function noteReading(
  tx: Transaction,
  deps: Deps,
  position: number,
  decision: Decision,
  now: number,
): Promise<void> {
  const entry = await deps.stores.journal.entryAt(position)
  if (entry === undefined) throw new Problem('record.not-found', { record: `entry ${position}` })
  await note(tx, deps, entry, 'source.read', decision, now)
}

async function heldAt(deps: Deps, position: number, action: 'retry' | 'set-aside'): Promise<HeldNow> {
  const held = await deps.stores.held.at(position)
  if (held === undefined) throw new Problem('record.not-found', { record: `held entry ${position}` })
  if (!machines.submission[action].from?.includes(held.state))
    throw new Problem('state.not-allowed', { state: held.state, action })
  return held as HeldNow
}

type HeldNow = Held & { state: Exclude<HeldState, 'retrying' | 'done'> }

/** Puts an action on an entry on record. */
async function note(
  tx: Transaction,
  deps: Deps,
  { studyId: study, patientId: patient, position, logIndex, sha256 }: SourceEntry,
  action: string,
  decision: Decision,
  now: number,
): Promise<void> {
  await deps.audit.append(tx, {
    at: new Date(now).toISOString(),
    actor: decision.actor,
    action,
    study,
    patient,
    record: `entry:${position}`,
    entry: { position, logIndex, sha256 },
    reason: decision.reason,
  })
}
