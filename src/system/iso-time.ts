// Instants as ISO 8601 texts in UTC, remembered for the millisecond in hand: a busy server asks for the same one often.

let lastMs = Number.NaN
let lastText = ''

/** `2026-11-22T00:12:32.123Z` for milliseconds since the epoch. Throws RangeError for a time that no date has. */
export function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}
