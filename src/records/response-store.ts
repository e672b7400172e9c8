// Responses and what hangs on them: the occasion they fill, scores, alerts, deviations.
import type { Later } from '../storage/later.ts'

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
}

/** The reading half; gives the visible part only. */
export type ResponseReader = {
  visible(position: number): Later<VisibleResponse | undefined>
}
export type VisibleResponse = { effect: string; leafIndex: number; recordedAt: number }
