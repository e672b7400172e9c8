// Checks on the windows of one patient: their length by the wall clock, what lies between them, locks and reminders.
// The bounds they must have are reckoned here anew from the study file and the zone's changes of clocks.
import { dayNumber } from '../calendar-date.ts'
import type { Planned } from './planned.ts'
import type { Report } from './report-sighting.ts'
import type { VirtualPatient } from './virtual-patient.ts'
import { instantOfWall, type ZoneClock, type ZoneClocks } from './zone-clock.ts'

const msPerMinute = 60_000
const msPerDay = 86_400_000
/** Reminders between these hours wake people up. */
const quietFromHour = 22
const quietToHour = 7

/** Checks the windows of one form, sorted by opening. */
export function checkWindows(
  list: readonly Planned[],
  patient: VirtualPatient,
  clocks: ZoneClocks,
  report: Report,
): void {
  let before: Planned | undefined
  for (const planned of list) {
    const clock = clocks(planned.due.zone)
    checkLength(planned, clock, report)
    checkLock(planned, report)
    if (planned.reminderMs !== null)
      checkReminder(planned, planned.reminderMs, patient, clock, clocks, report)
    if (before !== undefined) checkBetween(before, planned, clock, report)
    before = planned
  }
}

/** Opening and closing as a wall clock shows them, in ms since 1970-01-01T00:00 on that clock. */
function wallTimes({ due, schedule }: Planned): { readonly opens: number; readonly closes: number } | null {
  if (schedule === null) return null
  const { opensMinute, closesMinute, opensDaysEarlier, closesDaysLater } = schedule.window
  const day = dayNumber(due.dueDate)
  return {
    opens: (day - opensDaysEarlier) * msPerDay + opensMinute * msPerMinute,
    closes: (day + closesDaysLater) * msPerDay + closesMinute * msPerMinute,
  }
}

function checkLength(planned: Planned, clock: ZoneClock, report: Report): void {
  const wall = wallTimes(planned)
  if (wall === null) return
  const { opensMs, closesMs, due } = planned
  const opens = instantOfWall(clock, wall.opens, 'earlier')
  const closes = instantOfWall(clock, wall.closes, 'later')
  const instants = { opens: opensMs, closes: closesMs }
  const length = closesMs - opensMs
  if (opensMs > opens || closesMs < closes)
    report.anomaly('window-shorter', due, instants, ...lengths(length, closes - opens))
  if (opensMs < opens || closesMs > closes)
    report.anomaly('window-longer', due, instants, ...lengths(length, closes - opens))
  if (opensMs !== opens || closesMs !== closes) return
  const ordinary = wall.closes - wall.opens
  if (length === ordinary) return
  report.note(length < ordinary ? 'short-window' : 'long-window', due, instants, ...lengths(length, ordinary))
}

const lengths = (is: number, by: number): [string, string] => [
  `${hours(is)} h from opening to closing, where ${hours(by)} h would be ordinary`,
  `从开放到关闭 ${hours(is)} 小时，通常为 ${hours(by)} 小时`,
]

/** Hours with at most two decimal places. */
const hours = (ms: number): number => Math.round(ms / 36_000) / 100

function checkLock({ due, closesMs, locksMs }: Planned, report: Report): void {
  if (locksMs >= closesMs) return
  report.anomaly(
    'lock-before-close',
    due,
    { closes: closesMs, locks: locksMs },
    `locked ${hours(closesMs - locksMs)} h before it closes`,
    `在关闭前 ${hours(closesMs - locksMs)} 小时锁定`,
  )
}

function checkReminder(
  { due, opensMs, closesMs, schedule }: Planned,
  reminderMs: number,
  patient: VirtualPatient,
  clock: ZoneClock,
  clocks: ZoneClocks,
  report: Report,
): void {
  const instants = { opens: opensMs, closes: closesMs, reminds: reminderMs }
  if (reminderMs < opensMs || reminderMs >= closesMs)
    report.anomaly(
      'reminder-outside',
      due,
      instants,
      `reminds ${reminderMs < opensMs ? 'before the window opens' : 'when the window is closed'}`,
      reminderMs < opensMs ? '提醒早于时间窗开放' : '提醒时时间窗已关闭',
    )
  const hour = hourOf(clock, reminderMs)
  if (isQuiet(hour))
    report.anomaly(
      'reminder-at-night',
      due,
      instants,
      `reminds in the hour of ${hour}:00 local time`,
      `当地时间 ${hour} 时提醒`,
    )
  if (schedule?.travel !== 'home-zone' || patient.stays.length === 1) return
  const abroad = patient.stays.findLast(({ fromMs }) => fromMs <= reminderMs)?.zone ?? patient.zone
  const there = hourOf(clocks(abroad), reminderMs)
  if (abroad !== patient.zone && isQuiet(there))
    report.note(
      'reminder-abroad',
      due,
      instants,
      `it is ${there}:00 in ${abroad}`,
      `${abroad} 当地时间为 ${there} 时`,
    )
}

const isQuiet = (hour: number): boolean => hour >= quietFromHour || hour < quietToHour

const hourOf = (clock: ZoneClock, epochMs: number): number =>
  Math.floor(((((epochMs + clock.offsetMs(epochMs)) % msPerDay) + msPerDay) % msPerDay) / 3_600_000)

/** Whether both count from one date of one anchor, so that study.yaml alone decides how they lie to each other. */
export const countAlike = (one: Planned, other: Planned): boolean =>
  one.schedule?.anchor.id === other.schedule?.anchor.id && one.due.cycle === other.due.cycle

/** What lies between one window and the next of the same form. */
function checkBetween(before: Planned, after: Planned, clock: ZoneClock, report: Report): void {
  const first = wallTimes(before)
  const second = wallTimes(after)
  if (first === null || second === null) return
  const between = after.opensMs - before.closesMs
  const ordinary = second.opens - first.closes
  const instants = { closes: before.closesMs, opens: after.opensMs }
  const where = after.due
  if (ordinary < 0 && between < 0 && before.due.zone === after.due.zone) {
    const words = overlapWords(between, before)
    if (countAlike(before, after)) report.anomaly('overlap', where, instants, ...words)
    else report.note('overlap-of-dates', where, instants, ...words)
    return
  }
  if (between === ordinary) return
  if (before.due.zone !== after.due.zone) {
    report.note('travel-windows', where, instants, ...travelWords(before, between, ordinary))
    return
  }
  const explained = changesBetween(clock, before.opensMs, after.closesMs)
  const byClocks = Math.abs(between - ordinary) <= explained
  if (between < 0) {
    const words = overlapWords(between, before)
    if (byClocks) report.note('overlap-at-clock-change', where, instants, ...words)
    else report.anomaly('overlap', where, instants, ...words)
  } else if (byClocks || between < ordinary) {
    if (byClocks) report.note('gap-at-clock-change', where, instants, ...gapWords(between, ordinary))
  } else report.anomaly('gap', where, instants, ...gapWords(between, ordinary))
}

const travelWords = ({ due }: Planned, between: number, ordinary: number): [string, string] => [
  `opens ${hours(Math.abs(between))} h ${between < 0 ? 'before' : 'after'} the one in ${due.zone} closes, where ${hours(ordinary)} h would be ordinary`,
  `在 ${due.zone} 的时间窗关闭${between < 0 ? '前' : '后'} ${hours(Math.abs(between))} 小时开放，通常为 ${hours(ordinary)} 小时`,
]

const overlapWords = (between: number, before: Planned): [string, string] => [
  `opens ${hours(-between)} h before that of ${before.due.occasion} closes`,
  `在 ${before.due.occasion} 关闭前 ${hours(-between)} 小时已开放`,
]

const gapWords = (between: number, ordinary: number): [string, string] => [
  `${hours(between)} h between two windows, where ${hours(ordinary)} h would be ordinary`,
  `两个时间窗相隔 ${hours(between)} 小时，通常为 ${hours(ordinary)} 小时`,
]

/** By how much clocks were moved between two instants, in ms, forth and back added up. */
const changesBetween = (clock: ZoneClock, fromMs: number, toMs: number): number =>
  clock.changes
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .reduce((sum, { beforeMs, afterMs }) => sum + Math.abs(afterMs - beforeMs), 0)
