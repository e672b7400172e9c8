// What staff do with records, as data that travels between threads, and what they get back.
import type { WantedAnswers } from '../../records/change-store.ts'

/** On one patient's records. `revision` is the one the member has seen; another one by now is refused. */
export type Work =
  | {
      readonly on: 'alert' | 'query' | 'change'
      readonly transition: string
      readonly id: number
      readonly revision: number
      readonly said?: string
    }
  | {
      readonly on: 'query'
      readonly transition: 'ask'
      readonly position: number | null
      readonly item: string | null
      readonly said: string
    }
  | {
      readonly on: 'change'
      readonly transition: 'draft'
      readonly position: number
      readonly answers: WantedAnswers
      readonly source: string
      readonly said: string
    }
  | {
      readonly on: 'response'
      readonly transition: string
      readonly position: number
      readonly revision: number
      readonly said: string
    }
  | {
      readonly on: 'signature'
      readonly transition: 'sign'
      readonly positions: readonly number[]
      readonly said: string
    }
  | {
      readonly on: 'patient'
      readonly transition: 'withdraw'
      /** ISO instant from which the patient takes part no more; now, where it is left out. */
      readonly effectiveAt?: string
      readonly said: string
    }

/** Who works on whose records. */
export type StaffWork = {
  readonly studyId: string
  readonly patientId: string
  readonly staffId: string
  readonly work: Work
}

/** The record as it stands afterwards. `id` is the number of a record, the position of a response, 0 of a patient. */
export type WorkDone = { readonly id: number; readonly state: string; readonly revision: number }
