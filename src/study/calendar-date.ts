// Calendar dates (RFC 3339 full-date) as day numbers: a date is no instant and has no zone (domain.md §3.1.2).

const dateText = /^(\d{4})-(\d\d)-(\d\d)$/
const msPerDay = 86_400_000

/** Days since 1970-01-01 of an ISO date; NaN where the text is not a date that exists (years 0100 to 9999). */
export function dayNumber(date: string): number {
  const match = dateText.exec(date)
  if (match === null) return Number.NaN
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > 31) return Number.NaN
  const ms = Date.UTC(year, month - 1, day)
  // A day past the month's end rolls over into the next month.
  return day < 29 || new Date(ms).getUTCDate() === day ? ms / msPerDay : Number.NaN
}

/** The inverse of {@link dayNumber}. */
export function dateOfDay(day: number): string {
  return new Date(day * msPerDay).toISOString().slice(0, 10)
}
