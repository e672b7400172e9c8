// Rules: edit checks, the arm rule and its confinement (P10), alerts, messages, and rules that fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAnswers } from './clean-answers.ts'
import { judge } from './judge.ts'
import type { Placed } from './place.ts'
import type { FormPlan, StudyPlan } from './plan.ts'
import { scoreAnswers } from './score.ts'
import { demoForm, demoPlan, ordinaryMorning } from './testing/demo-plan.ts'
import { item, small } from './testing/small-study.ts'

const demo = demoPlan()
const diary = demoForm(demo, 'daily-diary')
const phq9 = demoForm(demo, 'phq-9')
const rescue = demoForm(demo, 'rescue-medication')
const placed = {
  placed: true,
  occasion: 'x',
  status: 'on-time',
  lateReceipt: false,
  localDate: '2026-11-22',
} as Placed

function judged(form: FormPlan, raw: Record<string, unknown>, arm = 'G1', plan: StudyPlan = demo) {
  const answers = cleanAnswers(form, raw)
  const scores = scoreAnswers(form, answers)
  return judge(plan, {
    form,
    answers,
    placed,
    scores,
    dose: null,
    patient: { id: 'P-00001', arm, site: '101' },
  })
}

const packOf = (arm: string) => [...demo.restricted.armOfPack].find(([, of]) => of === arm)?.[0]
const ordinaryRescue = { 'rescue-time': '03:10', amount: 1, 'amount-unit': 'tablet', reason: 'pain' }
const ordinaryPhq9 = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`phq9-${i + 1}`, 'not-at-all']))

const deviations: readonly [string, FormPlan, Record<string, unknown>, string, string[]][] = [
  [
    'control, study-drug pack',
    diary,
    { ...ordinaryMorning, 'pack-number': packOf('G1') },
    'G2',
    ['control-reports-study-drug-pack'],
  ],
  ['control, own pack', diary, { ...ordinaryMorning, 'pack-number': packOf('G2') }, 'G2', []],
  ['treatment, own pack', diary, { ...ordinaryMorning, 'pack-number': packOf('G1') }, 'G1', []],
  [
    'treatment, placebo pack',
    diary,
    { ...ordinaryMorning, 'pack-number': packOf('G2') },
    'G1',
    ['treatment-reports-control-pack'],
  ],
  ['unknown pack', diary, { ...ordinaryMorning, 'pack-number': 'x' }, 'G2', []],
  ['no pack number', diary, ordinaryMorning, 'G2', []],
  [
    'study-drug pack, but no dose taken',
    diary,
    { ...ordinaryMorning, 'dose-taken': false, 'pack-number': packOf('G1') },
    'G2',
    [],
  ],
  [
    'control, study drug as rescue',
    rescue,
    { ...ordinaryRescue, 'drug-code': 'MB-301' },
    'G2',
    ['control-reports-study-drug'],
  ],
  ['control, rescue drug', rescue, { ...ordinaryRescue, 'drug-code': 'ATC-N02' }, 'G2', []],
  ['treatment, study drug as rescue', rescue, { ...ordinaryRescue, 'drug-code': 'MB-301' }, 'G1', []],
]
for (const [name, form, answers, arm, rules] of deviations)
  test(`P10 arm rule: ${name}`, () => {
    const result = judged(form, answers, arm)
    assert.deepEqual(
      result.deviations.map((one) => one.rule),
      rules,
    )
    for (const one of result.deviations) assert.deepEqual([one.restricted, one.failed], [true, false])
    assert.deepEqual(result.findings, [])
  })

test('an edit check is a finding with the rule’s own words and no answer', () => {
  const { findings } = judged(diary, { ...ordinaryMorning, pain: 0, 'rescue-taken': true })
  assert.deepEqual(
    findings.map(({ code, rule, item: linkId }) => [code, rule, linkId]),
    [['edit-check', 'rescue-without-pain', 'rescue-taken']],
  )
  assert.match(findings[0]?.text?.en ?? '', /confirm/)
})

test('a rule that reads an answer the patient did not give does not apply', () => {
  for (const pain of [undefined, 'bad'])
    assert.deepEqual(judged(diary, { ...ordinaryMorning, pain, 'rescue-taken': true }).findings, [])
})

test('PHQ-9 item 9, even at its lowest, raises an alert once a day for the patient', () => {
  assert.deepEqual(judged(phq9, ordinaryPhq9).alerts, [])
  const { alerts } = judged(phq9, { ...ordinaryPhq9, 'phq9-9': 'several-days' })
  assert.equal(alerts.length, 1)
  const [alert] = alerts
  assert.equal(alert?.dedupeKey, 'P-00001|phq-9-item-9|2026-11-22')
  assert.deepEqual([alert?.severity, alert?.acknowledgeWithinHours], ['high', 24])
  assert.match(alert?.patientMessage?.zh ?? '', /急救电话/)
})

test('a rule on a score applies where there is a score', () => {
  const severe = Object.fromEntries(Object.keys(ordinaryPhq9).map((key) => [key, 'nearly-every-day']))
  assert.deepEqual(
    judged(phq9, severe).alerts.map((one) => one.rule),
    ['phq-9-item-9', 'phq-9-severe'],
  )
  const partly = { ...severe, 'phq9-9': 'not-at-all', 'phq9-1': { skipped: 'asked-declined' } }
  assert.deepEqual(judged(phq9, partly).alerts, [])
})

test('a rescue diary sends its message', () => {
  const { messages } = judged(rescue, ordinaryRescue)
  assert.deepEqual(
    messages.map(({ rule, topic }) => [rule, topic]),
    [['rescue-reported', 'rescue-medicine-reported']],
  )
})

const rules = `  deviations:
    - { id: fails-restricted, version: "1", form: small, when: "int(answers.note) > 1 && arm == 'B'", severity: minor, text: { en: x, zh: x } }
checks:
  - { id: fails, version: "1", form: small, item: note, when: 'int(answers.note) > 1', text: { en: x, zh: x } }
  - { id: asks, version: "1", form: small, when: '!has(answers.note) && answers.n + 1 > 3', text: { en: x, zh: x } }
`
test('P10: a rule that fails is told, never thrown; a restricted one tells the restricted only', () => {
  const { plan, form } = small([item('note', 'string'), item('n', 'integer')], rules)
  const failed = judged(form, { note: 'secret words' }, 'B', plan)
  assert.deepEqual(failed.findings, [{ code: 'rule-failed', rule: 'fails' }])
  assert.deepEqual(
    failed.deviations.map((one) => [one.rule, one.failed]),
    [['fails-restricted', true]],
  )
  assert.doesNotMatch(JSON.stringify(failed), /secret/)
  assert.deepEqual(judged(form, { note: '2' }, 'A', plan).deviations, [])
  // CEL: false && error is false, so this rule does not even fail in the other arm; the finding is the same in both.
  const other = judged(form, { note: 'secret words' }, 'A', plan)
  assert.deepEqual([other.findings, other.deviations], [failed.findings, []])
  assert.deepEqual(judged(form, { note: '2' }, 'B', plan).deviations.length, 1)
})

test('a rule may ask whether there is an answer', () => {
  const { plan, form } = small([item('note', 'string'), item('n', 'integer')], rules)
  assert.deepEqual(
    judged(form, { n: 3 }, 'A', plan).findings.map((one) => one.rule),
    ['asks'],
  )
  assert.deepEqual(judged(form, { n: 2 }, 'A', plan).findings, [])
  assert.deepEqual(judged(form, { n: 3, note: '0' }, 'A', plan).findings, [])
})
