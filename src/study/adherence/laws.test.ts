// Laws of adherence that hold for any course: bounds, order, perfection in every zone, monotony, matching.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { report } from '../testing/adherence-course.ts'
import { readEventRows } from './read-events.ts'

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Shanghai',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Africa/Casablanca',
]
const startDay = fc
  .integer({ min: 0, max: 729 })
  .map((n) => Temporal.PlainDate.from('2025-01-01').add({ days: n }))
const times = fc.constantFrom(['08:00'], ['08:00', '20:00'], ['06:00', '12:00', '22:00'], ['02:30'])
const length = 20

const yamlOf = (zone: string, start: Temporal.PlainDate, due: readonly string[], more = '') =>
  `zone: ${zone}
period: { from: ${start}, to: ${start.add({ days: length - 1 })} }
regimens: [{ from: ${start}, times: [${due.map((t) => `"${t}"`).join(', ')}] }]
window: { minutes-before: 60, minutes-after: 60 }
${more}`
const bounded = ['correct-dosing', 'timing', 'window', 'pdc']

test('law: who takes every dose on the minute is perfect by every measure, in every zone, over every clock change', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), startDay, times, (zone, start, due) => {
      const rows = Array.from({ length }, (_, i) => due.map((t) => `${start.add({ days: i })} ${t}`)).flat()
      const supply = `dispensed,${start},${rows.length}\nreturned,${start.add({ days: length })},0\n`
      const csv = `event,datetime,quantity\n${rows.map((row) => `taken,${row},1\n`).join('')}${supply}`
      const made = report(yamlOf(zone, start, due, 'timing-tolerance: 0.01'), csv)
      for (const measure of [
        'taking',
        'correct-dosing',
        'timing',
        'window',
        'pill-count-simple',
        'mpr',
        'pdc',
      ])
        assert.equal(made.measures[measure]?.percent, 100, `${measure} ${zone} ${start} ${due}`)
      assert.equal(made.measures['drug-holidays']?.numerator, 0)
      assert.deepEqual(made.overdoses, [])
    }),
    { numRuns: 60 },
  )
})

const doses = fc.array(fc.tuple(fc.nat(length - 1), fc.nat(1439), fc.boolean()), { maxLength: 40 })
const csvOf = (start: Temporal.PlainDate, list: readonly [number, number, boolean][]) =>
  `event,datetime,quantity\ndispensed,${start},15\n${list
    .map(([day, minute, timed]) => {
      const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
      return `taken,${start.add({ days: day })}${timed ? ` ${clock}` : ''},\n`
    })
    .join('')}`

test('law: shares lie between 0 and 100, and so do their bounds in order', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), startDay, times, doses, (zone, start, due, list) => {
      const made = report(yamlOf(zone, start, due, 'unrecorded: unknown'), csvOf(start, list))
      for (const measure of bounded) {
        const { percent, numerator, denominator, unknown, bounds } = made.measures[measure]!
        if (percent !== null) assert.ok(percent >= 0 && percent <= 100, measure)
        if (numerator !== null) assert.ok(numerator + unknown <= denominator, measure)
        if (bounds !== null) assert.ok(bounds.low <= bounds.high && bounds.high <= 100, measure)
      }
    }),
    { numRuns: 60 },
  )
})

test('law: the order of the rows changes nothing (P11)', () => {
  const withoutLines = (value: unknown) =>
    JSON.stringify(value, (key, one) => (key === 'line' ? undefined : one))
  fc.assert(
    fc.property(startDay, doses, fc.func(fc.integer()), (start, list, rank) => {
      const yaml = yamlOf('Europe/Berlin', start, ['08:00', '20:00'])
      const [header, ...rows] = csvOf(start, list).trim().split('\n')
      const shuffled = rows.map((row, i) => [rank(i), row] as const).sort((a, b) => a[0] - b[0])
      const one = withoutLines(report(yaml, [header, ...rows].join('\n')))
      const other = withoutLines(report(yaml, [header, ...shuffled.map(([, row]) => row)].join('\n')))
      assert.ok(one === other, 'the reports differ')
    }),
    { numRuns: 40 },
  )
})

test('law: one more dose never lowers taking or window adherence', () => {
  fc.assert(
    fc.property(
      startDay,
      doses,
      fc.tuple(fc.nat(length - 1), fc.nat(1439), fc.boolean()),
      (start, list, more) => {
        const yaml = yamlOf('America/New_York', start, ['08:00', '20:00'])
        const before = report(yaml, csvOf(start, list))
        const after = report(yaml, csvOf(start, [...list, more]))
        for (const measure of ['taking', 'window'])
          if (before.measures[measure]?.numerator !== null)
            assert.ok(after.measures[measure]!.numerator! >= before.measures[measure]!.numerator!, measure)
      },
    ),
    { numRuns: 50 },
  )
})

test('law: what happens on a held day changes no measure of taking', () => {
  fc.assert(
    fc.property(startDay, doses, fc.nat(length - 1), (start, list, held) => {
      const day = start.add({ days: held })
      const yaml = yamlOf(
        'Asia/Shanghai',
        start,
        ['08:00'],
        `holds: [{ from: ${day}, to: ${day}, reason: r }]`,
      )
      const all = report(yaml, csvOf(start, list))
      const without = report(
        yaml,
        csvOf(
          start,
          list.filter(([at]) => at !== held),
        ),
      )
      if (
        all.measures.taking?.reason === 'no-dose-reports' ||
        without.measures.taking?.reason === 'no-dose-reports'
      )
        return
      for (const measure of ['taking', 'correct-dosing', 'timing', 'window'])
        assert.deepEqual(
          [all.measures[measure]?.numerator, all.measures[measure]?.denominator],
          [without.measures[measure]?.numerator, without.measures[measure]?.denominator],
          measure,
        )
    }),
    { numRuns: 50 },
  )
})

/** As many windows as can be filled, by trying everything. */
function mostFilled(windows: readonly (readonly [number, number])[], at: readonly number[]): number {
  const [first, ...rest] = at
  if (first === undefined) return 0
  const fits = windows.filter(([from, to]) => from <= first && first <= to)
  return Math.max(
    mostFilled(windows, rest),
    ...fits.map(
      (window) =>
        1 +
        mostFilled(
          windows.filter((one) => one !== window),
          rest,
        ),
    ),
  )
}

test('law: no other matching of doses to overlapping windows fills more of them', () => {
  const minutes = fc.uniqueArray(fc.integer({ min: 8, max: 15 }), { minLength: 1, maxLength: 4 })
  const at = fc.array(fc.integer({ min: 6 * 60, max: 17 * 60 }), { maxLength: 5 })
  fc.assert(
    fc.property(
      minutes,
      at,
      fc.integer({ min: 0, max: 180 }),
      fc.integer({ min: 0, max: 180 }),
      (due, list, before, after) => {
        const clock = (m: number) =>
          `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`
        const yaml = `period: { from: 2026-06-01, to: 2026-06-01 }
regimens: [{ from: 2026-06-01, times: [${due.map((h) => `"${clock(h * 60)}"`).join(', ')}] }]
window: { minutes-before: ${before}, minutes-after: ${after} }
`
        const made = report(yaml, `datetime\n${list.map((m) => `2026-06-01 ${clock(m)}\n`).join('')}`)
        const windows = due.map((h) => [h * 60 - before, h * 60 + after] as const)
        assert.equal(made.measures.window?.numerator, mostFilled(windows, list))
      },
    ),
    { numRuns: 200 },
  )
})

test('law: any text is read or refused with a line, never thrown on', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = readEventRows(text)
      assert.ok('rows' in read || read.fault.line >= 1)
    }),
  )
})
