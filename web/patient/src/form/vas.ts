// The line of a visual analogue scale (U8): 101 points whatever it is measured in, always the same length, never
// adjusted to the screen, the text or the answer. Pure.

/** Length of the line in CSS px on every screen; it fits a screen of 320. */
export const lineLengthPx = 280
const points = 100

/** The point, 0 to 100, nearest to a place along the line, in px from the lower end; places beyond an end are the end. */
export function pointAt(px: number): number {
  return Math.min(points, Math.max(0, Math.round((px / lineLengthPx) * points)))
}

/** The answer for a point: the value itself on the usual scale from 0 to 100. */
export function valueOfPoint(point: number, min = 0, max = points): number {
  return Number((min + ((max - min) * point) / points).toFixed(6))
}

/** The point of an answer, or null where there is none. */
export function pointOfValue(value: unknown, min = 0, max = points): number | null {
  if (typeof value !== 'number' || max === min) return null
  return Math.min(points, Math.max(0, Math.round(((value - min) / (max - min)) * points)))
}

/** The point after a key; without a mark the keys begin in the middle, Home and End at their ends. Null: not such a key. */
export function pointAfterKey(key: string, point: number | null, isMirrored: boolean): number | null {
  const forward = isMirrored ? 'ArrowLeft' : 'ArrowRight'
  const backward = isMirrored ? 'ArrowRight' : 'ArrowLeft'
  const steps: Readonly<Record<string, number>> = {
    [forward]: 1,
    [backward]: -1,
    ArrowUp: 1,
    ArrowDown: -1,
    PageUp: 10,
    PageDown: -10,
  }
  if (key === 'Home') return 0
  if (key === 'End') return points
  const step = steps[key]
  if (step === undefined) return null
  return point === null ? points / 2 : Math.min(points, Math.max(0, point + step))
}
