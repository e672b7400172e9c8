// A schedule in one English sentence, for summaries of a study's files.
import type { DatedSchedule, Recurrence, SchedulePlan } from '../schedule/schedule-plan.ts'
import { isDated } from '../schedule/schedule-plan.ts'

/** E.g. `each day from day 0 after enrolled, 00:00 to 24:00, locked 2 days later, reminder 08:00`. */
export function scheduleWords(schedule: SchedulePlan): string {
  if (!isDated(schedule)) return 'whenever it happens'
  const { visit, window, thresholds, until } = schedule
  const { justifyAfterDays, locksAfterDays, reminderMinute } = thresholds
  const days = visit === null ? dueWords(schedule) : visitWords(schedule)
  const closes = `${clock(window.closesMinute)}${window.closesDaysLater === 0 || visit !== null ? '' : ` (${daysLater(window.closesDaysLater)})`}`
  return [
    days,
    `${clock(window.opensMinute)} to ${closes}`,
    ...(justifyAfterDays === null
      ? []
      : [
          `late with a reason from ${justifyAfterDays} ${justifyAfterDays === 1 ? 'day' : 'days'} after the due date`,
        ]),
    ...(locksAfterDays === null ? [] : [`locked ${daysLater(locksAfterDays)}`]),
    ...(reminderMinute === null ? [] : [`reminder ${clock(reminderMinute)}`]),
    ...(until.length === 0 ? [] : [`until ${until.join(' or ')}`]),
  ].join(', ')
}

function dueWords({ anchor, recurrence, fromDay, toDay }: DatedSchedule): string {
  if (recurrence.unit === 'listed')
    return `on ${recurrence.days.length === 1 ? 'day' : 'days'} ${recurrence.days.join(', ')} after ${anchor.id}${anchor.repeats ? ', anew in each cycle' : ''}`
  if (fromDay === toDay) return `once, on day ${fromDay} after ${anchor.id}`
  const to = toDay === null ? '' : ` to ${toDay}`
  return `${eachWords(recurrence)} from day ${fromDay}${to} after ${anchor.id}${anchor.repeats ? ', anew in each cycle' : ''}`
}

function visitWords({ visit, anchor }: DatedSchedule): string {
  const { id = '', day = 0, daysBefore = 0, daysAfter = 0 } = visit ?? {}
  return `at visit ${id}, day ${day} after ${anchor.id} (−${daysBefore}/+${daysAfter} days)`
}

function eachWords(recurrence: Exclude<Recurrence, { unit: 'listed' }>): string {
  const { unit, step } = recurrence
  if (unit === 'months') return step === 1 ? 'each month' : `every ${step} months`
  return step === 1 ? 'each day' : step === 7 ? 'each week' : `every ${step} days`
}

const daysLater = (days: number): string =>
  days === 0 ? 'the same day' : days === 1 ? '1 day later' : `${days} days later`

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
