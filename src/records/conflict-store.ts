// Conflicts: other content under a known submission id, waiting for a named human. The bodies are in the journal.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'

export type Conflict = {
  readonly secondBodyId: number
  readonly studyId: string
  readonly patientId: string
  /** The entry that stands. */
  readonly position: number
  readonly noticedAt: number
  readonly setAsideAt: number | undefined
}

/** Which conflicts of a study. `sites`: only of patients there; null: all. */
export type ConflictFilter = {
  readonly studyId: string
  readonly sites: readonly string[] | null
  readonly patientId?: string
  readonly includeSetAside: boolean
  /** Only those with a higher id. */
  readonly after: number
  readonly limit: number
}

export type ConflictStore = {
  one(secondBodyId: number): Later<Conflict | undefined>
  /** Conflicts of a study in the order they were noticed. */
  of(filter: ConflictFilter): Later<Conflict[]>
  add(tx: Transaction, conflict: Omit<Conflict, 'setAsideAt'>): Later<void>
  /** Marks a conflict as looked at and returns it; undefined if there is no open one with this id. */
  setAside(tx: Transaction, secondBodyId: number, now: number): Later<Conflict | undefined>
  /** Conflicts in the order they were noticed. */
  list(includeSetAside: boolean, limit: number): Later<Conflict[]>
}

/** A conflict's row as either engine returns it. */
export const conflictOf = (r: Record<string, unknown>): Conflict => ({
  secondBodyId: Number(r.second_body_id),
  studyId: String(r.study_id),
  patientId: String(r.patient_id),
  position: Number(r.position),
  noticedAt: Number(r.noticed_at),
  setAsideAt: r.set_aside_at === null ? undefined : Number(r.set_aside_at),
})
