// Checking and cleaning, side by side: what is found and what is kept, for ordinary, wrong and hostile answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkAnswers } from './check-answers.ts'
import { cleanAnswers } from './clean-answers.ts'
import type { FormPlan } from './plan.ts'
import { demoForm, demoPlan, ordinaryMorning } from './testing/demo-plan.ts'
import { item, option, skippable, small } from './testing/small-study.ts'

const diary = demoForm(demoPlan(), 'daily-diary')

/** Findings as `code item`, and the cleaned answers as JSON. */
function both(form: FormPlan, answers: Record<string, unknown>): [string[], string] {
  const told = checkAnswers(form, answers).map(
    ({ code, item: linkId }) => `${code}${linkId ? ` ${linkId}` : ''}`,
  )
  return [told, JSON.stringify(cleanAnswers(form, answers))]
}

const morning = (change: Record<string, unknown>) => ({ ...ordinaryMorning, ...change })
const cleanMorning = (change: Record<string, unknown>) => JSON.stringify(morning(change))
const without = (linkId: string) =>
  JSON.stringify(Object.fromEntries(Object.entries(ordinaryMorning).filter(([key]) => key !== linkId)))

const cases: readonly [string, Record<string, unknown>, string[], string][] = [
  ['an ordinary morning', {}, [], cleanMorning({})],
  ['a number as text', { pain: ' 7 ' }, [], cleanMorning({ pain: 7 })],
  ['a decimal as text', { 'sleep-hours': '7.5' }, [], cleanMorning({ 'sleep-hours': 7.5 })],
  ['a decimal comma', { 'sleep-hours': '7,5' }, ['wrong-type sleep-hours'], without('sleep-hours')],
  ['minus zero', { pain: -0 }, [], cleanMorning({ pain: 0 })],
  ['above the scale', { pain: 11 }, ['out-of-range pain'], cleanMorning({ pain: 11 })],
  ['below the scale', { pain: -1 }, ['out-of-range pain'], cleanMorning({ pain: -1 })],
  ['half a point', { pain: 4.5 }, ['wrong-type pain'], without('pain')],
  ['infinity', { pain: Number.POSITIVE_INFINITY }, ['wrong-type pain'], without('pain')],
  ['NaN as text', { pain: 'NaN' }, ['wrong-type pain'], without('pain')],
  ['hexadecimal', { pain: '0x4' }, ['wrong-type pain'], without('pain')],
  [
    'too precise',
    { 'sleep-hours': 7.123 },
    ['too-many-decimals sleep-hours'],
    cleanMorning({ 'sleep-hours': 7.123 }),
  ],
  ['an unknown choice', { nausea: 'awful' }, ['choice-unknown nausea'], without('nausea')],
  ['a choice with spaces', { nausea: ' mild ' }, [], cleanMorning({})],
  ['a choice of another type', { nausea: true }, ['wrong-type nausea'], without('nausea')],
  ['a boolean as text', { 'rescue-taken': 'false' }, ['wrong-type rescue-taken'], without('rescue-taken')],
  ['a missing item', { pain: undefined }, ['required-missing pain'], without('pain')],
  ['null', { pain: null }, ['required-missing pain'], without('pain')],
  ['an empty text', { pain: '  ' }, ['required-missing pain'], without('pain')],
  [
    'a skip that is not allowed',
    { pain: { skipped: 'asked-declined' } },
    ['skip-not-allowed pain'],
    cleanMorning({ pain: { skipped: 'asked-declined' } }),
  ],
  [
    'an unknown reason',
    { 'sleep-hours': { skipped: 'tired' } },
    ['skip-reason-unknown sleep-hours'],
    without('sleep-hours'),
  ],
  [
    'more than a reason',
    { 'sleep-hours': { skipped: 'error', extra: [1] } },
    [],
    cleanMorning({ 'sleep-hours': { skipped: 'error' } }),
  ],
  ['an object', { pain: { value: 4 } }, ['wrong-type pain'], without('pain')],
  ['a list', { pain: [4] }, ['too-many-answers pain'], without('pain')],
  ['a time with seconds', { 'dose-time': '07:45:10' }, [], cleanMorning({ 'dose-time': '07:45:10' })],
  ['an impossible time', { 'dose-time': '24:10' }, ['wrong-type dose-time'], without('dose-time')],
  ['an unknown item', { appetite: 3 }, ['item-unknown appetite'], cleanMorning({})],
  ['an item named like a sentence', { 'my pain is 4': 3 }, ['item-unknown'], cleanMorning({})],
  [
    'a pack number',
    { 'pack-number': ' 48 213 ' },
    [],
    `${without('x').replace('"rescue', '"pack-number":"48 213","rescue')}`,
  ],
  [
    'a long pack number',
    { 'pack-number': '9'.repeat(21) },
    ['too-long pack-number'],
    without('x').replace('"rescue', `"pack-number":"${'9'.repeat(21)}","rescue`),
  ],
]

for (const [name, change, findings, cleaned] of cases)
  test(`check and clean: ${name}`, () => assert.deepEqual(both(diary, morning(change)), [findings, cleaned]))

test('skip logic: a hidden item may be absent, and answered it is dropped and told', () => {
  const none = morning({ 'dose-taken': false, 'dose-time': undefined })
  assert.deepEqual(both(diary, none), [
    [],
    without('dose-time').replace('"dose-taken":true', '"dose-taken":false'),
  ])
  const hidden = morning({ 'dose-taken': false })
  assert.deepEqual(both(diary, hidden)[0], ['hidden-answered dose-time'])
  assert.doesNotMatch(both(diary, hidden)[1], /dose-time/)
  assert.deepEqual(both(diary, morning({ 'dose-time': undefined }))[0], ['required-missing dose-time'])
  assert.deepEqual(both(diary, morning({ 'dose-time': { skipped: 'asked-unknown' } }))[0], [])
})

test('cleaning is canonical: the order in which the device sent its answers leaves no trace', () => {
  const reversed = Object.fromEntries(Object.entries(ordinaryMorning).reverse())
  assert.equal(JSON.stringify(cleanAnswers(diary, reversed)), JSON.stringify(ordinaryMorning))
})

test('text is trimmed and in NFC, so that equal words are equal bytes', () => {
  const { form } = small([item('note', 'string')])
  assert.equal(cleanAnswers(form, { note: ' cafe\u0301\u3000' }).note, 'caf\u00e9')
})

test('repeating items, dates, groups within groups, enableBehavior any', () => {
  const { form } = small([
    item('where', 'choice', { repeats: true, answerOption: [option('back'), option('neck')] }),
    item('since', 'date'),
    item('outer', 'group', {
      enableWhen: [{ question: 'where', operator: '=', answerCoding: { code: 'neck' } }],
      item: [
        item('inner', 'group', {
          enableBehavior: 'any',
          enableWhen: [
            { question: 'since', operator: 'exists', answerBoolean: true },
            { question: 'where', operator: '=', answerCoding: { code: 'back' } },
          ],
          item: [item('stiff', 'boolean', { required: true, extension: [skippable] })],
        }),
      ],
    }),
  ])
  assert.deepEqual(both(form, { where: ['neck', 'back', 'foot'] }), [
    ['choice-unknown where', 'required-missing stiff'],
    '{"where":["neck","back"]}',
  ])
  assert.deepEqual(both(form, { where: 'neck', since: '2026-02-30', stiff: true }), [
    ['wrong-type since', 'hidden-answered stiff'],
    '{"where":["neck"]}',
  ])
  assert.deepEqual(both(form, { where: ['neck'], since: '2028-02-29', stiff: { skipped: 'unknown' } })[0], [])
  assert.deepEqual(both(form, { where: Array(101).fill('neck') })[0], ['too-many-answers where'])
})

test('a hostile body cannot make many findings, reach a prototype or carry its text into one', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x${i}`, i]))
  const findings = checkAnswers(diary, morning(many))
  assert.equal(findings.length, 21)
  assert.equal(findings.at(-1)?.count, 4980)
  const proto = JSON.parse('{"__proto__": {"pain": 4}, "constructor": 1, "pain": "secret words"}')
  const told = JSON.stringify(checkAnswers(diary, proto))
  assert.doesNotMatch(told, /secret/)
  assert.match(told, /required-missing/)
  const cleaned = cleanAnswers(diary, proto) as Record<string, unknown>
  assert.equal(cleaned.constructor, undefined)
  assert.equal(cleaned.toString, undefined)
  assert.equal(({} as Record<string, unknown>).pain, undefined)
})

test('law: any JSON in any item neither throws nor makes anything but known items, canonically', () => {
  const linkIds = diary.items.map((one) => one.linkId)
  const key = fc.oneof(fc.constantFrom(...linkIds, '__proto__', 'toString'), fc.string())
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>,
    fc.constantFrom('mild', '07:45', true, 4, ' '.repeat(200_000), '9'.repeat(40), '1e400', -0),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 14 }), (entries) => {
      const answers = JSON.parse(JSON.stringify(Object.fromEntries(entries)))
      const findings = checkAnswers(diary, answers)
      const cleaned = cleanAnswers(diary, answers)
      for (const name in cleaned) assert.ok(diary.itemById.has(name))
      for (const finding of findings) assert.ok((finding.item ?? '').length <= 64)
      // What was cleaned is clean: cleaning again changes nothing, and only limits and gaps are still told.
      assert.equal(JSON.stringify(cleanAnswers(diary, cleaned)), JSON.stringify(cleaned))
      const still = new Set(checkAnswers(diary, cleaned).map((finding) => finding.code))
      for (const code of ['wrong-type', 'choice-unknown', 'item-unknown', 'hidden-answered'] as const)
        assert.equal(still.has(code), false)
    }),
    { numRuns: 300 },
  )
})

test('an item named like a member every object inherits is answered only by an own member', () => {
  const { form } = small([item('toString', 'string', { required: true })])
  assert.deepEqual(both(form, {}), [['required-missing toString'], '{}'])
  assert.deepEqual(both(form, { toString: 'x' }), [[], '{"toString":"x"}'])
})
