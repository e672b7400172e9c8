// Diary values summarised by periods (domain.md §3.2): a week's mean, worst day and share of days at a threshold, or
// missing where too few days have a value. How many days are enough is the protocol's to say: there is no standard.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import { type PeriodRule, type PeriodSummary, summarisePeriod } from '../compliance.ts'
import type { StoredResponse } from './derivation.ts'

/** What is summarised: a numeric item or a score of a form. */
export type PeriodQuestion = { readonly form: string; readonly of: string; readonly rule: PeriodRule }

/** A day on which the form was due. */
export type PeriodDay = {
  /** ISO date. */
  readonly date: string
  readonly position: number | null
  readonly value: number | null
  /** Its window has not closed: the period is not over. */
  readonly isOpen: boolean
}

/** One period with the responses it is made of; `from` and `to` are ISO dates, both inclusive. */
export type Period = PeriodSummary & {
  readonly period: number
  readonly from: string
  readonly to: string
  readonly isOver: boolean
  readonly positions: readonly number[]
  readonly ruleVersion: '1'
}

/** The value of a response: a number answered, or a score; null where there is none. */
export function valueIn({ record }: StoredResponse, of: string): number | null {
  const score = record.scores.find(({ id }) => id === of)
  const answer = score === undefined ? record.answers[of] : score.value
  return typeof answer === 'number' ? answer : null
}

/** Periods of `rule.days` days counted from `start`, as far as anything was due in them. */
export function periodsOf(days: readonly PeriodDay[], start: string, rule: PeriodRule): Period[] {
  const first = dayNumber(start)
  const byPeriod = Map.groupBy(days, ({ date }) => Math.floor((dayNumber(date) - first) / rule.days))
  return [...byPeriod]
    .sort(([a], [b]) => a - b)
    .map(([index, list]) => {
      const from = first + index * rule.days
      const valued = list.filter(({ value }) => value !== null)
      return {
        period: index + 1,
        from: dateOfDay(from),
        to: dateOfDay(from + rule.days - 1),
        isOver: list.every(({ isOpen }) => !isOpen),
        positions: valued.flatMap(({ position }) => (position === null ? [] : [position])),
        ruleVersion: '1',
        ...summarisePeriod(
          valued.map(({ value }) => value),
          rule,
        ),
      }
    })
}
