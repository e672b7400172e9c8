// Laws of the reminder plan: never in quiet hours, never outside the window, even over the patients, the same however
// often it is made (U20).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileStudy } from '../compile-study.ts'
import { emptyCourse } from '../course.ts'
import { dueOccasions } from '../schedule/due-occasions.ts'
import { singleVersion } from '../study-versions.ts'
import { demoFiles } from '../testing/demo-plan.ts'
import { plannedReminders, type RemindedPatient, type ReminderRules, remindersOf } from './plan-reminders.ts'
import { afterQuiet, isQuiet } from './quiet-hours.ts'

const plan = compileStudy(demoFiles())
const versions = singleVersion(plan)
const site = plan.sites[0]!.id
const noChoice = { enabled: true, quiet: null }
const patientOf = (patientId: string, zone = 'Europe/Berlin'): RemindedPatient => ({
  studyId: plan.id,
  patientId,
  siteId: site,
  arm: 'A',
  zone,
  enrolledOn: '2026-11-01',
  course: emptyCourse,
})
const wallTime = fc.integer({ min: 0, max: 1439 }).map((m) => {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(Math.floor(m / 60))}:${two(m % 60)}`
})
const quietHours = fc.record({ from: wallTime, to: wallTime })
const zones = ['Europe/Berlin', 'Asia/Shanghai', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia']
const zone = fc.constantFrom(...zones)
/** Around changes of the clock in spring and autumn. */
const moment = fc
  .tuple(
    fc.constantFrom('2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2026-04-04T15:00:00Z'),
    fc.integer(),
  )
  .map(([at, seed]) => Date.parse(at) + (seed % (36 * 3_600_000)))

test('what quiet hours move is not quiet, and never earlier; also where the clock changes', () => {
  fc.assert(
    fc.property(
      moment,
      zone,
      quietHours,
      fc.integer({ min: 0, max: 3_600_000 }),
      (at, where, quiet, spread) => {
        const moved = afterQuiet(at, where, quiet, spread)
        if (moved === null) return
        assert.ok(moved >= at)
        assert.ok(!isQuiet(moved, where, quiet), `${new Date(moved).toISOString()} ${where}`)
        if (!isQuiet(at, where, quiet)) assert.equal(moved, at)
      },
    ),
    { numRuns: 500 },
  )
})

test('quiet over midnight ends in the morning; equal times are no quiet hours; control: noon is not moved', () => {
  const night = { from: '22:00', to: '07:00' }
  const at = (text: string) => Temporal.ZonedDateTime.from(text).epochMilliseconds
  const morning = at('2026-11-23T07:00[Europe/Berlin]')
  for (const text of ['2026-11-22T22:00', '2026-11-23T00:10', '2026-11-23T06:59'])
    assert.equal(afterQuiet(at(`${text}[Europe/Berlin]`), 'Europe/Berlin', night, 0), morning, text)
  const noon = at('2026-11-22T12:00[Europe/Berlin]')
  assert.equal(afterQuiet(noon, 'Europe/Berlin', night, 0), noon)
  assert.equal(afterQuiet(noon, 'Europe/Berlin', { from: '08:00', to: '08:00' }, 0), noon)
})

test('02:30 does not exist, or exists twice: quiet ends after the change', () => {
  const quiet = { from: '22:00', to: '02:30' }
  const spring = afterQuiet(Date.parse('2026-03-28T22:00:00Z'), 'Europe/Berlin', quiet, 0)
  assert.equal(new Date(spring!).toISOString(), '2026-03-29T01:30:00.000Z')
  const autumn = afterQuiet(Date.parse('2026-10-24T22:00:00Z'), 'Europe/Berlin', quiet, 0)
  assert.equal(new Date(autumn!).toISOString(), '2026-10-25T01:30:00.000Z')
})

/** A due diary of one day, with a reminder. */
const dueOf = (patient: RemindedPatient) => {
  const due = dueOccasions(plan, { ...patient, withdrawnAt: null }, { from: '2026-11-22', to: '2026-11-22' })
  const found = due.find(({ reminderAt }) => reminderAt !== null)
  assert.ok(found !== undefined, 'the demo study reminds of a form')
  return found
}

test('reminders lie within the window and outside quiet hours, in order, whatever the rules', () => {
  const rules: fc.Arbitrary<ReminderRules> = fc.record({
    spreadMinutes: fc.integer({ min: 0, max: 240 }),
    againAfterMinutes: fc
      .array(fc.integer({ min: 5, max: 2000 }), { maxLength: 5 })
      .map((list) => list.sort((a, b) => a - b)),
    quiet: fc.option(quietHours, { nil: null }),
  })
  fc.assert(
    fc.property(fc.string(), zone, rules, (id, where, rule) => {
      const patient = patientOf(id, where)
      const due = dueOf(patient)
      const found = remindersOf(due, patient, rule)
      assert.deepEqual(remindersOf(due, patient, rule), found)
      for (const [i, { atMs }] of found.entries()) {
        assert.ok(atMs >= Date.parse(due.opensAt) && atMs < Date.parse(due.closesAt))
        if (i > 0) assert.ok(atMs > found[i - 1]!.atMs)
        if (rule.quiet !== null) assert.ok(!isQuiet(atMs, where, rule.quiet))
      }
    }),
    { numRuns: 300 },
  )
})

test('5,000 reminders of one time arrive evenly: no minute of the 20 has more than a third above its share', () => {
  const minutes = new Map<number, number>()
  for (let n = 0; n < 5000; n++) {
    const patient = patientOf(`P-${String(n).padStart(5, '0')}`)
    const due = dueOf(patient)
    const rules = { ...plan.patientApp.reminders, spreadMinutes: 20, againAfterMinutes: [] }
    const [first] = remindersOf(due, patient, rules)
    const minute = Math.floor((first!.atMs - Date.parse(due.reminderAt!)) / 60_000)
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
  }
  assert.deepEqual(
    [...minutes.keys()].sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, n) => n),
  )
  for (const [minute, count] of minutes) assert.ok(count > 167 && count < 333, `minute ${minute}: ${count}`)
})

const span = (from: string, to: string): [number, number] => [Date.parse(from), Date.parse(to)]

test('nothing is planned for who is withdrawn, switched off, or whose day cannot be judged; control: for others it is', () => {
  const day = span('2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z')
  const patient = patientOf('P-1')
  const planned = (p: RemindedPatient, choice: Parameters<typeof plannedReminders>[2] = noChoice) =>
    plannedReminders(versions, p, choice, ...day)
  assert.ok(planned(patient).length > 0)
  assert.deepEqual(planned({ ...patient, withdrawnAt: '2026-11-20T00:00:00Z' }), [])
  assert.deepEqual(planned(patient, { enabled: false, quiet: null }), [])
  const away = { from: '2026-11-21', to: '2026-11-23', reason: 'hospital' }
  assert.deepEqual(planned({ ...patient, course: { ...emptyCourse, notEvaluable: [away] } }), [])
})

test('a patient who withdraws between two reminders gets no second one', () => {
  const day = span('2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z')
  const patient = patientOf('P-1')
  const [first, second] = plannedReminders(versions, patient, noChoice, ...day)
  assert.ok(first !== undefined && second !== undefined)
  const withdrawnAt = new Date(second.atMs - 1).toISOString()
  const left = plannedReminders(versions, { ...patient, withdrawnAt }, noChoice, ...day)
  assert.deepEqual(
    left.map(({ atMs }) => atMs),
    [first.atMs],
  )
})

test('the arm matters nothing to reminders of a blinded study (P10)', () => {
  const day = span('2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z')
  const [first, ...others] = plan.arms.map(({ code }) =>
    plannedReminders(versions, { ...patientOf('P-1'), arm: code }, noChoice, ...day),
  )
  assert.ok(first !== undefined && first.length > 0 && others.length > 0)
  for (const other of others) assert.deepEqual(other, first)
})

test('where the patient has travelled, the local evening is quiet there', () => {
  const quiet = { from: '06:00', to: '23:00' }
  const patient = patientOf('P-1')
  const zones = [{ from: '2026-11-20T00:00:00.000Z', zone: 'Asia/Shanghai' }]
  const travelling = { ...patient, course: { ...emptyCourse, zones } }
  const planned = plannedReminders(
    versions,
    travelling,
    { enabled: true, quiet },
    ...span('2026-11-21T00:00:00Z', '2026-11-24T00:00:00Z'),
  )
  assert.ok(planned.length > 0)
  for (const { atMs } of planned) assert.ok(!isQuiet(atMs, 'Asia/Shanghai', quiet))
})
