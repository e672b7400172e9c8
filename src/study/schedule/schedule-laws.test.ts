// Laws of schedules and windows over zones, dates and travels, against an oracle that walks day by day.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptyCourse } from '../course.ts'
import { type Placed, placeSubmission } from '../place.ts'
import { dueOccasions } from './due-occasions.ts'
import type { DatedSchedule } from './schedule-plan.ts'
import { date, patient, schedule, slowly, studyWith, window, zones } from './testing/schedule-arbitraries.ts'
import { clockIsInside, slowDue } from './testing/slow-due.ts'

const span = fc.tuple(date, fc.integer({ min: 0, max: 120 })).map(([from, days]) => ({
  from,
  to: Temporal.PlainDate.from(from).add({ days }).toString(),
}))

test('a form is due on exactly the days that the oracle finds, one by one', () => {
  fc.assert(
    fc.property(schedule, patient, span, (file, who, days) => {
      const due = dueOccasions(studyWith([file]), who, days).map(({ dueDate, cycle }) => ({ dueDate, cycle }))
      // The oracle knows calendars, not zones: it has Samoa's 30 December 2011, on which no diary is due there.
      const isDaily = file.every === 'day' || (typeof file.every === 'object' && file.every.days === 1)
      const expected = slowDue(file, slowly(who), days.from, days.to).filter(
        ({ dueDate }) => !(isDaily && who.zone === 'Pacific/Apia' && dueDate === '2011-12-30'),
      )
      assert.deepEqual(due, expected)
    }),
    { numRuns: 400 },
  )
})

test('a span is the sum of its days', () => {
  fc.assert(
    fc.property(schedule, patient, span, (file, who, days) => {
      const plan = studyWith([file])
      const whole = dueOccasions(plan, who, days)
      const middle = Temporal.PlainDate.from(days.from).add({ days: 17 })
      if (middle.toString() > days.to) return
      const parts = [
        ...dueOccasions(plan, who, { from: days.from, to: middle.subtract({ days: 1 }).toString() }),
        ...dueOccasions(plan, who, { from: middle.toString(), to: days.to }),
      ]
      assert.deepEqual(parts, whole)
    }),
    { numRuns: 150 },
  )
})

const daily = { every: 'day', window: { opens: '00:00', closes: '24:00' }, 'locks-after-days': 2 } as const

for (const zone of zones)
  test(`${zone}: each date of its calendar is due once, its windows meet without gap or overlap`, () => {
    const plan = studyWith([daily])
    for (const from of ['2011-12-20', '2018-10-25', '2026-03-01', '2026-10-01']) {
      const to = Temporal.PlainDate.from(from).add({ days: 60 }).toString()
      const due = dueOccasions(plan, { zone, enrolledOn: from, course: emptyCourse }, { from, to })
      const shown = new Set<string>()
      const start = Temporal.PlainDate.from(from).toZonedDateTime(zone)
      const end = Temporal.PlainDate.from(to).add({ days: 1 }).toZonedDateTime(zone)
      for (let at = start; Temporal.ZonedDateTime.compare(at, end) < 0; at = at.add({ hours: 1 }))
        shown.add(at.toPlainDate().toString())
      assert.deepEqual(
        due.map(({ dueDate }) => dueDate),
        [...shown],
      )
      due.slice(1).forEach((one, index) => {
        const before = due[index]!
        // Where midnight is skipped or comes twice, both days have that hour; nowhere is a gap.
        assert.ok(one.opensAt <= before.closesAt, `${before.dueDate} closes before ${one.dueDate} opens`)
        const overlap = Date.parse(before.closesAt) - Date.parse(one.opensAt)
        assert.ok(
          overlap === 0 || overlap === 3_600_000 || overlap === 86_400_000,
          `${one.dueDate}: ${overlap}`,
        )
      })
    }
  })

test('a window holds every instant at which the clock shows one of its times, and away from changes no other', () => {
  const near = fc.integer({ min: -3 * 86_400, max: 6 * 86_400 })
  let changes = 0
  fc.assert(
    fc.property(window, fc.constantFrom(...zones), date, near, (file, zone, dueDate, seconds) => {
      const plan = studyWith([{ ...daily, window: file }])
      const bounds = (plan.forms.get('small@1')!.schedules[0] as DatedSchedule).windows(zone, dueDate)
      const at = Date.parse(`${dueDate}T00:00:00Z`) + seconds * 1000
      const isInside = at >= bounds.opensMs && at < bounds.closesMs
      const showsInside = clockIsInside(dueDate, file, zone, at)
      if (showsInside) assert.ok(isInside, `${zone} ${dueDate} ${new Date(at).toISOString()}`)
      const offset = (ms: number) =>
        Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).offsetNanoseconds
      const week = 7 * 86_400_000
      if (offset(at - week) === offset(at + week)) assert.equal(isInside, showsInside)
      else changes += 1
    }),
    { numRuns: 500 },
  )
  assert.ok(changes > 20, 'the arbitrary no longer comes near changes of clocks')
})

test('a longer window in wall-clock time never closes earlier or opens later', () => {
  fc.assert(
    fc.property(window, fc.constantFrom(...zones), date, (file, zone, dueDate) => {
      const bounds = (later: number) => {
        const wider = { ...file, 'closes-days-later': (file['closes-days-later'] ?? 0) + later }
        const [plan] = [studyWith([{ ...daily, window: wider }])]
        return (plan.forms.get('small@1')!.schedules[0] as DatedSchedule).windows(zone, dueDate)
      }
      const [one, two] = [bounds(0), bounds(1)]
      assert.equal(one.opensMs, two.opensMs)
      assert.ok(one.closesMs <= two.closesMs && one.opensMs < one.closesMs)
    }),
    { numRuns: 150 },
  )
})

test('occasions of a repeating anchor have ids of their own and come in the order of the cycles', () => {
  fc.assert(
    fc.property(schedule, patient, span, (file, who, days) => {
      const due = dueOccasions(studyWith([{ ...file, anchor: 'cycle' }]), who, days)
      assert.equal(new Set(due.map(({ occasion }) => occasion)).size, due.length)
      const cycles = due.map(({ cycle }) => cycle as number)
      assert.deepEqual(
        cycles,
        [...cycles].sort((a, b) => a - b),
      )
    }),
    { numRuns: 150 },
  )
})

const id = '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001'

test('what is completed inside exactly one window is placed there on time, named or not', () => {
  let tried = 0
  fc.assert(
    fc.property(schedule, patient, fc.double({ min: 0, max: 0.999, noNaN: true }), (file, who, share) => {
      const plan = studyWith([file])
      const to = Temporal.PlainDate.from(who.enrolledOn).add({ days: 90 }).toString()
      const due = dueOccasions(plan, who, { from: who.enrolledOn, to })
      const one = due[Math.floor(share * due.length)]
      if (one === undefined) return
      const [opens, closes] = [Date.parse(one.opensAt), Date.parse(one.closesAt)]
      const at = opens + Math.floor(share * (closes - opens))
      const around = {
        from: Temporal.PlainDate.from(one.dueDate).subtract({ days: 8 }).toString(),
        to: Temporal.PlainDate.from(one.dueDate).add({ days: 8 }).toString(),
      }
      const open = dueOccasions(plan, who, around).filter(
        (other) => at >= Date.parse(other.opensAt) && at < Date.parse(other.closesAt),
      )
      if (open.length !== 1) return
      tried += 1
      const completedAt = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(who.zone).toString()
      for (const occasion of [undefined, one.occasion]) {
        const placed = placeSubmission(
          plan,
          { ...who, status: 'active' },
          { form: 'small', formVersion: '1', occasion, completedAt, receivedAtMs: at, submissionId: id },
        ) as Placed
        assert.deepEqual(
          [placed.occasion, placed.status, placed.opensAt, placed.findings],
          [one.occasion, 'on-time', one.opensAt, []],
        )
      }
    }),
    { numRuns: 400 },
  )
  assert.ok(tried > 50, `only ${tried} were inside one window`)
})

const visit = fc.record({
  anchor: fc.constantFrom('enrolled', 'randomised', 'cycle'),
  day: fc.integer({ min: -5, max: 60 }),
  before: fc.integer({ min: 0, max: 7 }),
  after: fc.integer({ min: 0, max: 7 }),
})

test('a visit is due once for each date of its anchor, from midnight to midnight around its target', () => {
  let placedThere = 0
  fc.assert(
    fc.property(fc.array(visit, { minLength: 1, maxLength: 4 }), patient, fc.nat(), (visits, who, pick) => {
      const listed = visits.map(
        ({ anchor, day, before, after }, n) =>
          `  - { id: v${n}, title: { en: A, zh: 甲 }, anchor: ${anchor}, day: ${day}, window: { before: ${before}, after: ${after} } }`,
      )
      const names = visits.map((_, n) => `v${n}`)
      const plan = studyWith([{ every: 'visit', visits: names }], `visits:\n${listed.join('\n')}\n`)
      const from = Temporal.PlainDate.from(who.enrolledOn).subtract({ days: 10 }).toString()
      const to = Temporal.PlainDate.from(who.enrolledOn).add({ days: 400 }).toString()
      const due = dueOccasions(plan, who, { from, to })
      const stopped = who.course.anchors.stopped?.[0] ?? '9999-12-31'
      const expected = visits.flatMap(({ anchor, day, before, after }, n) => {
        const dates = anchor === 'enrolled' ? [who.enrolledOn] : (who.course.anchors[anchor] ?? [])
        return dates.flatMap((date, at) => {
          const target = Temporal.PlainDate.from(date).add({ days: day })
          const midnight = (days: number) => target.add({ days }).toZonedDateTime(who.zone).toInstant()
          return target.toString() >= stopped
            ? []
            : [
                {
                  id: anchor === 'cycle' ? `v${n}.${at + 1}` : `v${n}`,
                  opens: midnight(-before),
                  closes: midnight(after + 1),
                },
              ]
        })
      })
      assert.deepEqual(due.map(({ occasion }) => occasion).sort(), expected.map(({ id }) => id).sort())
      for (const { id, opens, closes } of expected) {
        const one = due.find(({ occasion }) => occasion === id)!
        // Midnight may be skipped or come twice; then the window is the wider one.
        assert.ok(one.opensAt <= new Date(opens.epochMilliseconds).toISOString())
        assert.ok(one.closesAt >= new Date(closes.epochMilliseconds).toISOString())
      }
      const one = due[pick % Math.max(1, due.length)]
      if (one === undefined) return
      const at = Math.floor((Date.parse(one.opensAt) + Date.parse(one.closesAt)) / 2)
      const open = due.filter((other) => at >= Date.parse(other.opensAt) && at < Date.parse(other.closesAt))
      if (open.length !== 1) return
      placedThere += 1
      const completedAt = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(who.zone).toString()
      const placed = placeSubmission(
        plan,
        { ...who, status: 'active' },
        { form: 'small', formVersion: '1', completedAt, receivedAtMs: at, submissionId: id },
      ) as Placed
      assert.deepEqual(
        [placed.occasion, placed.status, placed.dueDate],
        [one.occasion, 'on-time', one.dueDate],
      )
    }),
    { numRuns: 200 },
  )
  assert.ok(placedThere > 40, `only ${placedThere} were inside one window`)
})
