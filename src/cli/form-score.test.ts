// What a stranger may hand to `levee form score`, and how the command ends. Answers never appear in messages.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { scoreInstrument } from '../study/scoring/score-instrument.ts'
import { openInstrument } from './instruments.ts'

const levee = fileURLToPath(new URL('levee.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'levee-form-score-'))
after(() => rmSync(folder, { recursive: true }))

function run(args: readonly string[], input?: unknown) {
  const text = typeof input === 'string' ? input : JSON.stringify(input)
  const done = spawnSync(process.execPath, [levee, ...args], { input: text, encoding: 'utf8' })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

const phq9 = openInstrument('phq-9')
const total = (answers: unknown) => {
  const result = scoreInstrument(phq9, answers)
  return 'refused' in result ? result.refused : result.scores[0]?.value
}
const nine = (of: (i: number) => readonly [string, unknown]) =>
  Object.fromEntries(Array.from({ length: 9 }, (_, i) => of(i + 1)))
const loinc = [
  '44250-9',
  '44255-8',
  '44259-0',
  '44254-1',
  '44251-7',
  '44258-2',
  '44252-5',
  '44253-3',
  '44260-8',
]
const response = (item: unknown) => ({ resourceType: 'QuestionnaireResponse', status: 'completed', item })

const shapes: readonly [string, unknown][] = [
  ['our answers object', nine((i) => [`phq9-${i}`, 'several-days'])],
  ['a submission with answers', { form: 'phq-9', answers: nine((i) => [`phq9-${i}`, 'several-days']) }],
  ['printed numbers', nine((i) => [`phq9-${i}`, 1])],
  ['numbers as text', nine((i) => [`item${i}`, ' 1 '])],
  ['words in English', nine((i) => [`q${i}`, 'SEVERAL DAYS'])],
  ['words in Chinese', nine((i) => [`Q0${i}`, '好几天'])],
  ['item numbers', nine((i) => [String(i), 1])],
  ['names as statistics programs write them', nine((i) => [`PHQ9_${i}`, 1])],
  ['names without the own number', nine((i) => [`PHQ${i}`, 1])],
  ['the same with the total beside them', { ...nine((i) => [`phq9_${i}`, 1]), phq9: 9 }],
  ['a list', Array(9).fill(1)],
  ['names with something before the own name', nine((i) => [`week4.PHQ9_q0${i}`, 1])],
  ['names numbered within one part', nine((i) => [`1.${i}`, 1])],
  ['numbers written in Chinese', nine((i) => [`第${i}题`, 1])],
  ['words with their printed number', nine((i) => [`q${i}`, i % 2 ? '1 - Several days' : '好几天（1）'])],
  ['answers inside data', { patient: '101-003', data: nine((i) => [`q${i}`, 1]) }],
  [
    'a list of questions and responses',
    Array.from({ length: 9 }, (_, i) => ({ question: i + 1, response: 1 })),
  ],
  ['the one line of a table', [{ id: 'p1', ...nine((i) => [`phq9_${i}`, 1]) }]],
  ['a list of named answers', Array.from({ length: 9 }, (_, i) => ({ linkId: `phq9-${i + 1}`, value: 1 }))],
  ['codings', nine((i) => [`phq9-${i}`, { code: 'several-days', display: 'Several days' }])],
  ['LOINC codes', nine((i) => [`/44249-1/${loinc[i - 1]}`, 'LA6569-3'])],
  [
    'a FHIR QuestionnaireResponse with codings in a group',
    response([
      {
        linkId: 'phq9',
        item: Array.from({ length: 9 }, (_, i) => ({
          linkId: `phq9-${i + 1}`,
          answer: [{ valueCoding: { code: 'several-days' } }],
        })),
      },
    ]),
  ],
  [
    'a QuestionnaireResponse of another system: LOINC linkIds, unknown codes that carry their ordinal',
    response(
      loinc.map((linkId) => ({
        linkId: `/${linkId}`,
        answer: [
          {
            valueCoding: {
              code: 'x1',
              extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/ordinalValue', valueDecimal: 1 }],
            },
          },
        ],
      })),
    ),
  ],
  [
    'a QuestionnaireResponse of integers',
    response(loinc.map((linkId) => ({ linkId, answer: [{ valueInteger: 1 }] }))),
  ],
]
for (const [what, answers] of shapes)
  test(`understood: ${what}`, () => {
    assert.equal(total(answers), 9)
  })

const notUnderstood: readonly [string, string, unknown][] = [
  ['another instrument of the same answers', 'phq-9', nine((i) => [`gad7_${i}`, 1])],
  ['two parts, each with a first item', 'phq-9', { '1.1': 1, '1.2': 1, '2.1': 1, '2.2': 1 }],
  ['1.1 is not the eleventh item', 'ces-d', { '1.1': 3, '2.1': 3, '1.2': 3, '2.2': 3 }],
  ['several lines of a table', 'phq-9', [nine((i) => [`q${i}`, 1]), nine((i) => [`q${i}`, 1])]],
]
for (const [what, instrument, answers] of notUnderstood)
  test(`refused: ${what}`, () => {
    assert.ok('refused' in scoreInstrument(openInstrument(instrument), answers))
  })

test('words and a number that is printed beside other words are no answer', () => {
  const result = scoreInstrument(
    phq9,
    nine((i) => [`q${i}`, i === 5 ? '2 - Several days' : 1]),
  )
  assert.ok(!('refused' in result))
  assert.deepEqual(
    result.findings.map(({ code, item }) => [code, item]),
    [['unreadable-answer', 'phq9-5']],
  )
})

const missing: readonly unknown[] = [null, undefined, '', 'NA', 'n/a', [], {}, { skipped: 'asked-declined' }]
for (const nothing of missing)
  test(`no answer: ${JSON.stringify(nothing) ?? 'undefined'}`, () => {
    const result = scoreInstrument(phq9, { ...nine((i) => [`q${i}`, 1]), q5: nothing })
    assert.ok(!('refused' in result))
    assert.deepEqual([result.scores[0]?.value, result.scores[0]?.reason], [null, 'too-few-answered'])
    assert.ok(result.findings.every((one) => one.severity === 'warning'))
  })

const unusable: readonly [unknown, string][] = [
  [4, 'out-of-range'],
  [-1, 'out-of-range'],
  ['99', 'out-of-range'],
  [1.5, 'out-of-range'],
  ['sometimes', 'unreadable-answer'],
  [true, 'unreadable-answer'],
  [[1, 2], 'unreadable-answer'],
  [{ code: 'secret' }, 'unreadable-answer'],
]
for (const [bad, code] of unusable)
  test(`never scored: ${JSON.stringify(bad)} is ${code}`, () => {
    const result = scoreInstrument(phq9, { ...nine((i) => [`q${i}`, 1]), q5: bad })
    assert.ok(!('refused' in result))
    assert.deepEqual([result.scores[0]?.value, result.scores[0]?.reason], [null, code])
    const [finding] = result.findings
    assert.deepEqual([finding?.code, finding?.severity, finding?.item], [code, 'error', 'phq9-5'])
    assert.match(finding?.message ?? '', /phq9-5 takes 0, 1, 2, 3 or one of the codes not-at-all/)
  })

test('two different answers to one item: neither counts; the same one twice is one', () => {
  const twice = scoreInstrument(phq9, { ...nine((i) => [`q${i}`, 1]), 'phq9-5': 2 })
  assert.ok(!('refused' in twice))
  assert.deepEqual([twice.scores[0]?.value, twice.findings[0]?.code], [null, 'answered-twice'])
  assert.equal(total({ ...nine((i) => [`q${i}`, 1]), 'phq9-5': 'several-days' }), 9)
})

test('names that are no items: those shaped like one are errors, others are passed over and told', () => {
  const findings = (answers: object) => {
    const result = scoreInstrument(phq9, { ...nine((i) => [`phq9-${i}`, 1]), ...answers })
    return 'refused' in result ? [] : result.findings.map((one) => [one.severity, one.item])
  }
  assert.deepEqual(findings({ item11: 1 }), [['error', 'item11']])
  assert.deepEqual(findings({ q0: 1 }), [['error', 'q0']])
  assert.deepEqual(findings({ date: '2026-01-01', comment: 3 }), [
    ['warning', 'date'],
    ['warning', 'comment'],
  ])
  assert.match(String(total({ a: 1, b: 2 })), /none of the names is an item of phq-9/)
  assert.match(String(total({ resourceType: 'Patient' })), /a Patient holds no answers/)
})

test('law: whatever is handed over is scored or refused, never thrown on, and stays within its range', () => {
  const value = fc.oneof(
    fc.integer({ min: -2, max: 5 }),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.jsonValue(),
  )
  const answers = fc.dictionary(fc.oneof(fc.constantFrom('q1', 'phq9-2', '3', 'item4'), fc.string()), value)
  fc.assert(
    fc.property(answers, (document) => {
      const result = scoreInstrument(phq9, JSON.parse(JSON.stringify(document)))
      if ('refused' in result) return
      for (const { value: number, range } of result.scores)
        assert.ok(number === null || (number >= range!.min && number <= range!.max))
    }),
  )
})

test('the command prints scores, band, derivation and alerts, as JSON and as text', () => {
  const json = run(['form', 'score', 'phq-9', '-', '--json'], [1, 1, 1, 1, 1, 1, 1, 1, 2])
  assert.equal(json.code, 0, json.err)
  const result = JSON.parse(json.out)
  assert.deepEqual([result.scores[0].value, result.scores[0].band.code], [10, 'moderate'])
  assert.deepEqual(result.scores[0].inputs[8], { item: 'phq9-9', raw: 2, used: 2 })
  assert.deepEqual(result.alerts[0].id, 'phq-9-item-9')
  const text = run(['form', 'score', 'PHQ9', '-', '--language', 'zh'], [1, 1, 1, 1, 1, 1, 1, 1, 2])
  assert.match(text.out, /PHQ-9 总分（0–27）\s+10\s+中度/)
  assert.match(run(['form', 'score', '--list']).out, /phq-9 +10 .*prorated/)
})

test('exit codes: 0 without a score by the missing rule, 1 for answers that cannot be used, 2 for a wrong call', () => {
  assert.equal(run(['form', 'score', 'gad-7', '-'], [1, 1, 1, 1, 1, 1, null]).code, 0)
  const bad = run(['form', 'score', 'gad-7', '-'], [1, 1, 1, 1, 1, 1, 8])
  assert.deepEqual([bad.code, bad.err], [1, ''])
  assert.match(bad.out, /no score: out-of-range[\s\S]*gad7-7 takes/)
  const calls: readonly [string[], unknown, RegExp][] = [
    [['form', 'score', 'gad-9', '-'], [1], /no instrument gad-9 ships with Levee.*gad-7/s],
    [['form', 'score', 'gad-7'], undefined, /give an instrument and a file of answers/],
    [['form', 'score', 'gad-7', 'nowhere.json'], undefined, /nowhere.json does not exist/],
    [['form', 'score', 'gad-7', '-'], '{"q1": "secret', /- is not JSON/],
    [['form', 'score', 'gad-7', '-', '--rule', 'half'], [1], /has no rule half/],
    [['form', 'score', 'phq-15', '-', '--fact', 'sex=other'], [1], /sex takes female, male/],
    [['form', 'score', 'gad-7', '-', '--fact', 'sex=male'], [1], /gad-7 asks no facts/],
  ]
  for (const [args, input, message] of calls) {
    const done = run(args, input)
    assert.equal(done.code, 2, args.join(' '))
    assert.match(done.err, message)
    assert.doesNotMatch(done.err, /secret/)
  }
})

test('a scoring file of one’s own: used by path and by folder, its faults told with line', () => {
  const file = join(folder, 'scoring.yaml')
  const good = `instrument: own
version: "2"
title: { en: Own, zh: 自编 }
source: made up
scales: { nrs: { min: 0, max: 10 } }
items: [{ item: a, number: 1, scale: nrs }, { item: b, number: 2, scale: nrs }]
scores:
  - { id: own-mean, version: "1", title: { en: Mean, zh: 均 }, method: mean, items: [a, b], source: made up }
`
  writeFileSync(file, good)
  for (const name of [file, folder])
    assert.equal(
      JSON.parse(run(['form', 'score', name, '-', '--json'], { a: 3, b: 4 }).out).scores[0].value,
      3.5,
    )
  writeFileSync(file, good.replace('[a, b]', '[a, c]'))
  const wrong = run(['form', 'score', file, '-'], { a: 3 })
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /scoring.yaml:8: .*the instrument has no item c/)
  writeFileSync(file, '{"resourceType":"Questionnaire"}')
  assert.match(run(['form', 'score', file, '-'], {}).err, /is a FHIR resource, not a scoring file/)
})
