// The judgement of one day's dose, and the figures over days, exact and with their exclusions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { adherenceFigures, type DoseJudgement, type DoseOutcome, judgeDose } from './adherence.ts'
import { cleanAnswers } from './clean-answers.ts'
import type { Placed } from './place.ts'
import { demoForm, demoPlan, ordinaryMorning } from './testing/demo-plan.ts'

const plan = demoPlan()
const diary = demoForm(plan, 'daily-diary')
const placed = { placed: true, occasion: '2026-11-22' } as Placed

const table: readonly [Record<string, unknown>, DoseOutcome][] = [
  [{}, 'taken-in-window'],
  [{ 'dose-time': '04:00' }, 'taken-in-window'],
  [{ 'dose-time': '12:00' }, 'taken-in-window'],
  [{ 'dose-time': '12:00:59' }, 'taken-in-window'],
  [{ 'dose-time': '12:01' }, 'taken-outside-window'],
  [{ 'dose-time': '03:59' }, 'taken-outside-window'],
  [{ 'dose-time': { skipped: 'asked-unknown' } }, 'taken-time-unknown'],
  [{ 'dose-time': 'about eight' }, 'taken-time-unknown'],
  [{ 'dose-taken': false }, 'not-taken'],
  [{ 'dose-taken': undefined }, 'not-reported'],
  [{ 'dose-taken': { skipped: 'asked-declined' } }, 'not-reported'],
]
for (const [change, outcome] of table)
  test(`dose ${JSON.stringify(change)}: ${outcome}`, () => {
    const answers = cleanAnswers(diary, { ...ordinaryMorning, ...change })
    const expected = { dose: 'study-medicine', version: '1', prescribedDate: '2026-11-22', outcome }
    assert.deepEqual(judgeDose(plan, diary, answers, placed), expected)
  })

test('a form that does not report the dose has no judgement', () => {
  assert.equal(judgeDose(plan, demoForm(plan, 'phq-9'), cleanAnswers(diary, ordinaryMorning), placed), null)
})

const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}`
const judged = (n: number, outcome: DoseOutcome): DoseJudgement => ({
  dose: 'study-medicine',
  version: '1',
  prescribedDate: day(n),
  outcome,
})

test('figures: numerator, denominator, unknown and exclusions', () => {
  const judgements = [
    judged(1, 'taken-in-window'),
    judged(2, 'taken-outside-window'),
    judged(3, 'taken-time-unknown'),
    judged(4, 'not-taken'),
    judged(5, 'not-reported'),
    judged(1, 'not-taken'),
    judged(20, 'taken-in-window'),
  ]
  const { taking, window } = adherenceFigures(judgements, [1, 2, 3, 4, 5, 6, 7, 8].map(day))
  assert.deepEqual([taking.numerator, taking.denominator, taking.unknown, taking.percent], [3, 8, 4, 37.5])
  assert.deepEqual([window.numerator, window.denominator, window.unknown, window.percent], [1, 8, 5, 12.5])
  assert.deepEqual(taking.exclusions, [
    { date: day(1), reason: 'second-report' },
    { date: day(20), reason: 'not-prescribed' },
  ])
  assert.deepEqual(taking.versions, ['1'])
})

test('nothing prescribed: no percentage', () => {
  const { taking } = adherenceFigures([judged(1, 'taken-in-window')], [])
  assert.deepEqual([taking.numerator, taking.denominator, taking.percent], [0, 0, null])
})

test('law: 0 ≤ window ≤ taking ≤ taking + unknown ≤ prescribed, whatever the diaries say', () => {
  const outcome = fc.constantFrom<DoseOutcome>(
    'taken-in-window',
    'taken-outside-window',
    'taken-time-unknown',
    'not-taken',
    'not-reported',
  )
  const dates = fc.integer({ min: 1, max: 28 })
  const judgements = fc.array(fc.tuple(dates, outcome).map(([n, what]) => judged(n, what)))
  fc.assert(
    fc.property(judgements, fc.array(dates.map(day)), (list, prescribed) => {
      const { taking, window } = adherenceFigures(list, prescribed)
      const due = new Set(prescribed).size
      assert.equal(taking.denominator, due)
      assert.ok(window.numerator <= taking.numerator && taking.numerator + taking.unknown <= due)
      assert.ok(window.numerator + window.unknown <= due)
      assert.ok(window.numerator + window.unknown <= taking.numerator + taking.unknown)
    }),
  )
})
