// A date or time of which not all parts are entered yet, or that does not exist, kept in the draft as it was typed, so
// that nothing is lost when the app is killed. It begins with `?`, is a fault by the form's own check, and never sent.
import {
  type DateParts,
  dateParts,
  type MomentFault,
  type MomentRead,
  readDate,
  readDateTime,
  readTime,
  type TimeParts,
  timeParts,
} from './moments.ts'

export type MomentKind = 'date' | 'time' | 'date-time'
export type Parts = DateParts & TimeParts

const names = ['year', 'month', 'day', 'hour', 'minute', 'half'] as const

/** What the parts say: a kept text, a fault, or null where all are empty. */
export function readParts(kind: MomentKind, parts: Parts, twelve: boolean): MomentRead {
  if (kind === 'date') return readDate(parts)
  const time = readTime(parts, twelve)
  return kind === 'time' ? time : readDateTime(readDate(parts), time)
}

/** The answer for the parts; undefined where all are empty. */
export function answerOfParts(kind: MomentKind, parts: Parts, twelve: boolean): string | undefined {
  const read = readParts(kind, parts, twelve)
  if (read === null) return parts.half === '' ? undefined : partial(parts)
  return 'text' in read ? read.text : partial(parts)
}

const partial = (parts: Parts): string => `?${names.map((name) => parts[name].replaceAll('|', '')).join('|')}`

/** Whether an answer is such an unfinished one. */
export const isPartial = (answer: unknown): answer is string =>
  typeof answer === 'string' && answer.startsWith('?') && answer.split('|').length === names.length

/** The parts of an answer, finished or not. */
export function partsOf(answer: string | undefined, twelve: boolean): Parts {
  if (!isPartial(answer)) return { ...dateParts(answer), ...timeParts(answer, twelve) }
  const typed = answer.slice(1).split('|')
  const parts = Object.fromEntries(names.map((name, at) => [name, typed[at] ?? ''])) as Parts
  return parts
}

/** What is wrong with an unfinished answer. */
export function partialFault(kind: MomentKind, answer: string, twelve: boolean): MomentFault {
  const read = readParts(kind, partsOf(answer, twelve), twelve)
  if (read !== null && 'fault' in read) return read.fault
  return kind === 'date' ? 'date' : 'time'
}
