// The instruments that ship: each is sound, its questions and its scoring agree, and published examples come out.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Scoring } from '../study/scoring/compile-scoring.ts'
import { printedNumbers } from '../study/scoring/compile-term.ts'
import { type InstrumentResult, scoreInstrument } from '../study/scoring/score-instrument.ts'
import { instrumentsFolder, openInstrument, otherRules, shippedInstruments } from './instruments.ts'

type Element = {
  linkId: string
  type: string
  text?: string
  item?: Element[]
  extension?: { url: string; valueInteger?: number }[]
  answerOption?: { valueCoding: { code: string; display: string; extension?: { valueDecimal: number }[] } }[]
}

const ids = shippedInstruments()
const read = (id: string, file: string) => readFileSync(join(instrumentsFolder, id, file), 'utf8')
const questions = (id: string): Element[] => {
  const walk = (items: Element[]): Element[] => items.flatMap((one) => [one, ...walk(one.item ?? [])])
  return walk(JSON.parse(read(id, 'questionnaire.json')).item).filter(
    (one) => !['group', 'display'].includes(one.type),
  )
}

/** Scores answers that must hold answers to the instrument. */
function score(scoring: Scoring, answers: unknown, facts = {}): InstrumentResult {
  const result = scoreInstrument(scoring, answers, facts)
  assert.ok(!('refused' in result), JSON.stringify(result))
  return result
}
const of = (result: InstrumentResult, id: string) => {
  const found = result.scores.find((one) => one.id === id)
  assert.ok(found !== undefined, id)
  return found
}

test('the list of shipped instruments is what the README says', () => {
  const readme = readFileSync(join(instrumentsFolder, 'README.md'), 'utf8')
  for (const id of ids) assert.ok(readme.includes(`\`${id}\``), `${id} is not in instruments/README.md`)
  for (const wanted of [
    'phq-9',
    'phq-8',
    'phq-2',
    'phq-15',
    'gad-7',
    'ces-d',
    'gds-15',
    'pain-nrs',
    'pain-vas',
  ])
    assert.ok(ids.includes(wanted), wanted)
})

for (const id of ids)
  test(`${id}: licence, rules and questions are there and agree`, () => {
    assert.match(read(id, 'LICENCE.md'), /## May it be shipped\? Yes/)
    for (const rule of [undefined, ...otherRules(join(instrumentsFolder, id))]) {
      const scoring = openInstrument(id, rule)
      assert.equal(scoring.instrument, id)
      assert.ok(existsSync(join(instrumentsFolder, id, scoring.questionnaire ?? '')))
      const asked = questions(id)
      assert.deepEqual(
        scoring.items.map((one) => one.item),
        asked.map((one) => one.linkId),
      )
      for (const [i, { scale, words }] of scoring.items.entries()) {
        const { type, answerOption, extension, linkId } = asked[i]!
        if (answerOption !== undefined) {
          const options = answerOption.map(({ valueCoding: c }) => [c.code, c.extension?.[0]?.valueDecimal])
          const numbers = new Map(options as [string, number][])
          if (numbers.get(options[0]![0] as string) !== undefined)
            assert.deepEqual(
              new Map([...numbers].sort()),
              new Map([...(scale.values as Map<string, number>)].sort()),
              linkId,
            )
          for (const { valueCoding } of answerOption)
            if (words.has(valueCoding.code))
              assert.ok(words.get(valueCoding.code)?.includes(valueCoding.display), linkId)
        } else if (type === 'integer') {
          const bound = (name: string) => extension?.find((one) => one.url.endsWith(name))?.valueInteger
          assert.deepEqual([scale.min, scale.max], [bound('minValue'), bound('maxValue')])
        } else assert.equal(type, 'boolean')
      }
    }
  })

for (const id of ids)
  test(`${id}: the lowest and the highest answers give the ends of every stated range, codes and numbers alike`, () => {
    const scoring = openInstrument(id)
    for (const scored of scoring.scores) {
      const seen: number[] = []
      for (const extreme of [0, -1]) {
        const answers = Object.fromEntries(
          scoring.items.map(({ item, scale }) => {
            const term = scored.terms.find((one) => one.name === item)
            const numbers = printedNumbers(scale).sort((a, b) => (term?.use(a) ?? a) - (term?.use(b) ?? b))
            return [item, numbers.at(extreme)]
          }),
        )
        const coded = Object.fromEntries(
          scoring.items.map(({ item, scale }) => {
            const code = [...(scale.values ?? [])].find(([, number]) => number === answers[item])?.[0]
            return [item, code ?? answers[item]]
          }),
        )
        const { value } = of(score(scoring, answers), scored.id)
        assert.equal(of(score(scoring, coded), scored.id).value, value)
        seen.push(value as number)
      }
      if (scored.terms.every((term) => term.from === 'item') && scored.method !== 'count')
        assert.deepEqual(seen, [scored.range?.min, scored.range?.max], scored.id)
    }
  })

const list = (id: string, values: readonly unknown[], facts = {}) => score(openInstrument(id), values, facts)

const bands: readonly [string, string, readonly number[], number, string | undefined][] = [
  // Kroenke 2001: 5, 10, 15 and 20.
  ['phq-9', 'phq-9-total', [1, 1, 1, 1, 0, 0, 0, 0, 0], 4, 'minimal'],
  ['phq-9', 'phq-9-total', [3, 3, 3, 3, 3, 3, 2, 0, 0], 20, 'severe'],
  ['phq-8', 'phq-8-total', [3, 3, 3, 1, 0, 0, 0, 0], 10, 'moderate'],
  ['phq-2', 'phq-2-total', [1, 2], 3, 'positive'],
  ['gad-7', 'gad-7-total', [2, 2, 2, 2, 2, 2, 2], 14, 'moderate'],
  ['gad-7', 'gad-7-total', [3, 2, 2, 2, 2, 2, 2], 15, 'severe'],
  ['gad-2', 'gad-2-total', [1, 1], 2, 'negative'],
  ['phq-4', 'phq-4-total', [3, 3, 3, 0], 9, 'severe'],
  // Radloff 1977: items 4, 8, 12 and 16 are reversed, so "rarely" throughout gives 12.
  ['ces-d', 'ces-d-total', Array(20).fill(0), 12, 'below-cutoff'],
  ['ces-d', 'ces-d-total', Array(20).fill(3), 48, 'at-risk'],
  ['ces-d', 'ces-d-total', Array(20).fill(1), 24, 'at-risk'],
  // CESD-R: the two most frequent choices both count 3.
  ['cesd-r', 'cesd-r-total', Array(20).fill(4), 60, 'at-risk'],
  ['pswq', 'pswq-total', Array(16).fill(5), 60, undefined],
  ['cage', 'cage-total', [1, 1, 0, 0], 2, 'clinically-significant'],
  ['core-10', 'core-10-clinical-score', [2, 1, 1, 1, 1, 0, 1, 1, 1, 2], 11, 'mild'],
  ['ciwa-ar', 'ciwa-ar-total', [1, 1, 1, 1, 1, 1, 1, 1, 0, 0], 8, 'moderate'],
  ['pain-nrs', 'pain-nrs-score', [7], 7, undefined],
  ['pain-vas', 'pain-vas-score', [64], 64, undefined],
]
for (const [id, scored, answers, value, band] of bands)
  test(`${scored} of ${answers.join('')} is ${value}, ${band ?? 'without a band'}`, () => {
    const found = of(list(id, answers), scored)
    assert.deepEqual([found.value, found.band?.code], [value, band])
  })

test('GAD-7: the lowest choice is "Not at all", never "Not at all sure" (Zorowitz 2021)', () => {
  for (const { answerOption } of questions('gad-7'))
    assert.equal(answerOption?.[0]?.valueCoding.display, 'Not at all')
})

test('PHQ-9 algorithm: five symptoms, one of them item 1 or 2; item 9 counts if present at all', () => {
  const syndrome = (values: readonly number[]) => of(list('phq-9', values), 'phq-9-symptoms').band?.code
  assert.equal(syndrome([2, 0, 2, 2, 2, 0, 0, 0, 1]), 'major-depressive-syndrome')
  assert.equal(syndrome([1, 1, 2, 2, 2, 2, 2, 0, 1]), 'none')
  assert.equal(syndrome([0, 2, 2, 0, 0, 0, 0, 0, 0]), 'other-depressive-syndrome')
  assert.equal(syndrome([2, 2, 2, 2, 1, 1, 1, 1, 0]), 'other-depressive-syndrome')
})

test('item alerts: PHQ-9 item 9, CESD-R items 14 and 15, CORE-10 item 6, HAM-D item 3', () => {
  const alerts = (id: string, answers: unknown) =>
    score(openInstrument(id), answers).alerts.map((one) => one.id)
  assert.deepEqual(alerts('phq-9', { item9: 1 }), ['phq-9-item-9'])
  assert.deepEqual(alerts('phq-9', { item9: 0, item8: 3 }), [])
  assert.deepEqual(alerts('cesd-r', { q14: 1, q15: 4 }), ['cesd-r-item-14', 'cesd-r-item-15'])
  assert.deepEqual(alerts('core-10', { q6: 'Only occasionally' }), ['core-10-item-6'])
  assert.deepEqual(alerts('ham-d-17', { q3: 2 }), ['ham-d-17-item-3'])
})

test('PHQ-9 pro-rated: two items missing are the mean of the seven, rounded half up; three are too many', () => {
  const scoring = openInstrument('phq-9', 'prorated')
  const total = (values: readonly (number | null)[]) => of(score(scoring, values), 'phq-9-total')
  assert.deepEqual(
    [total([1, 1, 1, 1, 1, 1, 1, null, null]).value, total([2, 1, 1, 1, 1, 1, 1, null, null]).value],
    [9, 10],
  )
  assert.equal(total([1, 1, 1, 1, 1, 1, null, null, null]).reason, 'too-few-answered')
  assert.equal(of(list('phq-9', [1, 1, 1, 1, 1, 1, 1, 1, null]), 'phq-9-total').reason, 'too-few-answered')
})

test('CES-D: four missing are pro-rated, five are not scored', () => {
  const values = (missing: number) => Array.from({ length: 20 }, (_, i) => (i < missing ? null : 1))
  assert.deepEqual(of(list('ces-d', values(4)), 'ces-d-total').answered, 16)
  assert.equal(of(list('ces-d', values(5)), 'ces-d-total').value, null)
})

test('PHQ-15: item 4 is not asked of men; women must answer it', () => {
  const values = Array.from({ length: 15 }, (_, i) => (i === 3 ? null : 2))
  assert.deepEqual(of(list('phq-15', values, { sex: 'male' }), 'phq-15-total').value, 28)
  assert.equal(of(list('phq-15', values, { sex: 'female' }), 'phq-15-total').value, null)
  assert.equal(of(list('phq-15', values), 'phq-15-total').value, null)
  const named = { ...Object.fromEntries(values.map((value, i) => [`q${i + 1}`, value])), sex: 'M' }
  assert.equal(of(score(openInstrument('phq-15'), named), 'phq-15-total').value, 28)
  const skipped = values.map((value) => value ?? { skipped: 'not-applicable' })
  assert.deepEqual(of(list('phq-15', skipped), 'phq-15-total').applicable, 14)
  const ignored = list('phq-15', Array(15).fill(1), { sex: 'male' })
  assert.deepEqual(
    [of(ignored, 'phq-15-total').value, ignored.findings[0]?.code],
    [14, 'not-applicable-answered'],
  )
})

test('GDS-15: the depressive answer counts, whichever word it is', () => {
  const no = [1, 5, 7, 11, 13]
  const depressed = Array.from({ length: 15 }, (_, i) => (no.includes(i + 1) ? 'no' : 'yes'))
  assert.equal(of(list('gds-15', depressed), 'gds-15-total').value, 15)
  assert.equal(
    of(
      list(
        'gds-15',
        depressed.map((word) => word === 'yes'),
      ),
      'gds-15-total',
    ).value,
    15,
  )
  assert.equal(of(list('gds-15', Array(15).fill('Y')), 'gds-15-total').value, 10)
})

test('RAND-36: the worked example of Top Clin Chiro 1994;1:51–59 (40 + 60 + 40 over three answered items)', () => {
  const result = score(openInstrument('rand-36'), { q23: 4, q27: 3, q29: 3, q31: null })
  const energy = of(result, 'rand-36-energy-fatigue')
  assert.deepEqual([energy.value?.toFixed(1), energy.answered], ['46.7', 3])
  assert.equal(of(result, 'rand-36-pain').value, null)
})

test('HAM-D-17: item 16 by history or by measurement; 3 means not assessed', () => {
  const rest = Object.fromEntries(
    Array.from({ length: 17 }, (_, i) => [`q${i + 1}`, 1]).filter(([q]) => q !== 'q16'),
  )
  const total = (more: object) =>
    of(score(openInstrument('ham-d-17'), { ...rest, ...more }), 'ham-d-17-total')
  assert.deepEqual(
    [total({ q16b: 2 }).value, total({ q16a: 2 }).value, total({ q16a: 1, q16b: 2 }).value],
    [18, 18, 18],
  )
  assert.equal(total({ q16a: 3 }).reason, 'subscale-missing')
})

test('CGI: each rating is its own score, 0 is no rating, the efficacy index numbers the table', () => {
  const result = list('cgi', [4, 0, 2, 3])
  assert.deepEqual(
    result.scores.map((one) => one.value),
    [4, null, 7],
  )
})
