// Whether the device's clock was changed while a form was being filled in. A form's elapsed time is monotonic and counts
// only while the form is open, so a clock may run ahead of it by as long as the form was closed, but never fall behind.

/** How far the clock may fall behind the elapsed time, in milliseconds. */
const toleranceMs = 5 * 60_000
/** How far the clock may go back by itself, in milliseconds: the network corrects phones by seconds. */
const correctionMs = 60_000
/** Changes of answers that are looked at; a form has far fewer. */
const mostEntries = 10_000

/** Members of a submission as received. */
export type TimesSaid = {
  readonly startedAt?: unknown
  readonly completedAt?: unknown
  readonly elapsedMs?: unknown
  readonly answerTrail?: unknown
}

type Point = { readonly atMs: number; readonly elapsedMs: number }

/**
 * True where the clock went back by more than a minute, or fell behind the elapsed time by more than five minutes, between
 * two of these in their order: the opening, each change of an answer, the end. What cannot be read is left out. A clock
 * that was put forward looks like a form that was closed for a while, and is not told from it.
 */
export function hasClockJump({ startedAt, completedAt, elapsedMs, answerTrail }: TimesSaid): boolean {
  if (elapsedMs === undefined && answerTrail === undefined) return false
  const trail = Array.isArray(answerTrail) ? answerTrail.slice(0, mostEntries) : []
  let before = pointOf(startedAt, 0)
  for (const entry of [...trail.map(pointOfTrail), pointOf(completedAt, elapsedMs)]) {
    if (entry === null) continue
    if (before !== null && isJump(before, entry)) return true
    before = entry
  }
  return false
}

function isJump(before: Point, after: Point): boolean {
  const clockMs = after.atMs - before.atMs
  return clockMs < -correctionMs || clockMs - (after.elapsedMs - before.elapsedMs) < -toleranceMs
}

function pointOfTrail(entry: unknown): Point | null {
  if (typeof entry !== 'object' || entry === null) return null
  const { at, elapsedMs } = entry as { at?: unknown; elapsedMs?: unknown }
  return pointOf(at, elapsedMs)
}

/** The instant of an RFC 9557 time, of which the zone in brackets says nothing more. */
function pointOf(at: unknown, elapsedMs: unknown): Point | null {
  if (typeof at !== 'string' || at.length > 128 || typeof elapsedMs !== 'number') return null
  const end = at.indexOf('[')
  const atMs = Date.parse(end < 0 ? at : at.slice(0, end))
  return Number.isNaN(atMs) ? null : { atMs, elapsedMs }
}
