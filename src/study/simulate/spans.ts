// Which spans to simulate where none is named: around every change of clocks of the sites in one year.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { Span } from './virtual-patient.ts'
import { localDate, zoneClocks } from './zone-clock.ts'

/** Days before and after a change of clocks; changes that come closer to each other share a span. */
const daysAround = 14
/** Where no site changes its clocks. */
const plainDays = 56

/** The spans of a year for sites in these zones, in order. */
export function spansOfYear(zones: readonly string[], year: number): Span[] {
  const first = dayNumber(`${year}-01-01`)
  const last = dayNumber(`${year}-12-31`)
  const clocks = zoneClocks(first * 86_400_000, (last + 1) * 86_400_000)
  const days = [...new Set(zones)].flatMap((zone) => {
    const clock = clocks(zone)
    return clock.changes.map(({ atMs }) => dayNumber(localDate(clock, atMs)))
  })
  if (days.length === 0) return [{ from: dateOfDay(first), to: dateOfDay(first + plainDays - 1) }]
  const spans: { from: number; to: number }[] = []
  for (const day of days.sort((a, b) => a - b)) {
    const open = spans.at(-1)
    if (open !== undefined && day - daysAround <= open.to) open.to = day + daysAround
    else spans.push({ from: day - daysAround, to: day + daysAround })
  }
  return spans.map(({ from, to }) => ({ from: dateOfDay(from), to: dateOfDay(to) }))
}
