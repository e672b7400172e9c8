// Derivations say what was computed and nothing else: the sum shown gives the value shown, the inputs are the stored
// answers, and two derivations agree in their inputs exactly where they were made of the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanAnswers } from '../clean-answers.ts'
import { emptyCourse } from '../course.ts'
import { scoreAnswers } from '../score.ts'
import { singleVersion } from '../study-versions.ts'
import { demoFiles, demoForm, demoPlan, ordinaryMorning } from '../testing/demo-plan.ts'
import { item, option, small } from '../testing/small-study.ts'
import { complianceDerivation } from './compliance-derivation.ts'
import { inputsText, type StoredResponse, type VisibleRecord } from './derivation.ts'
import {
  type CompliancePatient,
  complianceOf,
  dueByVersions,
  type FilledOccasion,
  judgeOccasions,
  occasionKey,
} from './patient-compliance.ts'
import { periodsOf, valueIn } from './period-summaries.ts'
import { responseDerivations } from './response-derivations.ts'
import { scoreDerivation } from './score-derivation.ts'

const plan = demoPlan()
const files = demoFiles()
const phq9 = demoForm(plan, 'phq-9')
const diary = demoForm(plan, 'daily-diary')
const study = { id: plan.id, version: plan.version, sha256: 'abc' }
const codes = ['not-at-all', 'several-days', 'more-than-half-the-days', 'nearly-every-day']

function stored(
  form: typeof phq9,
  answers: Record<string, unknown>,
  more: Partial<VisibleRecord> = {},
): StoredResponse {
  const cleaned = cleanAnswers(form, answers)
  const record = {
    form: form.id,
    formVersion: form.version,
    occasion: '2026-11-16',
    status: 'on-time',
    lateReceipt: false,
    answers: cleaned,
    scores: scoreAnswers(form, cleaned),
    dose: null,
    alerts: [],
    findings: [],
    device: { completedAt: '2026-11-16T08:00:00+08:00[Asia/Shanghai]' },
    ...more,
  } as unknown as VisibleRecord
  return { position: 7, record: JSON.parse(JSON.stringify(record)) as VisibleRecord }
}

/** Nine answers of the PHQ-9, some of them missing. */
const nine = fc.array(fc.option(fc.nat(3)), { minLength: 9, maxLength: 9 })

test('P11: law: the sum that is shown gives the value that is shown, and the inputs are the answers as stored', () => {
  fc.assert(
    fc.property(nine, (numbers) => {
      const answers = Object.fromEntries(
        numbers.flatMap((n, i) => (n === null ? [] : [[`phq9-${i + 1}`, codes[n]]])),
      )
      const derivation = scoreDerivation(phq9, stored(phq9, answers), 'phq-9-total', study)
      assert.ok(derivation !== null)
      assert.equal(derivation.details.sameAsStored, true)
      assert.deepEqual(
        derivation.inputs.map(({ raw }) => raw),
        numbers.map((n) => (n === null ? null : codes[n])),
      )
      const missing = numbers.filter((n) => n === null).length
      assert.equal(derivation.exclusions.length, missing)
      if (missing > 0) {
        assert.deepEqual([derivation.value, derivation.calculation], [null, null])
        assert.match(derivation.reason?.en ?? '', /too few/)
        return
      }
      const [sum = '', total] = (derivation.calculation ?? '').split(' = ')
      assert.equal(
        sum.split(' + ').reduce((all, one) => all + Number(one), 0),
        derivation.value,
      )
      assert.equal(Number(total), derivation.value)
    }),
  )
})

test('a record that claims another score is told apart from what the rule gives', () => {
  const answers = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`phq9-${i + 1}`, codes[1]]))
  const response = stored(phq9, answers)
  const [score] = response.record.scores
  const forged = {
    ...response,
    record: { ...response.record, scores: [{ ...score, value: 3 }] },
  } as StoredResponse
  assert.equal(scoreDerivation(phq9, response, 'phq-9-total', study)?.details.sameAsStored, true)
  const derivation = scoreDerivation(phq9, forged, 'phq-9-total', study)
  assert.deepEqual([derivation?.value, derivation?.details.sameAsStored], [9, false])
})

test('law: inputs have one text where they are the same, and another where one answer differs', () => {
  fc.assert(
    fc.property(nine, nine, (a, b) => {
      const text = (numbers: (number | null)[]) => {
        const answers = Object.fromEntries(
          numbers.flatMap((n, i) => (n === null ? [] : [[`phq9-${i + 1}`, codes[n]]])),
        )
        return inputsText(scoreDerivation(phq9, stored(phq9, answers), 'phq-9-total', study)!)
      }
      assert.equal(text(a) === text(b), JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})

test('pro-rating, weights, rescaling and rounding are shown with their numbers', () => {
  const options = [option('a', 0), option('b', 1), option('c', 2)]
  const more = `scores:
  - id: total
    version: "2"
    form: small
    title: { en: Total, zh: 总分 }
    method: mean
    missing: { min-answered: 2, as: prorate }
    items: [{ item: x, weight: 2 }, y, z]
    rescale: { from: [0, 2], to: [0, 100] }
    round: { decimals: 1, mode: half-up }
    source: made up for this test
`
  const { form } = small(
    ['x', 'y', 'z'].map((id) => item(id, 'choice', { answerOption: options })),
    more,
  )
  const derivation = scoreDerivation(form, stored(form, { x: 'c', y: 'b' }), 'total', study)
  assert.equal(derivation?.value, 83.3)
  assert.equal(derivation?.calculation, '(2 × 2 + 1 + 1.66666666667) / 4 = 1.66666666667 → 83.3')
  assert.match(derivation?.missing?.en ?? '', /at least 2 of 3/)
  assert.match(derivation?.missing?.zh ?? '', /3 项中至少作答 2 项/)
  assert.match(derivation?.rounding?.en ?? '', /1 decimal places, halves up/)
  assert.deepEqual(derivation?.inputs.map(({ note }) => note?.en ?? null).slice(0, 2), [null, null])
  assert.match(derivation?.inputs[2]?.note?.en ?? '', /rule put this number/)
})

test('every derived value of a response is there: dose, findings of the product and of the study, alerts', () => {
  const response = stored(
    diary,
    { ...ordinaryMorning, pain: 10 },
    {
      dose: {
        dose: 'study-medicine',
        version: '1',
        prescribedDate: '2026-11-16',
        outcome: 'taken-in-window',
      },
      findings: [
        { code: 'late' },
        { code: 'out-of-range', item: 'pain' },
        { code: 'edit-check', rule: 'rescue-without-pain', item: 'rescue-taken' },
      ],
      alerts: [{ rule: 'worst-pain', version: '1', severity: 'medium' }],
    },
  )
  const all = responseDerivations(plan, files, response, study)
  assert.deepEqual(
    all.map(({ kind, id }) => `${kind} ${id}`),
    [
      'dose study-medicine',
      'finding late',
      'finding out-of-range',
      'finding rescue-without-pain',
      'alert worst-pain',
    ],
  )
  const [dose, , range, check, alert] = all
  assert.deepEqual(
    dose?.inputs.map(({ item: name, raw }) => [name, raw]),
    [
      ['dose-taken', true],
      ['dose-time', '07:45'],
    ],
  )
  assert.equal(range?.details.max, 10)
  assert.deepEqual(
    check?.inputs.map(({ item: name, raw }) => [name, raw]),
    [
      ['pain', 10],
      ['rescue-taken', false],
    ],
  )
  assert.deepEqual(
    alert?.inputs.map(({ item: name }) => name),
    ['pain'],
  )
  assert.match(alert?.formula.en ?? '', /answers\.pain/)
})

test('P10: no derivation of a response knows a restricted rule', () => {
  const response = stored(diary, ordinaryMorning, {
    alerts: [{ rule: 'control-reports-study-drug-pack', version: '1', severity: 'high' }],
  })
  assert.deepEqual(responseDerivations(plan, files, response, study), [])
})

const patient: CompliancePatient = {
  patientId: 'P-1',
  siteId: '101',
  zone: 'Asia/Shanghai',
  enrolledOn: '2026-11-02',
  withdrawnAt: null,
  course: { ...emptyCourse, notEvaluable: [{ from: '2026-11-05', to: '2026-11-05', reason: 'hospital' }] },
  deviceSince: '2026-11-01T00:00:00Z',
}
const nowMs = Date.parse('2026-11-10T12:00:00Z')
const versions = singleVersion(plan)

/** Diaries of these days of November; a status other than on-time where one is given. */
function compliance(who: CompliancePatient, days: Readonly<Record<number, Partial<FilledOccasion>>>) {
  const filled = new Map(
    Object.entries(days).map(([day, entry]): [string, FilledOccasion] => [
      occasionKey('daily-diary', `2026-11-${day.padStart(2, '0')}`),
      { position: Number(day), status: 'on-time', completedAt: null, ...entry },
    ]),
  )
  const dues = dueByVersions(versions, who, nowMs)
  const judged = judgeOccasions(dues, filled, versions, who)
  return { judged, figure: complianceOf(judged, nowMs).byForm.get('daily-diary')! }
}

test('compliance of a patient, by hand', () => {
  // 2 to 9 November are over, the 10th is open; the 5th is not evaluable; the 4th is late, the 6th after its lock.
  const { judged, figure } = compliance(patient, {
    2: {},
    3: {},
    4: { status: 'late', completedAt: '2026-11-05T02:00:00.000Z' },
    6: { status: 'late', completedAt: '2026-11-20T02:00:00.000Z' },
    7: { status: 'void' },
  })
  assert.deepEqual(
    [figure.numerator, figure.denominator, figure.acceptedLate, figure.afterLock],
    [2, 6, 1, 1],
  )
  assert.deepEqual([figure.withLate.numerator, figure.withNotEvaluable.denominator], [3, 8])
  assert.deepEqual(figure.exclusions, [
    { reason: 'not-evaluable: hospital', count: 1 },
    { reason: 'not-evaluable: void', count: 1 },
    { reason: 'still-open', count: 1 },
  ])
  const list = judged.filter(({ form }) => form === 'daily-diary')
  const derivation = complianceDerivation('form/daily-diary', figure, list, nowMs, study)
  assert.equal(derivation.inputs.filter(({ used }) => used !== null).length, figure.denominator)
  assert.equal(derivation.inputs.filter(({ used }) => used === 1).length, figure.numerator)
  assert.equal(derivation.value, (100 * 2) / 6)
})

test('nobody is blamed for days before the first device or after the withdrawal; an entry proves a device', () => {
  const late = { ...patient, deviceSince: '2026-11-05T00:00:00Z' }
  assert.equal(compliance(late, {}).figure.denominator, 4)
  assert.equal(compliance(late, { 3: {} }).figure.denominator, 6)
  assert.equal(compliance({ ...patient, deviceSince: null }, {}).figure.denominator, 0)
  const gone = { ...patient, withdrawnAt: '2026-11-04T04:00:00Z' }
  assert.equal(compliance(gone, {}).figure.denominator, 2)
})

test('law: every due occasion is in the denominator or left out with a reason, once', () => {
  const entry = fc.record({ status: fc.constantFrom('on-time', 'late', 'early', 'void') })
  fc.assert(
    fc.property(fc.dictionary(fc.integer({ min: 2, max: 10 }).map(String), entry), (days) => {
      const { judged, figure } = compliance(patient, days)
      const all = judged.filter(({ form }) => form === 'daily-diary').length
      const left = figure.exclusions.reduce((sum, { count }) => sum + count, 0)
      assert.equal(figure.denominator + left, all)
      assert.ok(
        figure.numerator + figure.acceptedLate + figure.early + figure.afterLock <= figure.denominator,
      )
    }),
  )
})

test('a period needs as many days as the protocol says, and is missing otherwise', () => {
  const rule = { atLeast: 3, days: 7, worst: 'highest', threshold: 5 } as const
  const days = [1, 6, 8, null, 2, 9].map((value, i) => ({
    date: `2026-11-${String(i < 4 ? 2 + i : 7 + i).padStart(2, '0')}`,
    position: value === null ? null : i,
    value,
    isOpen: i === 5,
  }))
  const [first, second] = periodsOf(days, '2026-11-02', rule)
  assert.deepEqual([first?.mean, first?.worst, first?.answered, first?.to], [5, 8, 3, '2026-11-08'])
  assert.deepEqual(first?.positions, [0, 1, 2])
  assert.deepEqual([second?.mean, second?.reason, second?.isOver], [null, 'too-few-days', false])
  assert.equal(valueIn(stored(diary, ordinaryMorning), 'pain'), 4)
  assert.equal(valueIn(stored(diary, ordinaryMorning), 'sleep-hours'), null)
})
