// Where entries are placed by schedules of every kind: cycles, visits, several schedules, ends, reasons, travel.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from '../compile-study.ts'
import { emptyCourse, type PatientCourse, zoneSeen } from '../course.ts'
import { type PlaceFacts, placeSubmission } from '../place.ts'
import type { StudyPlan } from '../plan.ts'
import { item, smallFiles } from '../testing/small-study.ts'
import { dueOccasions } from './due-occasions.ts'

const id = '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001'
const more = `anchors:
  - { id: randomised, title: { en: A, zh: 甲 } }
  - { id: cycle, title: { en: A, zh: 甲 }, repeats: true }
  - { id: stopped, title: { en: A, zh: 甲 }, ends: true }
visits:
  - { id: week-4, title: { en: A, zh: 甲 }, anchor: randomised, day: 28, window: { before: 3, after: 3 } }
  - { id: week-8, title: { en: A, zh: 甲 }, anchor: randomised, day: 56, window: { before: 3, after: 3 } }
  - { id: mid-cycle, title: { en: A, zh: 甲 }, anchor: cycle, day: 10, window: { before: 1, after: 1 } }
  - { id: end, title: { en: A, zh: 甲 }, anchor: stopped, day: 0, window: { before: 0, after: 7 } }
`
const study = (schedule: string): StudyPlan =>
  compileStudy(smallFiles([item('a', 'boolean')], more, schedule))

const day = 'window: { opens: "00:00", closes: "24:00" }, locks-after-days: 2'
const plans = {
  daily: study(`{ every: day, to-day: 20, ${day} }`),
  cycle: study(`{ every: day, anchor: cycle, to-day: 4, ${day} }`),
  listed: study(`{ every: listed, on-days: [0, 7, 14], ${day} }`),
  months: study(`{ every: { months: 1 }, ${day} }`),
  weeks: study('{ every: week, window: { opens: "00:00", closes: "24:00", closes-days-later: 1 } }'),
  visits: study('{ every: visit, visits: [week-4, week-8, mid-cycle, end], locks-after-days: 5 }'),
  both: study(`[{ every: day, to-day: 6, ${day} }, { every: week, from-day: 7, ${day} }]`),
  unscheduled: study(`[{ every: day, to-day: 6, ${day} }, { every: event }]`),
  justified: study(`{ every: day, justify-after-days: 2, ${day} }`),
  monthEnds: study(`{ every: { months: 1 }, from-day: 26, ${day} }`),
  overnight: study(
    '{ every: day, justify-after-days: 1, window: { opens: "18:00", closes: "11:00", closes-days-later: 1 } }',
  ),
  unlimited: study('{ every: day, window: { opens: "00:00", closes: "24:00" } }'),
}

const course: PatientCourse = {
  ...emptyCourse,
  anchors: { randomised: ['2026-01-05'], cycle: ['2026-01-05', '2026-01-27', '2026-01-30'] },
}
type Case = Partial<Omit<PlaceFacts, 'completedAt'>> & { course?: PatientCourse; zone?: string }

/** What matters of a placement in one line. `at` without offset is in Berlin. */
function told(plan: StudyPlan, at: string, { course: own = course, zone, ...facts }: Case = {}): string {
  const completedAt = at.includes('[') ? at : `${at}:00+01:00[Europe/Berlin]`
  const placed = placeSubmission(
    plan,
    { zone: zone ?? 'Europe/Berlin', status: 'active', enrolledOn: '2026-01-05', course: own },
    {
      form: 'small',
      formVersion: '1',
      submissionId: id,
      receivedAtMs: Temporal.Instant.from(completedAt).epochMilliseconds,
      ...facts,
      completedAt,
    },
  )
  if (!placed.placed) return placed.quarantine
  const codes = placed.findings.map(({ code }) => code)
  const cycle = placed.found.cycle === null ? [] : [`cycle ${placed.found.cycle}`]
  return [placed.occasion.replace(id, 'own'), placed.found.by, ...cycle, placed.status, ...codes].join(', ')
}

const stopped = { course: { ...course, anchors: { ...course.anchors, stopped: ['2026-01-12'] } } }
const table: readonly [keyof typeof plans, string, Case, string][] = [
  ['daily', '2026-01-25T12:00', {}, '2026-01-25, window, on-time'],
  ['daily', '2026-01-26T12:00', {}, '2026-01-25, period, late, late'],
  ['daily', '2026-01-28T12:00', {}, '2026-01-28, nothing-due, on-time, not-due'],
  ['daily', '2026-01-26T12:00', { occasion: '2026-01-26' }, '2026-01-26, nothing-due, on-time, not-due'],
  ['daily', '2026-01-12T12:00', { ...stopped }, '2026-01-11, period, late, late'],
  [
    'daily',
    '2026-01-12T12:00',
    { ...stopped, occasion: '2026-01-12' },
    '2026-01-12, nothing-due, on-time, not-due',
  ],
  ['daily', '2026-01-12T12:00', { ...stopped, occasion: '2026-01-11' }, '2026-01-11, named, late, late'],
  ['cycle', '2026-01-28T12:00', {}, '2026-01-28, window, cycle 2, on-time'],
  ['cycle', '2026-01-30T12:00', {}, '2026-01-30, window, cycle 3, on-time'],
  ['cycle', '2026-01-20T12:00', {}, '2026-01-20, nothing-due, on-time, not-due'],
  ['cycle', '2026-01-28T12:00', { course: emptyCourse }, '2026-01-28, nothing-due, on-time, not-due'],
  ['cycle', '2026-01-28T12:00', { occasion: '2026-01-27' }, '2026-01-27, named, cycle 2, late, late'],
  ['listed', '2026-01-12T12:00', {}, '2026-01-12, window, on-time'],
  ['listed', '2026-01-11T12:00', {}, '2026-01-12, nearest, early, early'],
  ['listed', '2026-01-07T12:00', {}, '2026-01-05, nearest, late, late'],
  ['listed', '2026-01-11T12:00', { occasion: '2026-01-11' }, '2026-01-11, nothing-due, on-time, not-due'],
  ['listed', '2026-01-13T00:00', {}, '2026-01-12, nearest, late, late'],
  ['monthEnds', '2026-02-28T12:00', {}, '2026-02-28, window, on-time'],
  ['monthEnds', '2026-02-28T12:00', { occasion: '2026-02-28' }, '2026-02-28, named, on-time'],
  [
    'monthEnds',
    '2026-03-30T12:00:00+02:00[Europe/Berlin]',
    { occasion: '2026-03-30' },
    '2026-02-28, period, late, late, locked-window',
  ],
  ['monthEnds', '2026-03-31T12:00:00+02:00[Europe/Berlin]', {}, '2026-03-31, window, on-time'],
  ['overnight', '2026-01-10T02:00', {}, '2026-01-09, window, on-time'],
  [
    'overnight',
    '2026-01-10T11:00',
    { occasion: '2026-01-09' },
    '2026-01-09, named, late, late, late-reason-missing',
  ],
  ['months', '2026-02-05T12:00', {}, '2026-02-05, window, on-time'],
  ['months', '2026-02-07T12:00', {}, '2026-02-05, period, late, late'],
  ['months', '2026-02-07T12:00', { occasion: '2026-02-07' }, '2026-02-05, period, late, late'],
  ['weeks', '2026-01-13T12:00', {}, '2026-01-12, window, on-time'],
  ['weeks', '2026-01-16T12:00', {}, '2026-01-12, period, late, late'],
  ['weeks', '2026-01-16T12:00', { occasion: '2026-01-14' }, '2026-01-12, period, late, late'],
  [
    'weeks',
    '2026-01-01T12:00',
    { occasion: '2026-01-01' },
    '2025-12-29, nothing-due, late, late, before-enrolment',
  ],
  ['visits', '2026-02-04T12:00', {}, 'week-4, window, on-time'],
  ['visits', '2026-01-30T00:00', {}, 'week-4, window, on-time'],
  ['visits', '2026-01-29T23:59', { occasion: 'week-4' }, 'week-4, named, early, early'],
  ['visits', '2026-02-05T23:59', { occasion: 'week-4' }, 'week-4, named, on-time'],
  ['visits', '2026-02-06T00:00', { occasion: 'week-4' }, 'week-4, named, late, late'],
  ['visits', '2026-02-11T00:00', { occasion: 'week-4' }, 'week-4, named, late, late, locked-window'],
  ['visits', '2026-02-20T12:00', {}, 'week-8, nearest, early, early'],
  ['visits', '2026-01-16T12:00', {}, 'mid-cycle.1, window, cycle 1, on-time'],
  ['visits', '2026-02-08T12:00', { occasion: 'mid-cycle' }, 'mid-cycle.3, named, cycle 3, on-time'],
  ['visits', '2026-02-08T12:00', { occasion: 'mid-cycle.2' }, 'mid-cycle.2, named, cycle 2, late, late'],
  ['visits', '2026-02-08T12:00', { occasion: 'mid-cycle.4' }, 'mid-cycle.4, nothing-due, on-time, not-due'],
  ['visits', '2026-02-08T12:00', { occasion: 'mid-cycle.01' }, 'occasion-invalid'],
  ['visits', '2026-02-08T12:00', { occasion: 'week-12' }, 'occasion-invalid'],
  ['visits', '2026-02-08T12:00', { occasion: '2026-02-08' }, 'mid-cycle.3, window, cycle 3, on-time'],
  ['visits', '2026-01-14T12:00', { ...stopped }, 'end, window, on-time'],
  ['visits', '2026-02-02T12:00', { ...stopped, occasion: 'week-4' }, 'week-4, nothing-due, on-time, not-due'],
  ['visits', '2026-02-02T12:00', { course: emptyCourse }, 'own, nothing-due, on-time, not-due'],
  ['both', '2026-01-11T12:00', {}, '2026-01-11, window, on-time'],
  ['both', '2026-01-12T12:00', {}, '2026-01-12, window, on-time'],
  ['both', '2026-01-13T12:00', {}, '2026-01-12, period, late, late'],
  ['both', '2026-01-13T12:00', { occasion: '2026-01-10' }, '2026-01-10, named, late, late, locked-window'],
  ['unscheduled', '2026-01-11T12:00', {}, '2026-01-11, window, on-time'],
  ['unscheduled', '2026-01-20T12:00', {}, 'own, event, on-time'],
  ['justified', '2026-01-10T23:59', { occasion: '2026-01-09' }, '2026-01-09, named, late, late'],
  [
    'justified',
    '2026-01-11T00:00',
    { occasion: '2026-01-09' },
    '2026-01-09, named, late, late, late-reason-missing',
  ],
  [
    'justified',
    '2026-01-11T00:00',
    { occasion: '2026-01-09', lateReason: 'hospital' },
    '2026-01-09, named, late, late',
  ],
  [
    'justified',
    '2026-01-11T00:00',
    { occasion: '2026-01-09', lateReason: 'my own words' },
    '2026-01-09, named, late, late, late-reason-unknown',
  ],
  [
    'justified',
    '2026-01-11T00:00',
    { lateReason: 'toString' },
    '2026-01-11, window, on-time, late-reason-unknown',
  ],
  ['unlimited', '2026-03-20T00:00', { occasion: '2026-01-09' }, '2026-01-09, named, late, late'],
]
for (const [name, at, facts, expected] of table)
  test(`${name} at ${at}${facts.occasion === undefined ? '' : ` named ${facts.occasion}`}: ${expected}`, () =>
    assert.equal(told(plans[name], at, facts), expected))

const policy = (travel: string) => study(`{ every: day, travel: ${travel}, ${day} }`)

test('home zone: the date and the window are those at home, wherever the device is', () => {
  const plan = policy('home-zone')
  // 2026-01-10 20:00 in New York is 02:00 of the next day in Berlin.
  assert.equal(told(plan, '2026-01-10T20:00:00-05:00[America/New_York]'), '2026-01-11, window, on-time')
  assert.equal(
    told(policy('follow-device'), '2026-01-10T20:00:00-05:00[America/New_York]'),
    '2026-01-10, window, on-time',
  )
})

test('once a day: westwards the repeated date counts once, eastwards the one that was open at home is filled', () => {
  const plan = policy('once-a-day')
  const filled = (...dates: string[]) => ({
    filled: (form: string, due: string) => form === 'small' && dates.includes(due),
  })
  // At 23:00 of the 10th in Berlin the diary of the 10th was kept; at 18:00 in New York it is the 11th at home.
  const evening = '2026-01-10T18:30:00-05:00[America/New_York]'
  assert.equal(told(plan, evening, filled()), '2026-01-10, window, on-time')
  assert.equal(told(plan, evening, filled('2026-01-10')), '2026-01-11, window, on-time')
  assert.equal(told(plan, evening, filled('2026-01-10', '2026-01-11')), '2026-01-10, window, on-time')
  // 22:00 of the 10th in Berlin is 06:00 of the 11th in Tokyo: the 10th is open still.
  const morning = '2026-01-11T06:00:00+09:00[Asia/Tokyo]'
  assert.equal(told(plan, morning, filled()), '2026-01-10, window, on-time')
  assert.equal(told(plan, morning, filled('2026-01-10')), '2026-01-11, window, on-time')
  assert.equal(told(policy('follow-device'), morning, filled()), '2026-01-11, window, on-time')
  // Named, the date is followed; its window is open in the zone the patient left.
  assert.equal(told(plan, morning, { occasion: '2026-01-10', ...filled() }), '2026-01-10, named, on-time')
})

test('once a day: the zone that was left counts for the window that was open then, and no longer', () => {
  const plan = policy('once-a-day')
  const moved = (from: string) => ({ course: { ...course, zones: [{ from, zone: 'Asia/Tokyo' }] } })
  const morning = '2026-01-11T06:00:00+09:00[Asia/Tokyo]'
  assert.equal(told(plan, morning, moved('2026-01-10T15:00:00.000Z')), '2026-01-10, window, on-time')
  assert.equal(told(plan, morning, moved('2026-01-05T15:00:00.000Z')), '2026-01-11, window, on-time')
})

test('a zone is kept once, in its place, under whichever name; what flutters is bounded', () => {
  const at = (day: number) => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`
  const see = (course: PatientCourse, zone: string, when: string) =>
    zoneSeen(course, 'Asia/Calcutta', zone, when)
  assert.equal(see(emptyCourse, 'Asia/Kolkata', at(1)), null)
  const tokyo = see(emptyCourse, 'Asia/Tokyo', at(10))!
  assert.equal(see(tokyo, 'Asia/Tokyo', at(11)), null)
  assert.deepEqual(see(tokyo, 'Asia/Tokyo', at(8))?.zones, [{ from: at(8), zone: 'Asia/Tokyo' }])
  const back = see(tokyo, 'Asia/Kolkata', at(12))!
  assert.deepEqual(
    back.zones.map(({ zone }) => zone),
    ['Asia/Tokyo', 'Asia/Kolkata'],
  )
  assert.deepEqual(
    see(back, 'Europe/Berlin', at(11))?.zones.map(({ from, zone }) => `${from.slice(8, 10)} ${zone}`),
    ['10 Asia/Tokyo', '11 Europe/Berlin', '12 Asia/Kolkata'],
  )
  let flutter: PatientCourse = emptyCourse
  for (let minute = 0; minute < 200; minute++) {
    const when = new Date(Date.parse(at(1)) + minute * 60_000).toISOString()
    flutter = see(flutter, minute % 2 === 0 ? 'Asia/Tokyo' : 'Asia/Seoul', when) ?? flutter
  }
  assert.equal(flutter.zones.length, 64)
})

test('a date that lies between two zones is skipped by travel, and no other is', () => {
  const evening = study('{ every: day, window: { opens: "18:00", closes: "23:00" } }')
  const skipped = (plan: StudyPlan, from: string, zone: string) =>
    dueOccasions(
      plan,
      {
        zone: 'Europe/Berlin',
        enrolledOn: '2026-01-05',
        course: { ...emptyCourse, zones: [{ from, zone }] },
      },
      { from: '2026-01-05', to: '2026-01-14' },
    )
      .filter(({ skippedByTravel }) => skippedByTravel)
      .map(({ dueDate }) => dueDate)
  // 17:00 in Berlin is 01:00 of the next day in Tokyo.
  assert.deepEqual(skipped(evening, '2026-01-10T16:00:00.000Z', 'Asia/Tokyo'), ['2026-01-10'])
  assert.deepEqual(skipped(evening, '2026-01-10T18:00:00.000Z', 'Asia/Tokyo'), [])
  assert.deepEqual(skipped(evening, '2026-01-10T16:00:00.000Z', 'America/New_York'), [])
  const atHome = study('{ every: day, travel: home-zone, window: { opens: "18:00", closes: "23:00" } }')
  assert.deepEqual(skipped(atHome, '2026-01-10T16:00:00.000Z', 'Asia/Tokyo'), [])
})

test('a past window lies where the device was then, a coming one where it was seen last', () => {
  const zones = [
    { from: '2026-01-08T12:00:00.000Z', zone: 'Asia/Tokyo' },
    { from: '2026-01-10T12:00:00.000Z', zone: 'Europe/Berlin' },
  ]
  const due = dueOccasions(
    plans.daily,
    { zone: 'America/New_York', enrolledOn: '2026-01-05', course: { ...emptyCourse, zones } },
    { from: '2026-01-06', to: '2026-01-12' },
  )
  assert.deepEqual(
    due.map(({ dueDate, zone }) => `${dueDate.slice(8)} ${zone}`),
    [
      '06 America/New_York',
      '07 America/New_York',
      '08 Asia/Tokyo',
      '09 Asia/Tokyo',
      '10 Europe/Berlin',
      '11 Europe/Berlin',
      '12 Europe/Berlin',
    ],
  )
})

/** Wall-clock times that come twice or never: [opens, closes, zone, date, opens and closes in UTC]. */
const oddTimes: readonly [string, string, string, string, string, string][] = [
  ['02:30', '12:00', 'Europe/Berlin', '2026-03-29', '2026-03-29T00:30', '2026-03-29T10:00'],
  ['02:30', '12:00', 'Europe/Berlin', '2026-10-25', '2026-10-25T00:30', '2026-10-25T11:00'],
  ['00:00', '02:30', 'Europe/Berlin', '2026-03-29', '2026-03-28T23:00', '2026-03-29T01:30'],
  ['00:00', '02:30', 'Europe/Berlin', '2026-10-25', '2026-10-24T22:00', '2026-10-25T01:30'],
  ['02:15', '12:00', 'Australia/Lord_Howe', '2026-10-04', '2026-10-03T15:15', '2026-10-04T01:00'],
  ['01:45', '12:00', 'Australia/Lord_Howe', '2026-04-05', '2026-04-04T14:45', '2026-04-05T01:30'],
]
for (const [opens, closes, zone, date, opensAt, closesAt] of oddTimes)
  test(`${opens} to ${closes} on ${date} in ${zone} is never shorter than the clocks say`, () => {
    const plan = study(`{ every: day, window: { opens: "${opens}", closes: "${closes}" } }`)
    const [due] = dueOccasions(
      plan,
      { zone, enrolledOn: date, course: emptyCourse },
      { from: date, to: date },
    )
    assert.deepEqual([due?.opensAt.slice(0, 16), due?.closesAt.slice(0, 16)], [opensAt, closesAt])
  })
