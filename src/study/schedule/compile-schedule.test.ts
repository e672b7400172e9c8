// Faults of anchors, visits and schedules: each is refused at its line, with what to do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from '../compile-study.ts'
import { StudyInvalid } from '../study-invalid.ts'
import { item, smallFiles } from '../testing/small-study.ts'

const text = '{ en: A, zh: 甲 }'
const anchors = `anchors:
  - { id: randomised, title: ${text} }
  - { id: cycle, title: ${text}, repeats: true }
  - { id: stopped, title: ${text}, ends: true }
visits:
  - { id: week-4, title: ${text}, anchor: randomised, day: 28, window: { before: 3, after: 3 } }
`
const day = 'window: { opens: "00:00", closes: "24:00" }'

/** The messages of the faults, with their lines. */
function faults(schedule: string, more = anchors): string[] {
  try {
    compileStudy(smallFiles([item('a', 'boolean')], more, schedule))
    return []
  } catch (error) {
    assert.ok(error instanceof StudyInvalid)
    return error.faults.map(({ line, message }) => `${line}: ${message}`)
  }
}

const table: readonly [string, RegExp][] = [
  [
    `{ every: day, anchor: randomized, ${day} }`,
    /^7: randomized: the study has no such anchor; it has enrolled, randomised/,
  ],
  [`{ every: day, until: nothing, ${day} }`, /^7: nothing: the study has no such anchor/],
  [`{ every: day, until: cycle, ${day} }`, /^7: cycle: what ends a schedule is an anchor with one date/],
  [`{ every: visit, visits: [week-5] }`, /^7: week-5: the study has no such visit/],
  [`{ every: visit }`, /^7: add visits: a schedule with every: visit needs it/],
  [
    `{ every: visit, visits: [week-4], from-day: 3 }`,
    /^7: remove from-day: a schedule with every: visit has none/,
  ],
  [`{ every: visit, visits: [week-4, week-4] }`, /^7: visit week-4 is scheduled twice for this form/],
  [`{ every: day }`, /^7: add window/],
  [`{ every: listed, ${day} }`, /^7: add on-days/],
  [
    `{ every: event, locks-after-days: 2 }`,
    /^7: remove locks-after-days: a schedule with every: event has none/,
  ],
  [`{ every: day, from-day: 5, to-day: 4, ${day} }`, /^7: to-day 4 lies before from-day 5/],
  ['{ every: day, window: { opens: "18:00", closes: "11:00" } }', /^7: the window closes before it opens/],
  ['{ every: day, window: { opens: "18:00", closes: "18:00" } }', /^7: the window closes before it opens/],
  [
    `{ every: day, justify-after-days: 5, locks-after-days: 2, ${day} }`,
    /^7: a reason would be asked for after the lock only/,
  ],
  [
    '{ every: day, reminder: "17:00", window: { opens: "08:00", closes: "16:00" } }',
    /^7: the reminder lies outside the window/,
  ],
  [
    `[{ every: day, to-day: 7, ${day} }, { every: week, from-day: 7, ${day} }]`,
    /^7: the form is due twice on day 7 after enrolled/,
  ],
  [`[{ every: event }, { every: event }]`, /^7: the form has two schedules for events/],
  [`{ every: dya, ${day} }`, /^7: forms\.0\.schedule\.every: use one of day, week, event/],
  [`{ every: { days: 0 }, ${day} }`, /^7: forms\.0\.schedule\.every\.days: must be >= 1/],
  [`{ every: day, windows: 1, ${day} }`, /^7: forms\.0\.schedule: windows is not known here/],
]
for (const [schedule, expected] of table)
  test(`refused: ${schedule}`, () => {
    const found = faults(schedule)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] as string, expected)
  })

const sound: readonly string[] = [
  `{ every: day, from-day: -7, to-day: -1, anchor: randomised, until: randomised, ${day} }`,
  '{ every: day, reminder: "08:00", window: { opens: "18:00", closes: "11:00", closes-days-later: 1 } }',
  `[{ every: day, to-day: 6, ${day} }, { every: { days: 14 }, from-day: 7, ${day} }, { every: visit, visits: [week-4] }]`,
  `[{ every: day, to-day: 6, ${day} }, { every: day, anchor: cycle, ${day} }]`,
  `{ every: { months: 3 }, justify-after-days: 3, locks-after-days: 2, ${day} }`,
]
for (const schedule of sound) test(`taken: ${schedule}`, () => assert.deepEqual(faults(schedule), []))

const wrongAnchors: readonly [string, RegExp][] = [
  [`anchors: [{ id: enrolled, title: ${text} }]\n`, /enrolled is built in/],
  [`anchors: [{ id: a, title: ${text} }, { id: a, title: ${text} }]\n`, /anchor a is listed twice/],
  [`anchors: [{ id: a, title: ${text}, repeats: true, ends: true }]\n`, /remove repeats or ends/],
  [
    `visits: [{ id: v, title: ${text}, anchor: x, day: 1, window: { before: 0, after: 0 } }]\n`,
    /x: the study has no such anchor/,
  ],
  [
    `visits: [{ id: 2026-01-05, title: ${text}, day: 1, window: { before: 0, after: 0 } }]\n`,
    /must not be a date/,
  ],
  [`anchors: [{ id: a, title: { en: A } }]\n`, /add the translation to zh/],
]
for (const [more, expected] of wrongAnchors)
  test(`refused: ${more.trim()}`, () => {
    const found = faults('{ every: event }', more)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] as string, expected)
  })
