// Calendar dates (RFC 3339 full-date) as day numbers: a date is no instant and has no zone (domain.md §3.1.2).

const msPerDay = 86_400_000
const zero = 48
const dash = 45

/** Days since 1970-01-01 of an ISO date; NaN where the text is not a date that exists (years 0100 to 9999). */
export function dayNumber(date: string): number {
  if (date.length !== 10 || date.charCodeAt(4) !== dash || date.charCodeAt(7) !== dash) return Number.NaN
  const year = digits(date, 0, 4)
  const month = digits(date, 5, 7)
  const day = digits(date, 8, 10)
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN
  const ms = Date.UTC(year, month - 1, day)
  // A day past the month's end rolls over into the next month.
  return day < 29 || new Date(ms).getUTCDate() === day ? ms / msPerDay : Number.NaN
}

/** The number that the characters spell, NaN where one is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - zero
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** The inverse of {@link dayNumber}. */
export function dateOfDay(day: number): string {
  return new Date(day * msPerDay).toISOString().slice(0, 10)
}
