// Doses of a study: compiled with their faults, laid on a patient's anchors, levels and holds, judged entry by entry and
// turned into events for the measures.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { slotsBetween } from './adherence/schedule.ts'
import { judgeDoses } from './adherence.ts'
import { compileStudy } from './compile-study.ts'
import { emptyCourse, type PatientCourse } from './course.ts'
import { patientAdherence } from './derivation/adherence-derivation.ts'
import type { StoredResponse, VisibleRecord } from './derivation/derivation.ts'
import { doseEvents } from './dose-events.ts'
import type { DosePatient, DosePlan } from './dose-plan.ts'
import { prescriptionOf, timelineOfArm } from './dose-prescription.ts'
import type { Placed } from './place.ts'
import type { Answers } from './plan.ts'
import { StudyInvalid } from './study-invalid.ts'
import { item, small, smallFiles } from './testing/small-study.ts'

const items = [
  item('am', 'boolean'),
  item('am-time', 'time'),
  item('pm', 'boolean'),
  item('pm-time', 'time'),
  item('tablets', 'integer'),
]
const anchors = `anchors:
  - { id: cycle, title: { en: Cycle, zh: 周期 }, repeats: true }
  - { id: end, title: { en: End, zh: 终止 }, ends: true }
`
const daily =
  '{ every: day, window: { opens: "00:00", closes: "24:00", closes-days-later: 0 }, locks-after-days: 2 }'
const twice = `${anchors}doses:
  - id: drug
    version: "1"
    form: small
    unit: tablet
    reports: [{ taken: am, time: am-time, amount: tablets }, { taken: pm, time: pm-time, amount: tablets }]
    regimens:
      - { anchor: cycle, from-day: 0, to-day: 13, times: ["08:00", "20:00"] }
    levels: { low: { amount: 1 }, high: { amount: 2, times: ["08:00"] } }
    window: { minutes-before: 60, minutes-after: 120 }
`

const compile = (more: string) => small(items, more, daily)
const doseOf = (more: string): DosePlan => compile(more).plan.doses[0] as DosePlan

function patient(course: Partial<PatientCourse> = {}): DosePatient {
  return { zone: 'Europe/Berlin', enrolledOn: '2026-03-02', course: { ...emptyCourse, ...course } }
}

/** Day → units due, through the prescription. */
function dueDays(dose: DosePlan, who: DosePatient, from: string, to: string, endsOn: string | null = null) {
  const prescription = prescriptionOf(dose, who, dose.timeline, { to: null, endsOn })
  if (prescription === null) return null
  const days: Record<string, number> = {}
  for (const slot of slotsBetween(prescription, from, to))
    if (slot.excluded === null) days[slot.day] = (days[slot.day] ?? 0) + slot.amount
  return days
}

test('the short form of a dose is one dose each day from enrolment on', () => {
  const dose = doseOf(
    'dose: { id: drug, version: "1", form: small, taken-item: am, time-item: am-time, doses-per-day: 1 }\n',
  )
  assert.deepEqual(dueDays(dose, patient(), '2026-03-01', '2026-03-04'), {
    '2026-03-02': 1,
    '2026-03-03': 1,
    '2026-03-04': 1,
  })
})

test('a regimen begins anew with each cycle, pauses between, and ends with the anchor that ends the study', () => {
  const dose = doseOf(twice)
  const cycles = patient({ anchors: { cycle: ['2026-03-02', '2026-03-25'] } })
  assert.equal(dueDays(dose, patient(), '2026-03-01', '2026-04-30'), null, 'no cycle has begun')
  const due = dueDays(dose, cycles, '2026-03-01', '2026-04-30')
  assert.ok(due !== null)
  const days = Object.keys(due)
  assert.deepEqual(
    [days[0], days[13], days[14], days.at(-1), days.length],
    ['2026-03-02', '2026-03-15', '2026-03-25', '2026-04-07', 28],
  )
  assert.equal(due['2026-03-02'], 2)
  const ended = Object.keys(dueDays(dose, cycles, '2026-03-01', '2026-04-30', '2026-03-27') ?? {})
  assert.deepEqual([ended.at(-1), ended.length], ['2026-03-26', 16])
})

test('a cycle that comes early cuts the one before it: no day is prescribed twice', () => {
  const dose = doseOf(twice)
  const due = dueDays(
    dose,
    patient({ anchors: { cycle: ['2026-03-02', '2026-03-10'] } }),
    '2026-03-01',
    '2026-04-30',
  )
  assert.deepEqual([Object.keys(due ?? {}).length, due?.['2026-03-10']], [22, 2])
})

test('titration changes the amount and the times from its day on; days on and off go on being counted', () => {
  const more = twice
    .replace('times: ["08:00", "20:00"] }', 'per-day: 1, every-days: 2 }')
    .replace(', times: ["08:00"]', '')
    .replace(/ {4}window.*\n/, '')
  const due = dueDays(
    doseOf(more),
    patient({
      anchors: { cycle: ['2026-03-02'] },
      doseLevels: [
        { dose: 'drug', level: 'high', from: '2026-03-05' },
        { dose: 'other', level: 'high', from: '2026-03-02' },
      ],
    }),
    '2026-03-01',
    '2026-03-09',
  )
  assert.deepEqual(due, { '2026-03-02': 1, '2026-03-04': 1, '2026-03-06': 2, '2026-03-08': 2 })
})

test('law: holds leave out their days and nothing else; every level gives its amount', () => {
  const dose = doseOf(twice)
  const day = (n: number) => Temporal.PlainDate.from('2026-03-02').add({ days: n }).toString()
  fc.assert(
    fc.property(fc.nat(13), fc.nat(13), fc.nat(13), (a, b, level) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const due = dueDays(
        dose,
        patient({
          anchors: { cycle: ['2026-03-02'] },
          holds: [{ dose: 'drug', from: day(from), to: day(to), reason: 'x' }],
          doseLevels: [{ dose: 'drug', level: 'high', from: day(level) }],
        }),
        '2026-03-02',
        '2026-03-15',
      )
      for (let n = 0; n < 14; n++)
        // Low: one tablet twice; high: two tablets once.
        assert.equal(due?.[day(n)], n >= from && n <= to ? undefined : 2, `day ${n}`)
      assert.equal(Object.keys(due ?? {}).length, 14 - (to - from + 1))
    }),
    { numRuns: 60 },
  )
})

test('the arm has its own timeline for unblinded readers alone', () => {
  const { plan } = small(items, `${twice}`, daily)
  const files = smallFiles(items, twice, daily)
  files.set(
    'study.yaml',
    (files.get('study.yaml') as string).replace(
      'restricted:\n',
      'restricted:\n  doses: { B: { drug: { regimens: [{ anchor: cycle, per-day: 3 }] } } }\n',
    ),
  )
  const own = compileStudy(files)
  const [dose] = own.doses
  assert.equal(timelineOfArm(own.restricted.doses, dose as DosePlan, 'B').regimens[0]?.perDay, 3)
  assert.equal(timelineOfArm(own.restricted.doses, dose as DosePlan, 'A').regimens[0]?.perDay, 2)
  assert.deepEqual(dose?.timeline, plan.doses[0]?.timeline, 'what everybody may know is the same')
})

const faults: readonly [string, string, string, RegExp][] = [
  ['unknown anchor', 'anchor: cycle', 'anchor: cicle', /cicle: anchors lists no such anchor/],
  ['unknown item', 'taken: pm,', 'taken: pm-time,', /no boolean item pm-time/],
  ['ends before it begins', 'to-day: 13', 'to-day: -1', /ends \(-1\) before it begins/],
  ['times and per-day', 'to-day: 13,', 'to-day: 13, per-day: 2,', /either times .* or per-day/],
  [
    'no report',
    'reports: [{ taken: am, time: am-time, amount: tablets }, { taken: pm, time: pm-time, amount: tablets }]',
    'band: [80, 120]',
    /which items report it/,
  ],
  ['window of both kinds', 'minutes-before: 60', 'opens: "08:00"', /either minutes-before/],
  ['unknown level', 'window:', 'start-level: middle\n    window:', /no level middle/],
]
for (const [name, from, to, says] of faults)
  test(`a fault of a dose is told with its line: ${name}`, () => {
    assert.ok(twice.includes(from))
    try {
      compile(twice.replace(from, to))
      assert.fail('compiled')
    } catch (error) {
      assert.ok(error instanceof StudyInvalid, String(error))
      assert.match(error.faults.map(({ message }) => message).join('\n'), says)
      assert.ok(error.faults.every(({ file, line }) => file === 'study.yaml' && line !== undefined))
    }
  })

const placed = (occasion: string): Placed => ({ placed: true, occasion, localDate: occasion }) as Placed
const cases: readonly [string, Answers, Partial<PatientCourse>, string][] = [
  [
    'both in their windows',
    { am: true, 'am-time': '07:00', pm: true, 'pm-time': '22:00' },
    {},
    'taken-in-window',
  ],
  [
    'the evening one too late',
    { am: true, 'am-time': '08:00', pm: true, 'pm-time': '22:01' },
    {},
    'taken-outside-window',
  ],
  ['one of two', { am: true, 'am-time': '08:00', pm: false }, {}, 'partly-taken'],
  ['one without a time', { am: true, 'am-time': '08:00', pm: true }, {}, 'taken-time-unknown'],
  ['neither', { am: false, pm: false }, {}, 'not-taken'],
  ['nothing said', {}, {}, 'not-reported'],
  [
    'held and not taken',
    { am: false, pm: false },
    { holds: [{ dose: 'drug', from: '2026-03-01', to: null, reason: 'x' }] },
    'held',
  ],
  [
    'held and taken',
    { am: true, pm: false },
    { holds: [{ dose: 'drug', from: '2026-03-01', to: null, reason: 'x' }] },
    'taken-while-held',
  ],
  [
    'the hold of another dose',
    { am: false, pm: false },
    { holds: [{ dose: 'other', from: '2026-03-01', to: null, reason: 'x' }] },
    'not-taken',
  ],
]
for (const [name, answers, course, outcome] of cases)
  test(`two doses a day, ${name}: ${outcome}`, () => {
    const { plan, form } = compile(twice)
    const who = patient({ anchors: { cycle: ['2026-03-02'] }, ...course })
    const [judgement] = judgeDoses(plan, form, answers, placed('2026-03-03'), who)
    assert.equal(judgement?.outcome, outcome)
  })

const response = (
  position: number,
  occasion: string,
  answers: Answers,
  zone = 'Europe/Berlin',
): StoredResponse => ({
  position,
  record: {
    occasion,
    answers,
    zone,
    device: { completedAt: `${occasion}T22:30:00+01:00[${zone}]` },
  } as VisibleRecord,
})

test('adherence from answers, by hand: 4 of 6 tablets-times due, one day unknown, one outside its window', () => {
  const { plan } = compile(twice)
  const dose = plan.doses[0] as DosePlan
  const who = patient({ anchors: { cycle: ['2026-03-02'] } })
  const responses = [
    response(1, '2026-03-02', { am: true, 'am-time': '08:10', pm: true, 'pm-time': '20:00' }),
    response(2, '2026-03-03', { am: true, 'am-time': '11:00', pm: true }),
  ]
  const nowMs = Date.parse('2026-03-05T12:00:00Z')
  const report = patientAdherence({ plan, dose, patientId: 'P-1', patient: who, responses, nowMs })
  const { taking, window } = report?.measures ?? {}
  assert.deepEqual([taking?.numerator, taking?.denominator, taking?.unknown], [4, 6, 2])
  assert.equal(window?.numerator, 2)
  assert.equal(report?.period.to, '2026-03-04', 'today is not over')
})

test('a time past midnight in a window over midnight is of the next calendar day and of the same dosing day', () => {
  const dose = doseOf(
    'dose: { id: drug, version: "1", form: small, taken-item: pm, time-item: pm-time, window: { opens: "21:00", closes: "02:00" } }\n',
  )
  const prescription = prescriptionOf(dose, patient())
  assert.ok(prescription !== null)
  const events = doseEvents(
    dose,
    [
      response(1, '2026-03-28', { pm: true, 'pm-time': '01:30' }),
      response(2, '2026-03-27', { pm: true, 'pm-time': '22:00' }),
    ],
    prescription,
  )
  assert.deepEqual(
    events.map(({ day, at, line }) => [day, new Date(at ?? 0).toISOString(), line]),
    [
      ['2026-03-27', '2026-03-27T21:00:00.000Z', 2],
      // The 29th begins in winter time and loses its third hour.
      ['2026-03-28', '2026-03-29T00:30:00.000Z', 1],
    ],
  )
})
