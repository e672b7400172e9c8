// What the calendar shows: a month as weeks, and for each day how its forms stand. No scores and no counts: a day is
// filled in, partly, missed, open or planned.
import type { TodayCards } from './today-cards.ts'

/** How a day's forms stand; null for a day on which nothing is due. */
export type DayState = 'done' | 'partly' | 'missed' | 'open' | 'planned'

/** State by ISO date, the due date of the forms. What the study set aside does not count. */
export function dayStates(cards: TodayCards): ReadonlyMap<string, DayState> {
  const groups = new Map<string, Set<'done' | 'missed' | 'open' | 'planned'>>()
  const put = (date: string, how: 'done' | 'missed' | 'open' | 'planned'): void => {
    groups.set(date, (groups.get(date) ?? new Set()).add(how))
  }
  for (const { due } of cards.done) put(due.dueDate, 'done')
  for (const { due } of cards.now) put(due.dueDate, 'open')
  for (const { due } of cards.later) put(due.dueDate, 'planned')
  for (const { due, needed } of cards.missed) if (needed) put(due.dueDate, 'missed')
  return new Map([...groups].map(([date, states]) => [date, stateOf(states)]))
}

function stateOf(states: ReadonlySet<string>): DayState {
  if (states.has('open')) return 'open'
  if (states.has('done')) return states.has('missed') ? 'partly' : 'done'
  return states.has('missed') ? 'missed' : 'planned'
}

/** A month: `YYYY-MM`, and its weeks as ISO dates, null where a week reaches into another month. */
export type Month = { readonly month: string; readonly weeks: readonly (readonly (string | null)[])[] }

/** The weeks of a month, beginning with a weekday (1 Monday to 7 Sunday). */
export function monthOf(month: string, firstDay: number): Month {
  const first = new Date(`${month}-01T00:00:00Z`)
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  const before = (first.getUTCDay() - (firstDay % 7) + 7) % 7
  const cells: (string | null)[] = Array.from({ length: before }, () => null)
  for (let day = 1; day <= days; day++) cells.push(`${month}-${String(day).padStart(2, '0')}`)
  while (cells.length % 7 !== 0) cells.push(null)
  return {
    month,
    weeks: Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7)),
  }
}

/** The month so many after another one. */
export function monthAfter(month: string, count: number): string {
  const date = new Date(`${month}-01T00:00:00Z`)
  date.setUTCMonth(date.getUTCMonth() + count)
  return date.toISOString().slice(0, 7)
}
