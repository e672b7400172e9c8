// How a numeric rating scale is laid out (U7): one row of equal targets, never two; where a row would make them too
// small or cut off large text, a list of rows. Pure.

/** Narrowest screen, CSS px, and largest text, percent, for a row; least width of a target (WCAG 2.5.8). */
const narrowest = 340
const largestText = 130
const leastTarget = 24
/** What the page keeps free at both sides together. */
const margins = 32

export type NrsLayout = 'row' | 'list'

/** @param widthPx of the screen. @param textPercent 100 to 200. @param points how many numbers the scale has. */
export function nrsLayout(widthPx: number, textPercent: number, points: number): NrsLayout {
  const fits = (widthPx - margins) / points >= leastTarget
  return widthPx >= narrowest && textPercent <= largestText && fits ? 'row' : 'list'
}
