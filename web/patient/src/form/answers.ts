// What counts as an answer, and what its place is called. Pure; runs on the phone and in tests.
import type { AnswerPath, RawAnswer } from '../../../../src/study/device/answers-at.ts'

/** What is kept for a question the patient chose not to answer (U6). */
export const declined = { skipped: 'asked-declined' } as const

/** Whether it is a declared skip. */
export function isDeclined(value: RawAnswer | undefined): boolean {
  return typeof value === 'object' && !Array.isArray(value)
}

/** Whether something was answered: a skip, an empty text and an empty list are no answers. */
export function isAnswered(value: RawAnswer | undefined): boolean {
  if (value === undefined || isDeclined(value)) return false
  if (typeof value === 'string') return value.trim() !== ''
  return !Array.isArray(value) || value.length > 0
}

/** Name of an item at a place, as the trail and the presentation know it: `pain`, `drugs[0]/dose`. */
export function placeName(path: AnswerPath, linkId: string): string {
  return [...path.map((part) => `${part.linkId}[${part.index}]`), linkId].join('/')
}
