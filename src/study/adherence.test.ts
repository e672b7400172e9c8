// The judgement of the doses of one day by what one entry says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DoseOutcome, judgeDoses } from './adherence.ts'
import { cleanAnswers } from './clean-answers.ts'
import type { Placed } from './place.ts'
import { demoForm, demoPlan, ordinaryMorning } from './testing/demo-plan.ts'

const plan = demoPlan()
const diary = demoForm(plan, 'daily-diary')
const patient = { zone: 'Asia/Shanghai', enrolledOn: '2026-11-01' }
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
    assert.deepEqual(judgeDoses(plan, diary, answers, placed, patient), [expected])
  })

test('a form that does not report the dose has no judgement', () => {
  assert.deepEqual(
    judgeDoses(plan, demoForm(plan, 'phq-9'), cleanAnswers(diary, ordinaryMorning), placed, patient),
    [],
  )
})
