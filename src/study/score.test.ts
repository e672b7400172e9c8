// PHQ-9 scores against the published rule (Kroenke 2001), with their derivation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAnswers } from './clean-answers.ts'
import { scoreAnswers } from './score.ts'
import { demoForm, demoPlan } from './testing/demo-plan.ts'

const plan = demoPlan()
const phq9 = demoForm(plan, 'phq-9')
const codes = ['not-at-all', 'several-days', 'more-than-half-the-days', 'nearly-every-day']

function score(levels: readonly (number | null)[], more: Record<string, unknown> = {}) {
  const answers = Object.fromEntries(
    levels.map((level, i) => [
      `phq9-${i + 1}`,
      level === null ? { skipped: 'asked-declined' } : codes[level],
    ]),
  )
  const [total] = scoreAnswers(phq9, cleanAnswers(phq9, { ...answers, ...more }))
  assert.ok(total !== undefined)
  return total
}

const table: readonly [number[], number, string][] = [
  [[0, 0, 0, 0, 0, 0, 0, 0, 0], 0, 'minimal'],
  [[1, 1, 1, 1, 0, 0, 0, 0, 0], 4, 'minimal'],
  [[1, 1, 1, 1, 1, 0, 0, 0, 0], 5, 'mild'],
  [[3, 3, 3, 0, 0, 0, 0, 0, 0], 9, 'mild'],
  [[3, 3, 3, 1, 0, 0, 0, 0, 0], 10, 'moderate'],
  [[2, 2, 2, 2, 2, 2, 2, 0, 0], 14, 'moderate'],
  [[3, 3, 3, 3, 3, 0, 0, 0, 0], 15, 'moderately-severe'],
  [[3, 3, 3, 3, 3, 3, 1, 0, 0], 19, 'moderately-severe'],
  [[3, 3, 3, 3, 3, 3, 2, 0, 0], 20, 'severe'],
  [[3, 3, 3, 3, 3, 3, 3, 3, 3], 27, 'severe'],
]
for (const [levels, value, band] of table)
  test(`PHQ-9 ${levels.join('')} scores ${value}, ${band}`, () => {
    const total = score(levels)
    assert.deepEqual([total.value, total.band?.code, total.reason], [value, band, null])
    assert.equal(
      total.inputs.reduce((sum, input) => sum + (input.value ?? 0), 0),
      value,
    )
  })

test('item 10 is not scored', () => {
  const total = score([3, 0, 0, 0, 0, 0, 0, 0, 0], { 'phq9-10': 'extremely-difficult' })
  assert.deepEqual([total.value, total.required], [3, 9])
})

test('one item left out: no score, a reason, and nothing imputed', () => {
  const total = score([3, 3, 3, 3, null, 3, 3, 3, 3])
  assert.deepEqual([total.value, total.band, total.reason, total.answered], [null, null, 'items-missing', 8])
  assert.deepEqual(total.inputs[4], { item: 'phq9-5', value: null })
})

test('P11: the derivation names rule, form and versions, and survives JSON', () => {
  const total = score([1, 1, 1, 1, 1, 1, 1, 1, 1])
  assert.deepEqual(
    [total.id, total.version, total.form, total.formVersion],
    ['phq-9-total', '1', 'phq-9', '1'],
  )
  assert.deepEqual(JSON.parse(JSON.stringify(total)), total)
})

test('a form without scores has none', () => {
  assert.deepEqual(scoreAnswers(demoForm(plan, 'daily-diary'), cleanAnswers(phq9, {})), [])
})
