// Compiles the schedule of one form.
import { minuteOf } from '../clock.ts'
import type { SchedulePlan } from '../plan.ts'
import { createWindowFinder } from '../window.ts'
import type { ScheduleFile } from './schedule-file.ts'

/** The schedule of a form, ready for placing. */
export function compileSchedule(schedule: ScheduleFile): SchedulePlan {
  if (schedule.every === 'event') return { every: 'event' }
  const window = {
    opensMinute: minuteOf(schedule.window.opens),
    closesMinute: minuteOf(schedule.window.closes),
    closesDaysLater: schedule.window['closes-days-later'],
  }
  const locksAfterDays = schedule['locks-after-days']
  const windows = createWindowFinder(window, locksAfterDays)
  const reminder = schedule.reminder === undefined ? {} : { reminder: schedule.reminder }
  return { every: schedule.every, window, locksAfterDays, windows, ...reminder }
}
