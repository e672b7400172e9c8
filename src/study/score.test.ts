// PHQ-9 scores against the published rule (Kroenke 2001), with their derivation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAnswers } from './clean-answers.ts'
import { compileStudy } from './compile-study.ts'
import { findForm } from './plan.ts'
import { explainScore, scoreAnswers } from './score.ts'
import { demoForm, demoPlan } from './testing/demo-plan.ts'
import { item, option, small, smallFiles } from './testing/small-study.ts'

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
      total.inputs.reduce((sum, input) => sum + (input.used ?? 0), 0),
      value,
    )
  })

test('item 10 is not scored', () => {
  const total = score([3, 0, 0, 0, 0, 0, 0, 0, 0], { 'phq9-10': 'extremely-difficult' })
  assert.deepEqual([total.value, total.required], [3, 9])
})

test('one item left out: no score, a reason, and nothing imputed', () => {
  const total = score([3, 3, 3, 3, null, 3, 3, 3, 3])
  assert.deepEqual(
    [total.value, total.band, total.reason, total.answered],
    [null, null, 'too-few-answered', 8],
  )
  assert.deepEqual(total.inputs[4], {
    item: 'phq9-5',
    raw: { skipped: 'asked-declined' },
    used: null,
    state: 'missing',
  })
  assert.equal(total.imputed, 0)
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

test('P11: the explanation adds the rule in words and its source, and nothing else', () => {
  const [rule] = phq9.scores
  assert.ok(rule !== undefined)
  const explained = explainScore(rule, score([0, 1, 2, 3, 0, 1, 2, 3, 0]))
  assert.match(explained.formula, /^sum\(phq9-1, .*phq9-9\); all required$/)
  assert.deepEqual(explained.range, { min: 0, max: 27 })
  assert.match(explained.source, /Kroenke/)
})

const items = [
  item('a', 'choice', { answerOption: [option('no', 0), option('some', 1), option('much', 2)] }),
  item('b', 'integer', {
    extension: [
      { url: 'http://hl7.org/fhir/StructureDefinition/minValue', valueInteger: 0 },
      { url: 'http://hl7.org/fhir/StructureDefinition/maxValue', valueInteger: 2 },
    ],
  }),
  item('c', 'boolean'),
]
const declared = `scores:
  - { id: s, version: "1", form: small, title: { en: S, zh: 分 }, method: sum, source: made up,
      items: [a, { item: b, reverse: true }, { item: c, weight: 2 }],
      missing: { min-answered: 2, as: prorate }, bands: [] }
  - { id: m, version: "1", form: small, title: { en: M, zh: 均 }, method: mean, source: made up, of: [s] }
`

test('a study declares any rule: choices, reversed numbers, weighted booleans, pro-rating, composites', () => {
  const { form } = small(items, declared)
  const answers = { a: 'much', b: 0, c: true }
  const [s, m] = scoreAnswers(form, answers)
  assert.deepEqual([s?.value, m?.value], [6, 6])
  const [partial] = scoreAnswers(form, { a: 'some', b: 1 })
  assert.deepEqual([partial?.value, partial?.imputed, partial?.inputs[2]?.state], [4, 1, 'imputed'])
  const [none, nothing] = scoreAnswers(form, { a: 'some' })
  assert.deepEqual([none?.reason, nothing?.reason], ['too-few-answered', 'subscale-missing'])
})

test('a number outside its range is never scored', () => {
  const { form } = small(items, declared)
  const [s] = scoreAnswers(form, { a: 'much', b: 3, c: true })
  assert.deepEqual([s?.value, s?.reason, s?.inputs[1]?.state], [null, 'out-of-range', 'out-of-range'])
})

test('a study takes the rules of an instrument from its scoring file, on its own form', () => {
  const scoring = `instrument: i
version: "1"
title: { en: I, zh: 量表 }
source: made up
scales: { any: { min: 0, max: 2 } }
items: [{ item: a, scale: any }, { item: b, scale: any }]
scores:
  - { id: i-total, version: "1", title: { en: T, zh: 总 }, method: sum, items: [a, b], range: { min: 0, max: 4 }, source: made up }
`
  const files = smallFiles(items, 'instruments: [{ form: small, scoring: instruments/i.yaml }]\n')
  assert.throws(() => compileStudy(files), /study.yaml:\d+: add the file instruments\/i.yaml/)
  const plan = compileStudy(new Map([...files, ['instruments/i.yaml', scoring]]))
  const form = findForm(plan, 'small', '1')
  assert.ok(form !== undefined)
  assert.equal(scoreAnswers(form, { a: 'some', b: 2 })[0]?.value, 3)
  const wrong = scoring.replace('items: [a, b], range', 'items: [a, x], range')
  const faulty = new Map([...files, ['instruments/i.yaml', wrong]])
  assert.throws(() => compileStudy(faulty), /instruments\/i.yaml:8: score i-total: form small has no item x/)
})
