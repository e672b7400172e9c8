// The windows of each schedule in each zone of the sites, by UTC, for the days of the spans: days alike stand together.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { StudyPlan } from '../plan.ts'
import { type DatedSchedule, isDated, type WindowPlan } from '../schedule/schedule-plan.ts'
import type { Span } from './virtual-patient.ts'

/** Days from `from` to `to` (ISO dates) whose windows open and close at the same UTC times; hours from 00:00 UTC of the due date. */
export type WindowBar = {
  readonly from: string
  readonly to: string
  readonly opensHour: number
  readonly closesHour: number
}

/** All windows of one shape; `opens` and `closes` are wall-clock times, counted from the due date. */
export type WindowFigure = {
  readonly versions: readonly string[]
  readonly forms: readonly string[]
  readonly opens: string
  readonly closes: string
  readonly opensDaysEarlier: number
  readonly closesDaysLater: number
  readonly zones: readonly { readonly zone: string; readonly bars: readonly WindowBar[] }[]
}

type Shape = { readonly forms: Set<string>; readonly versions: Set<string>; readonly schedule: DatedSchedule }

/** One figure for each shape of window; visits, whose windows are whole days around a target, are left out. */
export function windowFigures(plans: readonly StudyPlan[], spans: readonly Span[]): WindowFigure[] {
  const shapes = new Map<string, Shape>()
  for (const plan of plans)
    for (const form of plan.forms.values())
      for (const schedule of form.schedules) {
        if (!isDated(schedule) || schedule.visit !== null) continue
        const key = JSON.stringify(schedule.window)
        const shape = shapes.get(key) ?? { forms: new Set(), versions: new Set(), schedule }
        shapes.set(key, shape)
        shape.forms.add(form.id)
        shape.versions.add(plan.version)
      }
  const zones = [...new Set(plans.flatMap(({ sites }) => sites.map(({ zone }) => zone)))]
  return [...shapes.values()].map(({ forms, versions, schedule }) => ({
    versions: [...versions],
    forms: [...forms],
    ...wallClock(schedule.window),
    zones: zones.map((zone) => ({ zone, bars: barsOf(schedule, zone, spans) })),
  }))
}

const wallClock = ({ opensMinute, closesMinute, opensDaysEarlier, closesDaysLater }: WindowPlan) => ({
  opens: clockText(opensMinute),
  closes: clockText(closesMinute),
  opensDaysEarlier,
  closesDaysLater,
})

const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

function barsOf(schedule: DatedSchedule, zone: string, spans: readonly Span[]): WindowBar[] {
  const bars: WindowBar[] = []
  for (const span of spans)
    for (let day = dayNumber(span.from); day <= dayNumber(span.to); day++) {
      const date = dateOfDay(day)
      const { opensMs, closesMs } = schedule.windows(zone, date)
      const opensHour = (opensMs - day * 86_400_000) / 3_600_000
      const closesHour = (closesMs - day * 86_400_000) / 3_600_000
      const last = bars.at(-1)
      if (last !== undefined && last.opensHour === opensHour && last.closesHour === closesHour)
        bars[bars.length - 1] = { ...last, to: date }
      else bars.push({ from: date, to: date, opensHour, closesHour })
    }
  return bars
}
