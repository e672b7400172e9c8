// Compiles the schedules of one form, and names what does not belong together in them.
import { minuteOf } from '../clock.ts'
import type { StudySource } from '../read-study-yaml.ts'
import type { Faults } from '../study-invalid.ts'
import { noAnchor } from './compile-anchors.ts'
import { refuseOverlaps } from './overlaps.ts'
import type { ScheduleFile } from './schedule-file.ts'
import {
  type AnchorPlan,
  type DatedSchedule,
  enrolled,
  isDated,
  type Recurrence,
  type SchedulePlan,
  type Thresholds,
  type TravelPolicy,
  type VisitPlan,
  type WindowPlan,
} from './schedule-plan.ts'
import { createWindowFinder } from './window.ts'

/** What schedules refer to. */
export type ScheduleGround = {
  readonly anchors: ReadonlyMap<string, AnchorPlan>
  readonly visits: ReadonlyMap<string, VisitPlan>
  readonly travel: TravelPolicy
}

type At = { fault(member: string | undefined, message: string): void }

/** The schedules of the form at `index` of study.yaml, ready for placing; a schedule of visits becomes one for each. */
export function compileSchedules(
  source: StudySource,
  index: number,
  ground: ScheduleGround,
  faults: Faults,
): SchedulePlan[] {
  const written = source.study.forms[index]?.schedule ?? []
  const isList = Array.isArray(written)
  const plans: SchedulePlan[] = []
  for (const [number, file] of (isList ? written : [written]).entries()) {
    const path = ['forms', index, 'schedule', ...(isList ? [number] : [])]
    const at: At = {
      fault: (member, message) =>
        faults.add(source.file, source.lineOf(member === undefined ? path : [...path, member]), message),
    }
    const compiled = compileOne(file, ground, at)
    refuseOverlaps(plans.filter(isDated), compiled.filter(isDated), (message) => at.fault(undefined, message))
    if (compiled.some((plan) => !isDated(plan)) && plans.some((plan) => !isDated(plan)))
      at.fault('every', 'the form has two schedules for events; keep one')
    plans.push(...compiled)
  }
  return plans
}

function compileOne(file: ScheduleFile, ground: ScheduleGround, at: At): SchedulePlan[] {
  refuseMembers(file, at)
  if (file.every === 'event') return [{ every: 'event' }]
  if (file.every === 'visit')
    return (file.visits ?? []).flatMap((id) => {
      const visit = ground.visits.get(id)
      if (visit !== undefined) return [visitSchedule(file, visit, ground, at)]
      at.fault('visits', `${id}: the study has no such visit`)
      return []
    })
  const name = file.anchor ?? enrolled.id
  const anchor = ground.anchors.get(name)
  if (anchor === undefined) at.fault('anchor', noAnchor(name, ground.anchors))
  if (anchor === undefined || file.window === undefined) return []
  const fromDay = file['from-day'] ?? 0
  const toDay = file['to-day'] ?? null
  if (toDay !== null && toDay < fromDay)
    at.fault('to-day', `to-day ${toDay} lies before from-day ${fromDay}; nothing would ever be due`)
  const window: WindowPlan = {
    opensMinute: minuteOf(file.window.opens),
    closesMinute: minuteOf(file.window.closes),
    opensDaysEarlier: 0,
    closesDaysLater: file.window['closes-days-later'] ?? 0,
  }
  const recurrence = recurrenceOf(file, fromDay)
  return [
    dated(
      file,
      {
        every: 'date',
        anchor,
        recurrence,
        fromDay,
        toDay,
        until: untilOf(file, anchor, ground, at),
        visit: null,
        window,
      },
      ground,
      at,
    ),
  ]
}

/** Which members a recurrence takes, and which it needs. */
const members: Record<string, { needs: readonly string[]; takesNot: readonly string[] }> = {
  event: {
    needs: [],
    takesNot: [
      'anchor',
      'from-day',
      'to-day',
      'on-days',
      'until',
      'visits',
      'window',
      'justify-after-days',
      'locks-after-days',
      'reminder',
      'travel',
    ],
  },
  visit: { needs: ['visits'], takesNot: ['anchor', 'from-day', 'to-day', 'on-days'] },
  once: { needs: ['window'], takesNot: ['to-day', 'on-days', 'visits'] },
  listed: { needs: ['on-days', 'window'], takesNot: ['from-day', 'to-day', 'visits'] },
  recurring: { needs: ['window'], takesNot: ['on-days', 'visits'] },
}

function refuseMembers(file: ScheduleFile, at: At): void {
  const name = typeof file.every === 'string' ? file.every : 'recurring'
  const { needs, takesNot } = members[name] ?? members.recurring!
  for (const member of needs)
    if (!(member in file)) at.fault('every', `add ${member}: a schedule with every: ${name} needs it`)
  for (const member of takesNot)
    if (member in file) at.fault(member, `remove ${member}: a schedule with every: ${name} has none`)
}

/** Anchors that end the schedule: its own `until`, and those that end every schedule but the ones that count from them. */
function untilOf(file: ScheduleFile, anchor: AnchorPlan, { anchors }: ScheduleGround, at: At): string[] {
  const ends = [...anchors.values()].filter((other) => other.ends && other.id !== anchor.id)
  const until = ends.map(({ id }) => id)
  if (file.until === undefined || until.includes(file.until)) return until
  const own = anchors.get(file.until)
  if (own === undefined) at.fault('until', noAnchor(file.until, anchors))
  else if (own.repeats || own.id === enrolled.id)
    at.fault('until', `${file.until}: what ends a schedule is an anchor with one date after the enrolment`)
  return [...until, file.until]
}

function recurrenceOf({ every, 'on-days': onDays }: ScheduleFile, fromDay: number): Recurrence {
  if (every === 'day') return { unit: 'days', step: 1 }
  if (every === 'week') return { unit: 'days', step: 7 }
  if (every === 'once') return { unit: 'listed', days: [fromDay] }
  if (typeof every === 'string')
    return { unit: 'listed', days: [...new Set(onDays ?? [fromDay])].sort((a, b) => a - b) }
  return every.days !== undefined
    ? { unit: 'days', step: every.days }
    : { unit: 'months', step: every.months ?? 1 }
}

function visitSchedule(file: ScheduleFile, visit: VisitPlan, ground: ScheduleGround, at: At): DatedSchedule {
  const { anchor, day, daysBefore, daysAfter } = visit
  if ((file.window?.['closes-days-later'] ?? 0) > 0)
    at.fault('window', 'remove closes-days-later: the days of a visit come from the visit’s window')
  const window: WindowPlan = {
    opensMinute: minuteOf(file.window?.opens ?? '00:00'),
    closesMinute: minuteOf(file.window?.closes ?? '24:00'),
    opensDaysEarlier: daysBefore,
    closesDaysLater: daysAfter,
  }
  const recurrence: Recurrence = { unit: 'listed', days: [day] }
  return dated(
    file,
    {
      every: 'visit',
      anchor,
      recurrence,
      fromDay: day,
      toDay: day,
      until: untilOf(file, anchor, ground, at),
      visit,
      window,
    },
    ground,
    at,
  )
}

function dated(
  file: ScheduleFile,
  schedule: Omit<DatedSchedule, 'windows' | 'thresholds' | 'travel'>,
  ground: ScheduleGround,
  at: At,
): DatedSchedule {
  const { window, visit } = schedule
  const justify = file['justify-after-days']
  const thresholds: Thresholds = {
    justifyAfterDays: justify === undefined ? null : justify + (visit?.daysAfter ?? 0),
    locksAfterDays: file['locks-after-days'] ?? null,
    reminderMinute: file.reminder === undefined ? null : minuteOf(file.reminder),
  }
  checkWindow(window, thresholds, at)
  return {
    ...schedule,
    thresholds,
    travel: file.travel ?? ground.travel,
    windows: createWindowFinder(window, thresholds),
  }
}

const minutesOfDay = 1440

function checkWindow(window: WindowPlan, thresholds: Thresholds, at: At): void {
  const { opensMinute, closesMinute, opensDaysEarlier, closesDaysLater } = window
  // Minutes from midnight of the due date, on an ordinary day.
  const opens = opensMinute - opensDaysEarlier * minutesOfDay
  const closes = closesMinute + closesDaysLater * minutesOfDay
  if (closes <= opens) {
    at.fault('window', 'the window closes before it opens; correct the times, or let it close on a later day')
    return
  }
  const { justifyAfterDays, locksAfterDays, reminderMinute } = thresholds
  if (justifyAfterDays !== null && locksAfterDays !== null) {
    const locks = closes + locksAfterDays * minutesOfDay
    if (justifyAfterDays * minutesOfDay > locks)
      at.fault(
        'justify-after-days',
        'a reason would be asked for after the lock only; justify earlier, or lock later',
      )
  }
  if (reminderMinute === null) return
  const reminds =
    opensDaysEarlier === 0 && reminderMinute < opensMinute ? reminderMinute + minutesOfDay : reminderMinute
  if (reminds >= closes) at.fault('reminder', 'the reminder lies outside the window; move it inside')
}
