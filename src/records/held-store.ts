// Held entries: what is not a response yet, or never will be, and why. Rows stay; only their state moves on.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'

/** `done`: became a response after all. */
export type HeldState = 'retrying' | 'quarantined' | 'dead' | 'done'
export type Held = {
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  /** Entries of one lane take effect in order; see processing/lane.ts. */
  readonly lane: string
  readonly state: HeldState
  /** Why: a quarantine code, `failed`, `killer` or `behind`. */
  readonly code: string
  readonly attempts: number
  /** An attempt had begun and its end is not on record: the process died in it. */
  readonly attempting: boolean
  readonly nextAttemptAt: number | undefined
  readonly heldAt: number
  readonly setAsideAt: number | undefined
}

export type HeldFilter = {
  states: HeldState[]
  studyId?: string
  codes?: readonly string[]
  patientId?: string
  /** Only of patients at these sites; an entry of a patient who is not known is at none. Null or left out: all. */
  sites?: readonly string[] | null
  includeSetAside: boolean
  after: number
  limit: number
}

export type HeldStore = {
  /** Adds the row of a position, or moves it on. */
  put(tx: Transaction, held: Held): Later<void>
  /** On PostgreSQL, inside a transaction, the row is locked until its end. */
  at(position: number): Later<Held | undefined>
  /** Everything that is being retried, in position order. */
  retrying(): Later<Held[]>
  list(filter: HeldFilter): Later<Held[]>
}

/** A held row as either engine returns it; `attempting` is 0 or 1 in SQLite. */
export const heldOf = (r: Record<string, unknown>): Held => ({
  position: Number(r.position),
  studyId: String(r.study_id),
  patientId: String(r.patient_id),
  lane: String(r.lane),
  state: r.state as HeldState,
  code: String(r.code),
  attempts: Number(r.attempts),
  attempting: Number(r.attempting) === 1,
  nextAttemptAt: r.next_attempt_at === null ? undefined : Number(r.next_attempt_at),
  heldAt: Number(r.held_at),
  setAsideAt: r.set_aside_at === null ? undefined : Number(r.set_aside_at),
})
