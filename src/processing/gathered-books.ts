// Books that gather what `write` (apply.ts) says, to be written in sets: so both engines write the same effects by
// the same code. They know beforehand which occasions are filled and which alerts are raised.

import type { Held } from '../records/held-store.ts'
import type { EventRow } from '../records/history-store.ts'
import type { Patient } from '../records/patient-store.ts'
import type { AlertKey, DeviationRow, OccasionRow, ScoreRow } from '../records/response-store.postgres.ts'
import type { AlertRow, OccasionKey, ResponseRow } from '../records/response-store.ts'
import type { OutboxMessage } from '../sending/outbox-store.ts'
import { courseText } from '../study/course.ts'
import type { Books } from './apply.ts'
import { changeOf, courseAfter } from './course-book.ts'

/** What was there before. */
export type Before = {
  readonly occasions: readonly (OccasionKey & { readonly position: number })[]
  readonly alerts: readonly AlertKey[]
  /** Patients whose devices were seen in a zone that may be new. */
  readonly travellers: readonly Patient[]
}

/** Gathered rows. Leaves have their order; `leafIndex` of a response counts the leaves of its study gathered here. */
export type Gathered = {
  readonly responses: ResponseRow[]
  readonly occasions: OccasionRow[]
  readonly scores: ScoreRow[]
  readonly deviations: DeviationRow[]
  readonly alerts: AlertRow[]
  readonly held: Held[]
  readonly events: EventRow[]
  readonly messages: OutboxMessage[]
  /** Changed courses as stored, by patient. */
  readonly courses: Map<string, { studyId: string; patientId: string; course: string }>
  readonly leaves: { studyId: string; leaf: string }[]
}

const occasionText = (k: OccasionKey): string => JSON.stringify([k.studyId, k.occasion, k.form, k.patientId])
const patientText = (studyId: string, patientId: string): string => JSON.stringify([studyId, patientId])
const alertText = (k: AlertKey): string => JSON.stringify([k.studyId, k.patientId, k.rule, k.day])

/** Empty books on top of what was there before. */
export function gatheringBooks(before: Before): { books: Books; gathered: Gathered } {
  const filledBy = new Map(before.occasions.map((k) => [occasionText(k), k.position]))
  const travellers = new Map(before.travellers.map((p) => [patientText(p.studyId, p.patientId), p]))
  const raised = new Set(before.alerts.map(alertText))
  const sizes = new Map<string, number>()
  const gathered: Gathered = {
    responses: [],
    occasions: [],
    scores: [],
    deviations: [],
    alerts: [],
    held: [],
    events: [],
    messages: [],
    courses: new Map(),
    leaves: [],
  }
  const appendText = (_tx: unknown, studyId: string, leaf: string): number => {
    const index = sizes.get(studyId) ?? 0
    sizes.set(studyId, index + 1)
    gathered.leaves.push({ studyId, leaf })
    return index
  }
  const books: Books = {
    audit: { appendText, append: (tx, facts) => appendText(tx, facts.study, JSON.stringify(facts)) },
    history: { addEvent: (_tx, event) => void gathered.events.push(event) },
    held: { put: (_tx, held) => void gathered.held.push(held) },
    courses: {
      saw(_tx, studyId, patientId, seen) {
        const key = patientText(studyId, patientId)
        const patient = travellers.get(key)
        const course = patient === undefined ? null : courseAfter(patient, seen)
        if (patient === undefined || course === null) return null
        travellers.set(key, { ...patient, course })
        gathered.courses.set(key, { studyId, patientId, course: courseText(course) })
        return changeOf(patient.course, course)
      },
    },
    outbox: { add: (_tx, message) => void gathered.messages.push(message) },
    responses: {
      add: (_tx, response) => void gathered.responses.push(response),
      fill(_tx, key, position, status, dose) {
        const text = occasionText(key)
        const filled = filledBy.get(text)
        if (filled !== undefined) return filled
        filledBy.set(text, position)
        gathered.occasions.push({ ...key, position, status, dose })
        return undefined
      },
      addScore: (_tx, position, name, value, band) =>
        void gathered.scores.push({ position, name, value, band }),
      raiseAlert(_tx, alert) {
        const text = alertText(alert)
        if (raised.has(text)) return false
        raised.add(text)
        gathered.alerts.push(alert)
        return true
      },
      addDeviation: (_tx, studyId, patientId, rule, position, raisedAt) =>
        void gathered.deviations.push({ studyId, patientId, rule, position, raisedAt }),
    },
  }
  return { books, gathered }
}
