// Every kind of schedule, in zones that change their clocks at midnight, by half an hour, or not at all: the schedule
// and the steps agree with what the time machine reckons by itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulatePatients } from '../../study/simulate/simulate.ts'
import { summaryOf } from '../../study/simulate/summary.ts'
import { item, smallFiles } from '../../study/testing/small-study.ts'
import { type SimulationOrder, simulationsOf, versionsOf } from './order.ts'

const zones = [
  'Europe/Berlin',
  'America/Santiago',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Auckland',
  'Asia/Beirut',
  'Africa/Cairo',
  'Pacific/Honolulu',
  'Pacific/Kiritimati',
  'Africa/Casablanca',
]
const spans = [
  { from: '2026-03-01', to: '2026-04-12' },
  { from: '2026-08-30', to: '2026-11-08' },
]
const more = `anchors:
  - { id: cycle, title: { en: Cycle, zh: 周期 }, repeats: true }
  - { id: stop, title: { en: Stop, zh: 停止 }, ends: true }
  - { id: dose-1, title: { en: Dose 1, zh: 第一剂 } }
  - { id: dose-2, title: { en: Dose 2, zh: 第二剂 } }
  - { id: infusion, title: { en: Infusion, zh: 输注 }, repeats: true, every-days: 13 }
visits:
  - { id: w2, title: { en: Week 2, zh: 第二周 }, day: 14, window: { before: 3, after: 3 } }
  - { id: w4, title: { en: Week 4, zh: 第四周 }, day: 28, window: { before: 3, after: 3 } }
  - { id: before, title: { en: Before, zh: 之前 }, anchor: infusion, day: -1, window: { before: 2, after: 0 } }
  - { id: behind, title: { en: After, zh: 之后 }, anchor: infusion, day: 7, window: { before: 2, after: 2 } }
  - { id: end, title: { en: End, zh: 结束 }, anchor: stop, day: 0, window: { before: 0, after: 7 } }
  - { id: c1, title: { en: Cycle day 1, zh: 周期第一天 }, anchor: cycle, day: 0, window: { before: 1, after: 1 } }
`
const day = 'opens: "00:00", closes: "24:00"'

const schedules: [what: string, schedule: string][] = [
  [
    'an hour or two in the evening',
    '{ every: day, window: { opens: "18:00", closes: "20:00" }, reminder: "18:30" }',
  ],
  [
    'overnight, with reasons and a lock',
    '{ every: day, window: { opens: "18:00", closes: "11:00", closes-days-later: 1 }, justify-after-days: 1, locks-after-days: 2 }',
  ],
  [
    'from 01:30 to 01:30',
    '{ every: day, window: { opens: "01:30", closes: "01:30", closes-days-later: 1 } }',
  ],
  ['the hour that clocks skip', '{ every: day, window: { opens: "02:00", closes: "03:00" } }'],
  [
    'the home zone',
    '{ every: day, window: { opens: "06:00", closes: "11:00" }, travel: home-zone, reminder: "08:00" }',
  ],
  ['once a day', `{ every: day, window: { ${day} }, travel: once-a-day, reminder: "08:00" }`],
  ['weekly', `{ every: week, from-day: 3, window: { ${day}, closes-days-later: 2 } }`],
  ['every 21 days', `{ every: { days: 21 }, window: { ${day}, closes-days-later: 6 } }`],
  ['monthly', `{ every: { months: 1 }, window: { ${day}, closes-days-later: 6 } }`],
  ['listed days', '{ every: listed, on-days: [0, 7, 14], window: { opens: "08:00", closes: "24:00" } }'],
  ['once', '{ every: once, from-day: 5, window: { opens: "08:00", closes: "24:00" } }'],
  ['visits', '{ every: visit, visits: [w2, w4], window: { opens: "08:00", closes: "20:00" } }'],
  ['a visit of each cycle', '{ every: visit, visits: [c1], travel: home-zone }'],
  [
    'fourteen days of each cycle',
    '{ every: day, anchor: cycle, to-day: 13, window: { opens: "17:00", closes: "12:00", closes-days-later: 1 }, until: stop }',
  ],
  [
    'daily, then weekly',
    `[{ every: day, to-day: 6, window: { ${day} } }, { every: week, from-day: 7, window: { ${day}, closes-days-later: 1 } }]`,
  ],
  [
    'a week after each of two doses',
    `[{ every: day, anchor: dose-1, to-day: 6, window: { ${day} } }, { every: day, anchor: dose-2, to-day: 6, window: { ${day} } }]`,
  ],
  ['visits around each infusion, and at an early end', '{ every: visit, visits: [before, behind, end] }'],
]

const patients = 50

function orderFor(schedule: string, yamlMore = more): SimulationOrder {
  const files = smallFiles([item('pain', 'integer')], yamlMore, schedule)
  const sites = zones.map(
    (zone, i) => `  - { id: "${i + 1}", name: { en: S${i}, zh: 站${i} }, zone: ${zone} }`,
  )
  const yaml = files.get('study.yaml') ?? ''
  files.set('study.yaml', yaml.replace(/^sites: .*$/m, `sites:\n${sites.join('\n')}`))
  return { study: { files: [...files], sha256: '' }, amendment: null, spans, patients, seed: 17 }
}

for (const [what, schedule] of schedules)
  test(`${what}: no anomaly over both changes of clocks, with trips and late syncs`, () => {
    const order = orderFor(schedule)
    for (const run of simulationsOf(order, versionsOf(order))) {
      const tally = simulatePatients(run, 0, patients)
      assert.deepEqual(
        [...tally.anomalies.groups.values()].map(({ first }) => first),
        [],
      )
      assert.ok(
        tally.due >= patients && tally.onTime > tally.due / 2,
        `${tally.onTime} of ${tally.due} on time`,
      )
    }
  })

test('what falls due twice a year is met by patients who were enrolled before the span', () => {
  const order = orderFor(`{ every: { months: 6 }, from-day: 182, window: { ${day}, closes-days-later: 27 } }`)
  const runs = simulationsOf(order, versionsOf(order))
  const tallies = runs.map((run) => simulatePatients(run, 0, patients))
  assert.ok(tallies.reduce((sum, { due }) => sum + due, 0) > 5)
  assert.deepEqual(summaryOf(runs, tallies, patients, 'test').neverDue, [])
})

test('control: a form that no span reaches is named', () => {
  const order = orderFor(`{ every: once, anchor: stop, from-day: 300, window: { ${day} } }`)
  const runs = simulationsOf(order, versionsOf(order))
  const tallies = runs.map((run) => simulatePatients(run, 0, patients))
  assert.deepEqual(summaryOf(runs, tallies, patients, 'test').neverDue, ['small'])
})

test('two doses as close as study.yaml expects them are asked twice on one day, which is found', () => {
  const both = `[{ every: day, anchor: dose-1, to-day: 6, window: { ${day} } }, { every: day, anchor: dose-2, to-day: 6, window: { ${day} } }]`
  const close = more
    .replace('zh: 第一剂 }', 'zh: 第一剂 }, expected-day: 5')
    .replace('zh: 第二剂 }', 'zh: 第二剂 }, expected-day: 8')
  const order = orderFor(both, close)
  const [run] = simulationsOf(order, versionsOf(order))
  assert.ok((simulatePatients(run!, 0, patients).anomalies.counts.get('double-day') ?? 0) > 0)
})
