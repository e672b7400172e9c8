// How an item is shown on this phone now: kept with its answer, as size and orientation may bear on it (U7, U8, U10).
import type { Presented } from '../model.ts'

/** Size of ordinary text, CSS px, at 100 percent. */
const ordinaryPx = 18

/** Size of text in percent of the ordinary, the app's own setting and the browser's together. */
export function textPercent(): number {
  const px = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  return Math.round((px / ordinaryPx) * 100)
}

/** @param lengthPx CSS length of the line or row, where the widget has one. */
export function presentedNow(widget: string, lengthPx?: number): Presented {
  return {
    widget,
    ...(lengthPx === undefined ? {} : { lengthPx }),
    dpr: window.devicePixelRatio,
    orientation: window.matchMedia('(orientation: landscape)').matches ? 'landscape' : 'portrait',
    textPercent: textPercent(),
  }
}
