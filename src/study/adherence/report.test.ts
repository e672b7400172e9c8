// Every measure against worked examples: from the literature where there are some, else by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { of, report } from '../testing/adherence-course.ts'

const daily = (from: string, to: string, more = '') =>
  `period: { from: ${from}, to: ${to} }\nregimens: [{ from: ${from}, times: ["08:00"] }]\n${more}`
const taken = (...times: string[]) => `datetime\n${times.join('\n')}\n`

test('taking and correct dosing: a double dose makes up for a missed one in the first and not in the second', () => {
  const made = report(
    daily('2026-06-01', '2026-06-04'),
    taken('2026-06-01 08:00', '2026-06-02 08:00', '2026-06-02 20:00', '2026-06-04 08:00'),
  )
  assert.deepEqual(of(made, 'taking'), [4, 4, 100])
  assert.deepEqual(of(made, 'correct-dosing'), [2, 4, 50])
  assert.deepEqual(made.overdoses, [{ date: '2026-06-02', prescribed: 1, taken: 2, held: false }])
})

test('taking may exceed 100 and is outside the band then', () => {
  const made = report(daily('2026-06-01', '2026-06-01'), taken('2026-06-01 08:00', '2026-06-01 12:00'))
  assert.deepEqual(of(made, 'taking'), [2, 1, 200])
  assert.deepEqual(made.measures.taking?.details.band, { low: 80, high: 120, within: false })
})

test('titration: the denominator follows the dose level, doses count as prescribed on their day', () => {
  const yaml = `period: { from: 2026-06-01, to: 2026-06-04 }
unit: tablet
regimens:
  - { from: 2026-06-01, times: ["08:00"], amount: 1 }
  - { from: 2026-06-03, times: ["08:00", "20:00"], amount: 2 }
`
  const made = report(yaml, 'date,quantity\n2026-06-01,1\n2026-06-02,1\n2026-06-03,4\n2026-06-04,2\n')
  assert.deepEqual(of(made, 'taking'), [5, 6, 83.3333333333])
  assert.deepEqual(made.measures.taking?.details.unitsTaken, 8)
  assert.deepEqual(of(made, 'correct-dosing'), [3, 4, 75])
})

test('a level that begins at noon leaves the morning to the one before', () => {
  const yaml = `period: { from: 2026-06-01, to: 2026-06-01 }
regimens:
  - { from: 2026-06-01, times: ["08:00"] }
  - { from: 2026-06-01T12:00, times: ["08:00", "14:00", "20:00"] }
`
  assert.equal(report(yaml, taken('2026-06-01 08:00')).measures.taking?.denominator, 3)
})

test('an ordered hold is in no denominator; a dose taken in it counts for nothing and is flagged', () => {
  const hold = 'holds: [{ from: 2026-06-02, to: 2026-06-03, reason: toxicity }]\n'
  const made = report(
    daily('2026-06-01', '2026-06-04', hold),
    taken('2026-06-01 08:00', '2026-06-02 08:00', '2026-06-04 08:00'),
  )
  assert.deepEqual(of(made, 'taking'), [2, 2, 100])
  assert.deepEqual(of(made, 'correct-dosing'), [2, 2, 100])
  assert.deepEqual(made.overdoses, [{ date: '2026-06-02', prescribed: 0, taken: 1, held: true }])
  assert.ok(made.measures.taking?.exclusions.some((e) => e.reason === 'taken-while-held' && e.line === 3))
  assert.deepEqual(
    made.measures.timing?.exclusions.map((e) => e.reason),
    ['spans-hold'],
  )
})

test('days not to be judged are left out the same way, under their own reason', () => {
  const span = 'not-evaluable: [{ from: 2026-06-02, to: 2026-06-02, reason: hospital }]\n'
  const made = report(daily('2026-06-01', '2026-06-03', span), taken('2026-06-01 08:00', '2026-06-03 08:00'))
  assert.deepEqual(of(made, 'taking'), [2, 2, 100])
  assert.deepEqual(made.measures.taking?.exclusions, [
    { date: '2026-06-02', reason: 'not-evaluable: hospital', count: 1 },
  ])
})

test('timing: 25 % around 12 hours is 9 to 15 hours, both ends inside', () => {
  const yaml =
    'period: { from: 2026-06-01, to: 2026-06-03 }\nregimens: [{ from: 2026-06-01, times: ["08:00", "20:00"] }]\n'
  const made = report(
    yaml,
    taken('2026-06-01 08:00', '2026-06-01 17:00', '2026-06-02 08:00', '2026-06-02 16:59', '2026-06-03 08:00'),
  )
  assert.deepEqual(of(made, 'timing'), [2, 4, 50])
  assert.deepEqual([made.measures.timing?.details.tooShort, made.measures.timing?.details.tooLong], [1, 1])
})

test('timing follows uneven times: 08:00, 13:00 and 20:00 are 5, 7 and 12 hours apart', () => {
  const yaml =
    'period: { from: 2026-06-01, to: 2026-06-02 }\nregimens: [{ from: 2026-06-01, times: ["08:00", "13:00", "20:00"] }]\n'
  const made = report(
    yaml,
    taken('2026-06-01 08:00', '2026-06-01 13:00', '2026-06-01 20:00', '2026-06-02 08:00'),
  )
  assert.deepEqual(of(made, 'timing'), [3, 3, 100])
})

for (const [what, day, hours] of [
  ['loses', '2026-03-29', 23],
  ['gains', '2026-10-25', 25],
] as const)
  test(`the night that ${what} an hour is no error of the patient: ${hours} hours from 08:00 to 08:00`, () => {
    const before = Temporal.PlainDate.from(day).subtract({ days: 1 }).toString()
    const after = Temporal.PlainDate.from(day).add({ days: 1 }).toString()
    const yaml = daily(
      before,
      after,
      'timing-tolerance: 0.01\nwindow: { minutes-before: 0, minutes-after: 0 }\n',
    )
    const made = report(yaml, taken(`${before} 08:00`, `${day} 08:00`, `${after} 08:00`))
    for (const measure of ['taking', 'correct-dosing', 'timing', 'window'])
      assert.equal(made.measures[measure]?.percent, 100, measure)
  })

test('a window across the clock change never gets shorter', () => {
  const yaml = `period: { from: 2026-03-29, to: 2026-03-29 }
regimens: [{ from: 2026-03-29, times: ["02:30"] }]
window: { minutes-before: 30, minutes-after: 30 }
`
  // 02:00 to 03:00 does not exist that night. Opening takes the earlier reading, 01:00; closing is 03:00 as written.
  for (const [time, inside] of [
    ['2026-03-28T23:59', 0],
    ['2026-03-29T00:00', 1],
    ['2026-03-29T01:00', 1],
    ['2026-03-29T01:01', 0],
  ] as const)
    assert.equal(report(yaml, taken(`${time}Z`)).measures.window?.numerator, inside, time)
})

test('window: each dose due and each dose taken counts once; a dose of unknown time gives bounds', () => {
  const yaml = daily('2026-06-01', '2026-06-03', 'window: { minutes-before: 60, minutes-after: 60 }\n')
  const made = report(yaml, 'date,time\n2026-06-01,08:30\n2026-06-01,08:45\n2026-06-02,\n2026-06-03,10:00\n')
  const { numerator, denominator, unknown, bounds } = made.measures.window!
  assert.deepEqual([numerator, denominator, unknown], [1, 3, 1])
  assert.deepEqual(bounds, { low: 33.3333333333, high: 66.6666666667 })
})

test('window by the clock may close on the next day', () => {
  const yaml = daily('2026-06-01', '2026-06-02', 'window: { opens: "20:00", closes: "02:00" }\n').replace(
    '08:00',
    '22:00',
  )
  assert.deepEqual(of(report(yaml, taken('2026-06-02 01:30', '2026-06-02 19:59')), 'window'), [1, 2, 50])
})

test('days may start at three: a dose at half past midnight belongs to the evening before', () => {
  const made = report(
    daily('2026-06-01', '2026-06-02', 'day-starts: "03:00"\n').replace('08:00', '22:00'),
    taken('2026-06-02 00:30', '2026-06-02 22:00'),
  )
  assert.deepEqual(of(made, 'correct-dosing'), [2, 2, 100])
})

test('drug holidays: at least 72 hours, holds taken out, at the ends as well', () => {
  const yaml = daily('2026-06-01', '2026-06-20', 'holds: [{ from: 2026-06-06, to: 2026-06-08, reason: r }]\n')
  const made = report(
    yaml,
    taken('2026-06-02 08:00', '2026-06-05 08:00', '2026-06-09 08:00', '2026-06-12 07:59', '2026-06-16 08:00'),
  )
  const holidays = made.measures['drug-holidays']?.details.holidays as { hours: number; kind: string }[]
  assert.deepEqual(
    holidays.map(({ hours, kind }) => [Math.round(hours), kind]),
    [
      [72, 'between-doses'],
      [96, 'between-doses'],
      [112, 'after-last-dose'],
    ],
  )
  assert.equal(made.measures['drug-holidays']?.numerator, 3)
})

test('a holiday shorter than the prescribed interval is refused, not counted', () => {
  const yaml =
    'period: { from: 2026-06-01, to: 2026-06-30 }\nregimens: [{ from: 2026-06-01, times: ["08:00"], weekdays: [mon] }]\n'
  assert.equal(
    report(yaml, taken('2026-06-01 08:00')).measures['drug-holidays']?.reason,
    'holiday-hours-too-short',
  )
})

test('pill count, day convention of the Vanderbilt note: 1 January to 20 January is 19 days', () => {
  const yaml = 'period: { from: 2026-01-01, to: 2026-02-28 }\nregimens: [{ from: 2026-01-01, per-day: 1 }]\n'
  const made = report(yaml, 'event,date,quantity\ndispensed,2026-01-01,30\ncounted,2026-01-20,11\n')
  assert.deepEqual(of(made, 'pill-count'), [19, 19, 100])
})

test('pill count: in the final period the day of the last dose counts', () => {
  const yaml = 'period: { from: 2026-01-01, to: 2026-01-20 }\nregimens: [{ from: 2026-01-01, per-day: 1 }]\n'
  const made = report(yaml, 'event,date,quantity\ndispensed,2026-01-01,30\ncounted,2026-01-20,10\n')
  assert.deepEqual(of(made, 'pill-count'), [20, 20, 100])
})

test('pill count, full formula: what was lost, given away or taken outside was not taken (NIHMS293825)', () => {
  const yaml =
    'period: { from: 2026-01-01, to: 2026-03-31 }\nregimens: [{ from: 2026-01-01, times: ["08:00", "20:00"] }]\n'
  const csv = `event,datetime,quantity
counted,2026-01-05 12:00,10
dispensed,2026-01-05 12:00,60
lost,2026-01-10,2
given-away,2026-01-11,1
thrown-away,2026-01-11,1
broken,2026-01-12,1
taken-outside,2026-01-12,3
counted,2026-02-02 10:00,7
`
  // 70 − 8 − 7 = 55 taken; 27 full days × 2 + one dose left on the first day + one already due on the last = 56.
  assert.deepEqual(of(report(yaml, csv), 'pill-count'), [55, 56, 98.2142857143])
})

test('unreturned packs are unknown, not taken: bounds and no percentage', () => {
  const yaml = 'period: { from: 2026-01-01, to: 2026-01-20 }\nregimens: [{ from: 2026-01-01, per-day: 1 }]\n'
  const csv =
    'event,date,quantity,kit\ndispensed,2026-01-01,12,K1\ndispensed,2026-01-11,12,K2\nreturned,2026-01-11,2,K1\n'
  const one = report(yaml, csv).measures['pill-count-simple']!
  assert.deepEqual([one.numerator, one.denominator, one.unknown, one.percent], [10, 20, 12, null])
  assert.deepEqual([one.reason, one.bounds], ['unreturned-packs', { low: 50, high: 110 }])
})

test('packs without numbers: what comes back at the next visit belongs to the pack before; nothing left is written 0', () => {
  const yaml = 'period: { from: 2026-01-01, to: 2026-01-20 }\nregimens: [{ from: 2026-01-01, per-day: 1 }]\n'
  const csv =
    'event,date,quantity\ndispensed,2026-01-01,12\nreturned,2026-01-11,2\ndispensed,2026-01-11,10\nreturned,2026-01-21,0\n'
  assert.deepEqual(of(report(yaml, csv), 'pill-count-simple'), [20, 20, 100])
})

const supply = 'period: { from: 2026-01-01, to: 2026-03-31 }\nregimens: [{ from: 2025-12-01, per-day: 1 }]\n'

test('MPR may exceed 1, PDC may not; oversupply is carried over and what is left at the end covers nothing (CMA7)', () => {
  const csv = 'event,date,days_supply\ndispensed,2026-01-01,60\ndispensed,2026-02-10,60\n'
  const made = report(supply, csv)
  assert.deepEqual(of(made, 'mpr'), [120, 90, 133.333333333])
  assert.deepEqual(of(made, 'pdc'), [90, 90, 100])
  assert.equal(made.measures.pdc?.details.leftAtEnd, 30)
})

test('PDC: a gap is not covered by what comes later, and supply from before the period is used first', () => {
  const csv = 'event,date,quantity\ndispensed,2025-12-17,30\ndispensed,2026-02-01,30\n'
  const made = report(supply, csv)
  assert.deepEqual(of(made, 'pdc'), [45, 90, 50])
  assert.deepEqual(of(made, 'mpr'), [30, 90, 33.3333333333])
})

test('supply lasts as long as the dose level lets it', () => {
  const yaml = `period: { from: 2026-01-01, to: 2026-01-20 }
regimens:
  - { from: 2026-01-01, per-day: 1 }
  - { from: 2026-01-11, per-day: 2 }
`
  const made = report(yaml, 'event,date,quantity\ndispensed,2026-01-01,20\n')
  assert.deepEqual(of(made, 'pdc'), [15, 20, 75])
  assert.deepEqual(of(made, 'mpr'), [15, 20, 75])
})

test('every other day: ten tablets last twenty days', () => {
  const yaml =
    'period: { from: 2026-01-01, to: 2026-01-20 }\nregimens: [{ from: 2026-01-01, per-day: 1, every-days: 2 }]\n'
  const made = report(yaml, 'event,date,quantity\ndispensed,2026-01-01,10\n')
  assert.deepEqual(
    [of(made, 'mpr'), of(made, 'pdc')],
    [
      [20, 20, 100],
      [20, 20, 100],
    ],
  )
})

test('without reports of doses nothing is said about taking; without supplies nothing about supply', () => {
  const made = report(supply, 'event,date,quantity\ndispensed,2026-01-01,30\n')
  assert.equal(made.measures.taking?.reason, 'no-dose-reports')
  const doses = report(daily('2026-06-01', '2026-06-01'), taken('2026-06-01 08:00'))
  assert.deepEqual(
    ['pill-count', 'mpr', 'pdc', 'window'].map((m) => doses.measures[m]?.reason),
    ['no-counts', 'nothing-dispensed', 'nothing-dispensed', 'no-window'],
  )
})

test('diaries: silence is unknown where the prescription says so, and gives bounds', () => {
  const made = report(
    daily('2026-06-01', '2026-06-04', 'unrecorded: unknown\n'),
    'event,datetime\ntaken,2026-06-01 08:00\nmissed,2026-06-02\ntaken,2026-06-03 08:00\n',
  )
  const { numerator, denominator, unknown, percent, bounds } = made.measures.taking!
  assert.deepEqual([numerator, denominator, unknown, percent, bounds], [2, 4, 1, 50, { low: 50, high: 75 }])
})

test('two sources that disagree are both kept and their difference shown', () => {
  const csv =
    'event,date,quantity\ndispensed,2026-06-01,10\ntaken,2026-06-01,\ntaken,2026-06-02,\nreturned,2026-06-03,9\n'
  const made = report(daily('2026-06-01', '2026-06-02'), csv)
  assert.deepEqual(made.difference, { reported: 100, counted: 50, points: 50 })
})

test('phases: first and last dose, persistence in days', () => {
  const made = report(daily('2026-06-01', '2026-06-30'), taken('2026-06-03 08:00', '2026-06-20 08:00'))
  assert.deepEqual(made.phases, {
    initiation: '2026-06-03',
    lastDose: '2026-06-20',
    persistenceDays: 18,
    initiationDelayDays: 2,
  })
})
