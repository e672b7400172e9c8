// Responses and what hangs on them: the occasion they fill, scores, alerts, deviations.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'

export type ResponseRow = {
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  readonly form: string
  readonly formVersion: string
  readonly occasion: string
  readonly recordedAt: number
  readonly leafIndex: number
  readonly salt: string
  /** JSON: all that a blinded reader may see. */
  readonly effect: string
  /** JSON: what only unblinded roles may see, or null. */
  readonly restricted: string | null
}
export type OccasionKey = { studyId: string; occasion: string; form: string; patientId: string }
export type AlertRow = {
  studyId: string
  patientId: string
  rule: string
  day: string
  position: number
  severity: string
  audience: string
  raisedAt: number
  acknowledgeBy: number
  /** When the entry was completed, by the device clock, and received; milliseconds since the epoch. */
  completedAt: number
  receivedAt: number
}

/** The reading half; gives the visible part only. */
export type ResponseReader = {
  visible(position: number): Later<VisibleResponse | undefined>
}
export type VisibleResponse = { effect: string; leafIndex: number; recordedAt: number }

/** The writing half, at once on both engines: on PostgreSQL it gathers, and what it gathered is written in sets. */
export type ResponseWriter = {
  add(tx: Transaction, response: ResponseRow): void
  /** Fills the occasion with this entry. Returns undefined, or the position that had filled it before. */
  fill(
    tx: Transaction,
    key: OccasionKey,
    position: number,
    status: string,
    dose: string | null,
  ): number | undefined
  addScore(tx: Transaction, position: number, name: string, value: number | null, band: string | null): void
  /** Raises an alert once for each patient, rule and day; true if this one was new. */
  raiseAlert(tx: Transaction, alert: AlertRow): boolean
  addDeviation(
    tx: Transaction,
    studyId: string,
    patientId: string,
    rule: string,
    position: number,
    now: number,
  ): void
}
