// The state machines of the trial's records, as data: what moves a record from which state to which, who may do it and
// what must be said with it. Source: ICH E6(R3) 3.16.1(i)-(j), 4.2.4 (corrections), 21 CFR 11.10(f)-(g) (permitted
// order and authority), 11.70 (signatures), and the rules of docs/workflow.md.
//
// Pure. `transitionOf` is the only place that says whether something is allowed; stores and doors ask it.
import type { StaffRole } from '../study/staff-roles.ts'
import { may, type Permission } from './permissions.ts'

/** `system` stands for processing and the clock; nobody can act in its name. */
export type Doer = StaffRole | 'system'

/** What must be said with a transition. A note is kept beside the record, a reason also in the audit log in words. */
export type Needs = 'note' | 'reason' | null

/**
 * Where a transition leads: a state; `same`, it stays where it is; `before`, to the state in which the record last
 * counted.
 */
type Target = string

/** One way from states to a state. `from` null: it makes the record. */
export type Transition = {
  readonly from: readonly string[] | null
  readonly to: Target
  readonly by: Permission | 'system'
  readonly needs: Needs
  /** Action of the audit entry. */
  readonly audit: string
}

type Machine = Readonly<Record<string, Transition>>

const way = (
  from: string | null,
  to: Target,
  by: Transition['by'],
  audit: string,
  needs: Needs = null,
): Transition => ({ from: from === null ? null : from.split(' '), to, by, needs, audit })

/** One due instance of a form. Its states before `submitted` follow from schedule and clock and are not stored. */
const occasion = {
  open: way('planned', 'open', 'system', 'occasion.opened'),
  submit: way('open missed', 'submitted', 'system', 'submission.applied'),
  miss: way('open', 'missed', 'system', 'occasion.missed'),
  'set-not-evaluable': way(
    'planned open missed',
    'not-evaluable',
    'occasions.judge',
    'patient.not-evaluable',
    'reason',
  ),
} satisfies Machine

/** What the device sent. Only a named person moves on what was quarantined or given up; set aside is a mark on it. */
const submission = {
  check: way('received', 'checked', 'system', 'submission.checked'),
  apply: way('checked retrying', 'applied', 'system', 'submission.applied'),
  quarantine: way('received checked retrying', 'quarantined', 'system', 'submission.quarantined'),
  hold: way('received checked', 'retrying', 'system', 'submission.retrying'),
  'give-up': way('retrying', 'dead', 'system', 'submission.dead'),
  retry: way('quarantined dead', 'retrying', 'submissions.release', 'submission.retried', 'reason'),
  'set-aside': way('quarantined dead', 'same', 'submissions.release', 'submission.set-aside', 'reason'),
} satisfies Machine

/** The stored answers of an entry. `duplicate` is a second entry for an occasion that another one fills. */
const response = {
  supersede: way('submitted superseded', 'superseded', 'system', 'response.superseded'),
  void: way('submitted superseded duplicate', 'void', 'responses.void', 'response.voided', 'reason'),
  restore: way('void', 'before', 'responses.void', 'response.restored', 'reason'),
  choose: way('duplicate', 'before', 'responses.choose', 'response.chosen', 'reason'),
  yield: way('submitted superseded', 'duplicate', 'system', 'response.not-chosen'),
} satisfies Machine

/** It never closes by itself. */
const alert = {
  deliver: way('raised', 'delivered', 'system', 'alert.delivered'),
  open: way('raised delivered', 'opened', 'alerts.acknowledge', 'alert.opened'),
  acknowledge: way(
    'raised delivered opened',
    'acknowledged',
    'alerts.acknowledge',
    'alert.acknowledged',
    'note',
  ),
  resolve: way('acknowledged', 'resolved', 'alerts.resolve', 'alert.resolved', 'note'),
  escalate: way('raised delivered opened', 'same', 'system', 'alert.escalated'),
} satisfies Machine

const query = {
  ask: way(null, 'open', 'queries.open', 'query.opened', 'note'),
  answer: way('open reopened', 'answered', 'queries.answer', 'query.answered', 'note'),
  close: way('answered', 'closed', 'queries.close', 'query.closed'),
  reopen: way('answered', 'reopened', 'queries.close', 'query.reopened', 'note'),
  cancel: way('open reopened', 'cancelled', 'queries.open', 'query.cancelled', 'note'),
} satisfies Machine

/** A data-change request. The investigator decides, never the sponsor; what is approved is applied at once. */
const change = {
  draft: way(null, 'draft', 'changes.draft', 'change.drafted', 'reason'),
  submit: way('draft', 'submitted', 'changes.draft', 'change.submitted'),
  approve: way('submitted', 'approved', 'changes.decide', 'change.approved'),
  refuse: way('submitted', 'refused', 'changes.decide', 'change.refused', 'note'),
  apply: way('approved', 'applied', 'system', 'change.applied'),
  acknowledge: way('applied', 'acknowledged', 'changes.acknowledge', 'change.acknowledged'),
  comment: way(
    'submitted approved refused applied acknowledged',
    'same',
    'changes.comment',
    'change.commented',
    'note',
  ),
} satisfies Machine

/** Bound to values, audit head and form versions; any later change breaks it, and signing again replaces it. */
const signature = {
  sign: way(null, 'signed', 'signatures.sign', 'signature.signed', 'reason'),
  break: way('signed', 'broken', 'system', 'signature.broken'),
  replace: way('broken', 'replaced', 'system', 'signature.replaced'),
} satisfies Machine

const patient = {
  withdraw: way('active', 'withdrawn', 'patients.withdraw', 'patient.withdrawn', 'reason'),
} satisfies Machine

/** All machines by the kind of record they are about. */
export const machines = { occasion, submission, response, alert, query, change, signature, patient } as const
export type MachineName = keyof typeof machines

/** Why a transition is refused. */
export type Refusal = 'unknown-transition' | 'no-permission' | 'wrong-state'
export type Verdict =
  | { readonly allowed: true; readonly transition: Transition }
  | { readonly allowed: false; readonly why: 'unknown-transition' }
  | { readonly allowed: false; readonly why: 'no-permission'; readonly permission: Permission | 'system' }
  | { readonly allowed: false; readonly why: 'wrong-state' }

/**
 * Whether somebody may do this to a record in this state; `state` null: the record is yet to be made. A missing
 * permission is told before a wrong state, so that a state is told only to who may act on it.
 */
export function transitionOf(machine: MachineName, state: string | null, name: string, doer: Doer): Verdict {
  const all: Machine = machines[machine]
  const transition = Object.hasOwn(all, name) ? all[name] : undefined
  if (transition === undefined) return { allowed: false, why: 'unknown-transition' }
  const { from, by } = transition
  const entitled = by === 'system' ? doer === 'system' : doer !== 'system' && may(doer, by)
  if (!entitled) return { allowed: false, why: 'no-permission', permission: by }
  const fits = state === null ? from === null : (from?.includes(state) ?? false)
  return fits ? { allowed: true, transition } : { allowed: false, why: 'wrong-state' }
}

/** States in which a response counts. */
const counting = new Set(['submitted', 'superseded'])

/** The state a transition leads to; `history` are the states the record has been in, oldest first. */
export function stateAfter(transition: Transition, state: string | null, history: readonly string[]): string {
  if (transition.to === 'same') return state!
  if (transition.to !== 'before') return transition.to
  return history.findLast((s) => counting.has(s)) ?? 'submitted'
}
