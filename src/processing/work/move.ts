// Moves a record on: whether the machine allows it, the row that tells of it, and its audit entry, in one transaction.
import type { StaffMember } from '../../identity/staff-store.ts'
import type { AuditLog } from '../../records/audit-log.ts'
import { commitment, newSalt } from '../../records/commitment.ts'
import { type MachineName, stateAfter, type Transition, transitionOf } from '../../records/workflow.ts'
import type { Later } from '../../storage/later.ts'
import type { Transaction } from '../../storage/transaction.ts'
import type { StaffRole } from '../../study/staff-roles.ts'
import type { StudyVersions } from '../../study/study-versions.ts'
import { Problem } from '../../system/problem.ts'
import type { Stores } from '../stores.ts'

/** What work is done with, all of it bound to one open transaction. */
export type WorkScene = {
  readonly tx: Transaction
  readonly stores: Stores
  readonly audit: AuditLog
  readonly versions: (studyId: string) => Later<StudyVersions | undefined>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Who does it: a member of the staff, or the system under a name such as `system:clock`. */
export type Worker = StaffMember | `system:${string}`

/** The record to be moved, as it stands; `state` null and revision 0: it is being made. */
export type Moving = {
  readonly machine: MachineName
  readonly studyId: string
  readonly patientId: string
  /** As in the audit log: `alert:12`. */
  readonly record: string
  readonly state: string | null
  readonly revision: number
}

/** What is on record of a move besides who and when. */
export type MoveFacts = {
  readonly said?: string | undefined
  /** Commitments to the record's content before and after, where the move changes it. */
  readonly before?: string
  readonly after?: string
  /** From when on it counts: an ISO instant. */
  readonly effectiveAt?: string
  /** What the system says in words, ids only. */
  readonly because?: string
  /** The state it leads to, where that does not follow from the machine alone. */
  readonly to?: string
}

/** Throws the Problem of a move that is not allowed; returns the transition. */
export function allowed(moving: Moving, name: string, worker: Worker): Transition {
  const doer = typeof worker === 'string' ? 'system' : (worker.role as StaffRole)
  const verdict = transitionOf(moving.machine, moving.state, name, doer)
  if (verdict.allowed) return verdict.transition
  if (verdict.why === 'no-permission')
    throw new Problem('permission.missing', { permission: verdict.permission, role: doer })
  throw new Problem('state.not-allowed', { state: moving.state ?? 'new', action: name })
}

/** Moves a record on; returns its state and revision. Throws Problems; the caller writes the record's own row. */
export async function move(
  scene: WorkScene,
  moving: Moving,
  name: string,
  worker: Worker,
  facts: MoveFacts = {},
): Promise<{ state: string; revision: number; leafIndex: number }> {
  const { tx, stores, audit, now } = scene
  const transition = allowed(moving, name, worker)
  const said = facts.said?.trim() ? facts.said : undefined
  if (transition.needs !== null && said === undefined)
    throw new Problem('reason.missing', { member: transition.needs })
  const before = transition.to === 'before' ? await stores.transitions.of(moving.studyId, moving.record) : []
  const state =
    facts.to ??
    stateAfter(
      transition,
      moving.state,
      before.map((t) => t.state),
    )
  const revision = moving.revision + 1
  const actor = typeof worker === 'string' ? worker : `member:${worker.staffId}`
  const role = typeof worker === 'string' ? null : worker.role
  const salt = newSalt()
  await stores.transitions.append(tx, {
    studyId: moving.studyId,
    record: moving.record,
    revision,
    transition: name,
    state,
    actor,
    role,
    at: now,
    said: said ?? null,
    salt,
  })
  const inWords = transition.needs === 'reason' ? said : facts.because
  // A note may tell of the patient: the log proves it and does not say it.
  const after = facts.after ?? (said === undefined ? undefined : commitment(salt, said, null))
  const leafIndex = await audit.append(tx, {
    at: new Date(now).toISOString(),
    actor,
    action: transition.audit,
    study: moving.studyId,
    patient: moving.patientId,
    record: moving.record,
    ...(facts.effectiveAt === undefined ? {} : { effectiveAt: facts.effectiveAt }),
    ...(facts.before === undefined ? {} : { before: facts.before }),
    ...(after === undefined ? {} : { after }),
    ...(inWords === undefined ? {} : { reason: inWords }),
  })
  return { state, revision, leafIndex }
}

/** Throws `record.changed` if the record is not at the revision that was seen. */
export function refuseOutdated(record: string, revision: number, seen: number): void {
  if (revision !== seen) throw new Problem('record.changed', { record, revision })
}
