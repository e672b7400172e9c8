// Diary compliance by its denominators, and the summary of a week.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DueOccasion, diaryCompliance, summarisePeriod } from './compliance.ts'

const now = 1000
const occasion = (change: Partial<DueOccasion> = {}): DueOccasion => ({
  form: 'diary',
  occasion: '2026-06-01',
  phase: 'treatment',
  closesAt: 900,
  completed: 'in-window',
  active: true,
  assigned: true,
  notEvaluable: null,
  ...change,
})

test('completed in the window / due; late ones stand in a column of their own', () => {
  const { overall } = diaryCompliance(
    [occasion(), occasion(), occasion({ completed: 'accepted-late' }), occasion({ completed: 'no' })],
    now,
  )
  assert.deepEqual([overall.numerator, overall.denominator, overall.percent], [2, 4, 50])
  assert.deepEqual([overall.acceptedLate, overall.withLate.percent], [1, 75])
})

test('open, inactive, unassigned and not evaluable occasions are left out and named', () => {
  const { overall } = diaryCompliance(
    [
      occasion(),
      occasion({ closesAt: 1001, completed: 'in-window' }),
      occasion({ active: false, completed: 'no' }),
      occasion({ assigned: false, completed: 'no' }),
      occasion({ notEvaluable: 'travel', completed: 'no' }),
      occasion({ notEvaluable: 'device failure' }),
    ],
    now,
  )
  assert.deepEqual([overall.numerator, overall.denominator, overall.percent], [1, 1, 100])
  assert.deepEqual(overall.withNotEvaluable, { numerator: 2, denominator: 3, percent: 200 / 3 })
  assert.deepEqual(overall.exclusions, [
    { reason: 'not-active', count: 1 },
    { reason: 'not-assigned', count: 1 },
    { reason: 'not-evaluable: device failure', count: 1 },
    { reason: 'not-evaluable: travel', count: 1 },
    { reason: 'still-open', count: 1 },
  ])
})

test('by form and by phase; nothing due has no percentage', () => {
  const { byForm, byPhase, overall } = diaryCompliance(
    [occasion({ phase: 'run-in' }), occasion({ form: 'weekly', completed: 'no' })],
    now,
  )
  assert.deepEqual([byForm.get('diary')?.percent, byForm.get('weekly')?.percent], [100, 0])
  assert.deepEqual([byPhase.get('run-in')?.percent, byPhase.get('treatment')?.percent], [100, 0])
  assert.equal(overall.percent, 50)
  assert.equal(diaryCompliance([], now).overall.percent, null)
})

const any = fc.record({
  form: fc.constantFrom('a', 'b'),
  occasion: fc.constant('2026-06-01'),
  phase: fc.constantFrom('run-in', 'treatment', null),
  closesAt: fc.integer({ min: 0, max: 2000 }),
  completed: fc.constantFrom('in-window', 'accepted-late', 'no') as fc.Arbitrary<DueOccasion['completed']>,
  active: fc.boolean(),
  assigned: fc.boolean(),
  notEvaluable: fc.constantFrom('travel', null),
})

test('law: 0 ≤ numerator ≤ with late ≤ denominator, every occasion is counted once, and order does not matter', () => {
  fc.assert(
    fc.property(fc.array(any), (list) => {
      const { overall, byForm, byPhase } = diaryCompliance(list, now)
      assert.ok(overall.numerator <= overall.withLate.numerator)
      assert.ok(overall.withLate.numerator <= overall.denominator)
      const left = overall.exclusions.reduce((sum, one) => sum + one.count, 0)
      assert.equal(overall.denominator + left, list.length)
      for (const parts of [byForm, byPhase])
        assert.equal(
          [...parts.values()].reduce((sum, one) => sum + one.numerator, 0),
          overall.numerator,
        )
      assert.deepEqual(diaryCompliance([...list].reverse(), now), { overall, byForm, byPhase })
    }),
  )
})

test('a week needs its days: 4 of 7, mean, worst and share of days at the threshold apart', () => {
  const rule = { atLeast: 4, days: 7, worst: 'highest', threshold: 7 } as const
  const summary = summarisePeriod([3, null, 7, 8, null, 6, null], rule)
  assert.deepEqual(
    [summary.mean, summary.worst, summary.percentOfDaysAtThreshold, summary.reason],
    [6, 8, 50, null],
  )
  const few = summarisePeriod([3, 7, 8], rule)
  assert.deepEqual([few.mean, few.worst, few.reason, few.answered], [null, null, 'too-few-days', 3])
  assert.equal(summarisePeriod([3, 1, 2, 4], { ...rule, worst: 'lowest', threshold: 2 }).worst, 1)
})
