// The laws of scoring, whatever the instrument: bounds, monotony, order, pro-rating; and each rule by a table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Answers } from '../plan.ts'
import { scoreAnswers } from '../score.ts'
import { compileScoring, type Scoring } from './compile-scoring.ts'

const ten = Array.from({ length: 10 }, (_, i) => `i${i + 1}`)

/** An instrument of ten items from 0 to 4 with the given scores. */
function instrument(scores: string, more = ''): Scoring {
  const text = `instrument: made-up
version: "1"
title: { en: Made up, zh: 虚构 }
source: made up
scales: { likert: { min: 0, max: 4 } }
${more}
items:
${ten.map((name, i) => `  - { item: ${name}, number: ${i + 1}, scale: likert }`).join('\n')}
scores:
${scores}`
  const faults: string[] = []
  const scoring = compileScoring('made-up.yaml', text, {
    add: (_, line, message) => faults.push(`${line}: ${message}`),
  })
  assert.deepEqual(faults, [])
  return scoring as Scoring
}

const declare = (id: string, rest: string) =>
  `  - { id: ${id}, version: "1", title: { en: ${id}, zh: 分 }, source: made up, ${rest} }\n`
const all = `items: [${ten.join(', ')}]`
const only = (scoring: Scoring, answers: Answers) => scoreAnswers(scoring, answers)[0]!
const complete = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 10, maxLength: 10 })
const partial = fc.array(fc.option(fc.integer({ min: 0, max: 4 })), { minLength: 10, maxLength: 10 })
const toAnswers = (values: readonly (number | null)[]): Answers =>
  Object.fromEntries(values.flatMap((value, i) => (value === null ? [] : [[ten[i]!, value]])))

const methods = ['sum', 'mean', 'min', 'max'] as const
const strict = new Map(methods.map((m) => [m, instrument(declare(m, `method: ${m}, ${all}`))]))
const half = new Map(
  (['sum', 'mean'] as const).map((m) => [
    m,
    instrument(declare(m, `method: ${m}, ${all}, missing: { min-answered: 50%, as: prorate }`)),
  ]),
)

test('law: with every item answered each method is its plain arithmetic', () => {
  fc.assert(
    fc.property(complete, (values) => {
      const sum = values.reduce((a, b) => a + b, 0)
      const expected = { sum, mean: sum / 10, min: Math.min(...values), max: Math.max(...values) }
      for (const [method, scoring] of strict)
        assert.equal(only(scoring, toAnswers(values)).value, expected[method], method)
    }),
  )
})

test('law: pro-rating changes nothing when every item is answered', () => {
  fc.assert(
    fc.property(complete, (values) => {
      for (const [method, scoring] of half) {
        const score = only(scoring, toAnswers(values))
        assert.deepEqual(
          [score.value, score.imputed],
          [only(strict.get(method)!, toAnswers(values)).value, 0],
        )
      }
    }),
  )
})

test('law: a pro-rated sum is the mean of the answered × the number of items, and shows what it imputed', () => {
  fc.assert(
    fc.property(partial, (values) => {
      const given = values.filter((v) => v !== null)
      const score = only(half.get('sum')!, toAnswers(values))
      if (given.length < 5) return assert.deepEqual([score.value, score.reason], [null, 'too-few-answered'])
      const mean = given.reduce((a, b) => a + b, 0) / given.length
      assert.ok(Math.abs((score.value as number) - mean * 10) < 1e-9)
      assert.equal(score.inputs.filter((i) => i.state === 'imputed').length, 10 - given.length)
      const used = score.inputs.reduce((a, i) => a + (i.used as number), 0)
      assert.ok(Math.abs(used - (score.value as number)) < 1e-8)
      assert.ok(score.inputs.every((i) => i.state !== 'imputed' || i.raw === null))
    }),
  )
})

test('law: a score stays within its stated range', () => {
  fc.assert(
    fc.property(partial, (values) => {
      for (const scoring of [...strict.values(), ...half.values()]) {
        const { min, max } = scoring.scores[0]!.range!
        const { value } = only(scoring, toAnswers(values))
        assert.ok(value === null || (value >= min && value <= max))
      }
    }),
  )
})

test('law: answering one item higher never lowers a score, and never raises one where it is reversed', () => {
  const reversed = instrument(declare('r', `method: sum, items: [{ item: i1, reverse: true }, i2, i3]`))
  fc.assert(
    fc.property(complete, fc.nat(9), (values, at) => {
      const higher = values.map((v, i) => (i === at ? Math.min(4, v + 1) : v))
      for (const scoring of strict.values())
        assert.ok(only(scoring, toAnswers(higher)).value! >= only(scoring, toAnswers(values)).value!)
      const change = only(reversed, toAnswers(higher)).value! - only(reversed, toAnswers(values)).value!
      assert.ok(at === 0 ? change <= 0 : change >= 0)
    }),
  )
})

test('law: the order in which answers come changes nothing, down to the bytes (P11)', () => {
  fc.assert(
    fc.property(partial, fc.func(fc.integer()), (values, rank) => {
      const entries = Object.entries(toAnswers(values))
      const shuffled = [...entries].sort((a, b) => rank(a[0]) - rank(b[0]))
      for (const scoring of [...strict.values(), ...half.values()])
        assert.equal(
          JSON.stringify(scoreAnswers(scoring, Object.fromEntries(shuffled))),
          JSON.stringify(scoreAnswers(scoring, Object.fromEntries(entries))),
        )
    }),
  )
})

test('law: who answers one value throughout gets the same score however many items are missing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.subarray(ten, { minLength: 5 }), (value, answered) => {
      const answers = Object.fromEntries(answered.map((name) => [name, value]))
      assert.equal(only(half.get('sum')!, answers).value, value * 10)
    }),
  )
})

const missingTable: readonly [rule: string, answered: number, value: number | null][] = [
  ['all-required', 9, null],
  ['{ min-answered: 9, as: ignore }', 9, 18],
  ['{ min-answered: 9, as: prorate }', 9, 20],
  ['{ min-answered: 9, as: 0 }', 9, 18],
  ['{ min-answered: 9, as: 4 }', 9, 22],
  ['{ min-answered: 50%, as: prorate }', 5, 20],
  ['{ min-answered: ">50%", as: prorate }', 5, null],
  ['{ min-answered: ">50%", as: prorate }', 6, 20],
  ['{ min-answered: 1, as: ignore }', 0, null],
]
for (const [rule, answered, value] of missingTable)
  test(`missing: ${rule} with ${answered} of 10 answered by 2 gives ${value}`, () => {
    const scoring = instrument(declare('s', `method: sum, ${all}, missing: ${rule}`))
    const answers = Object.fromEntries(ten.slice(0, answered).map((name) => [name, 2]))
    assert.equal(only(scoring, answers).value, value)
  })

test('weights, maps, counts, rescaling, rounding and tables', () => {
  const scoring = instrument(
    declare('w', 'method: sum, items: [{ item: i1, weight: 0.1 }, { item: i2, weight: 0.2 }]') +
      declare('m', 'method: sum, items: [{ item: i1, map: top }, i2]') +
      declare('c', 'method: count, at-least: 3, items: [i1, i2, { item: i3, at-least: 1 }]') +
      declare('e', 'method: mean, items: [i1, i2], rescale: { from: [0, 4], to: [0, 100] }') +
      declare('d', 'method: mean, items: [i1, i2], rescale: { from: [0, 4], to: [100, 0] }') +
      declare('r', 'method: mean, items: [i1, i2, i3], round: { decimals: 1, mode: half-up }') +
      declare(
        't',
        'method: sum, items: [i1, i2], lookup: { name: T, source: made up, rows: [[1, 31.5, 4.2], [2, 40]] }',
      ),
    'maps: { top: { "0": 0, "1": 1, "2": 2, "3": 3, "4": 3 } }',
  )
  const value = (id: string, answers: Answers) => scoreAnswers(scoring, answers).find((s) => s.id === id)
  assert.equal(value('w', { i1: 1, i2: 1 })?.value, 0.3)
  assert.equal(value('m', { i1: 4, i2: 1 })?.value, 4)
  assert.equal(value('c', { i1: 3, i2: 2, i3: 1 })?.value, 2)
  assert.equal(value('e', { i1: 3, i2: 4 })?.value, 87.5)
  assert.equal(value('d', { i1: 3, i2: 4 })?.value, 12.5)
  assert.equal(value('r', { i1: 1, i2: 1, i3: 0 })?.value, 0.7)
  const found = value('t', { i1: 1, i2: 0 })
  assert.deepEqual([found?.value, found?.rawScore, found?.standardError], [31.5, 1, 4.2])
  const off = value('t', { i1: 4, i2: 4 })
  assert.deepEqual([off?.value, off?.reason, off?.rawScore], [null, 'not-in-table', 8])
})

test('a total of subscales is missing where a subscale is, and bands may require another score', () => {
  const scoring = instrument(
    declare('a', 'method: sum, items: [i1, i2]') +
      declare('b', 'method: sum, items: [i3, i4]') +
      declare(
        'total',
        'method: sum, of: [a, b], bands: [{ code: low, from: 0, text: { en: low, zh: 低 } }, { code: both, from: 4, text: { en: both, zh: 高 }, requires: [{ score: b, from: 2 }] }]',
      ),
  )
  const total = (answers: Answers) => scoreAnswers(scoring, answers)[2]!
  assert.deepEqual(total({ i1: 2, i2: 1, i3: 1, i4: 1 }).band?.code, 'both')
  assert.deepEqual(total({ i1: 4, i2: 4, i3: 1, i4: 0 }).band?.code, 'low')
  const none = total({ i1: 4, i2: 4, i3: 1 })
  assert.deepEqual([none.value, none.band, none.reason], [null, null, 'subscale-missing'])
})

test('what cannot be used gives no score, even where enough items are left', () => {
  const scoring = half.get('sum')!
  const enough = toAnswers([1, 1, 1, 1, 1, 1, 1, 1, null, null])
  const table: readonly [unknown, string][] = [
    [5, 'out-of-range'],
    [-1, 'out-of-range'],
    [1.5, 'out-of-range'],
    ['two', 'unreadable-answer'],
    [Number.NaN, 'unreadable-answer'],
    [true, 'unreadable-answer'],
  ]
  for (const [bad, reason] of table)
    assert.deepEqual(
      [
        only(scoring, { ...enough, i9: bad as never }).value,
        only(scoring, { ...enough, i9: bad as never }).reason,
      ],
      [null, reason],
    )
})
