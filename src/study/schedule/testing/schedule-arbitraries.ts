// Schedules, patients and zones made at random, for the laws of schedules.
import fc from 'fast-check'
import { compileStudy } from '../../compile-study.ts'
import { emptyCourse } from '../../course.ts'
import type { StudyPlan } from '../../plan.ts'
import { item, smallFiles } from '../../testing/small-study.ts'
import type { SchedulePatient } from '../due-occasions.ts'
import type { ScheduleFile } from '../schedule-file.ts'
import type { SlowPatient } from './slow-due.ts'

/** Zones whose clocks do unusual things, and usual ones. */
export const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Shanghai',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'America/Sao_Paulo',
] as const

/** Dates around changes of clocks: both of each year, Samoa's skipped day, midnights that never were. */
export const interesting = [
  '2026-03-29',
  '2026-10-25',
  '2026-03-08',
  '2026-11-01',
  '2026-04-05',
  '2026-10-04',
  '2011-12-30',
  '2018-11-04',
  '2026-04-24',
  '2028-02-29',
]

const dayAround = (date: string, days: number): string =>
  Temporal.PlainDate.from(date).add({ days }).toString()

/** An ISO date within some weeks of a change of clocks. */
export const date = fc
  .tuple(fc.constantFrom(...interesting), fc.integer({ min: -40, max: 40 }))
  .map(([near, days]) => dayAround(near, days))

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 59))
  .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`)

/** A window that opens before it closes. */
export const window: fc.Arbitrary<NonNullable<ScheduleFile['window']>> = fc
  .record({
    opens: clock,
    closes: fc.oneof(clock, fc.constant('24:00')),
    'closes-days-later': fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ opens, closes, 'closes-days-later': later }) => later > 0 || opens < closes)

const every: fc.Arbitrary<ScheduleFile['every']> = fc.oneof(
  fc.constantFrom('day' as const, 'week' as const, 'once' as const, 'listed' as const),
  fc.integer({ min: 1, max: 40 }).map((days) => ({ days })),
  fc.integer({ min: 1, max: 5 }).map((months) => ({ months })),
)

/** A schedule with due dates, as study.yaml would hold it. */
export const schedule: fc.Arbitrary<ScheduleFile> = fc
  .record({
    every,
    anchor: fc.constantFrom('enrolled', 'randomised', 'cycle', 'stopped'),
    from: fc.integer({ min: -10, max: 20 }),
    length: fc.option(fc.integer({ min: 0, max: 60 })),
    days: fc.uniqueArray(fc.integer({ min: -10, max: 40 }), { minLength: 1, maxLength: 5 }),
    until: fc.option(fc.constantFrom('randomised', 'stopped')),
    window,
  })
  .map(({ every, anchor, from, length, days, until, window }) => ({
    every,
    anchor,
    window,
    'locks-after-days': 2,
    ...(until === null ? {} : { until }),
    ...(every === 'listed' ? { 'on-days': days } : { 'from-day': from }),
    ...(length === null || every === 'once' || every === 'listed' ? {} : { 'to-day': from + length }),
  }))

/** A patient with dates of the anchors of {@link studyWith}; some have none yet. */
export const patient: fc.Arbitrary<SchedulePatient> = fc
  .record({
    zone: fc.constantFrom(...zones),
    enrolledOn: date,
    randomised: fc.option(fc.integer({ min: 0, max: 30 })),
    stopped: fc.option(fc.integer({ min: 0, max: 90 })),
    cycles: fc.array(fc.integer({ min: 5, max: 40 }), { maxLength: 4 }),
  })
  .map(({ zone, enrolledOn, randomised, stopped, cycles }) => {
    let at = 0
    const cycle = cycles.map((days) => {
      at += days
      return dayAround(enrolledOn, at)
    })
    return {
      zone,
      enrolledOn,
      course: {
        ...emptyCourse,
        anchors: {
          ...(randomised === null ? {} : { randomised: [dayAround(enrolledOn, randomised)] }),
          ...(stopped === null ? {} : { stopped: [dayAround(enrolledOn, stopped)] }),
          cycle,
        },
      },
    }
  })

const text = '{ en: A, zh: 甲 }'

/** The small study with those schedules and the anchors randomised, cycle (repeats) and stopped (ends). */
export function studyWith(schedules: readonly ScheduleFile[], more = ''): StudyPlan {
  const anchors = `anchors:
  - { id: randomised, title: ${text} }
  - { id: cycle, title: ${text}, repeats: true }
  - { id: stopped, title: ${text}, ends: true }
${more}`
  return compileStudy(smallFiles([item('a', 'boolean')], anchors, JSON.stringify(schedules)))
}

/** The patient as the oracle takes one. */
export const slowly = ({ enrolledOn, course }: SchedulePatient): SlowPatient => ({
  enrolledOn,
  anchors: course.anchors,
  repeats: ['cycle'],
  ends: ['stopped'],
})
