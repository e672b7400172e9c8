// Rules on the device: what goes there and what does not, the same verdicts as the server's, and what the device tells
// of its prompts (FDA Q13).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAnswers } from '../clean-answers.ts'
import { judge } from '../judge.ts'
import type { Placed } from '../place.ts'
import { demoForm, demoPlan, ordinaryMorning } from '../testing/demo-plan.ts'
import { item, small } from '../testing/small-study.ts'
import { createDeviceJudge, deviceRulesOf } from './device-rules.ts'

const plan = demoPlan()
const diary = demoForm(plan, 'daily-diary')
const placed = {
  localDate: '2026-11-22',
  dueDate: '2026-11-22',
  occasion: '2026-11-22',
  status: 'on-time',
} as Placed

function judged(raw: Record<string, unknown>, prompts?: unknown) {
  return judge(plan, {
    form: diary,
    answers: cleanAnswers(diary, raw),
    placed,
    scores: [],
    dose: null,
    patient: { id: 'P', arm: 'G1', site: '101' },
    prompts,
  })
}

test('P10: a device gets prompts and patient messages; no text for the site, audience, restricted rule or look-back', () => {
  const json = JSON.stringify([...plan.forms.values()].map(deviceRulesOf))
  const rules = JSON.parse(json).flatMap((form: { rules: { id: string }[] }) =>
    form.rules.map(({ id }) => id),
  )
  assert.deepEqual(rules, ['rescue-without-pain', 'sleep-very-long', 'phq-9-item-9'])
  for (const word of ['confirm', 'nurse', 'investigator', 'arm', 'pack', 'G1', 'G2', 'missed', 'earlier'])
    assert.doesNotMatch(json, new RegExp(word), word)
  const prompt = deviceRulesOf(diary).rules[1]
  assert.deepEqual([prompt?.kind, prompt?.item, prompt?.needs], ['prompt', 'sleep-hours', ['sleep-hours']])
  assert.match(prompt?.text.zh ?? '', /18/)
})

test('the device says what the server says, also of groups and of answers that are not there', () => {
  const rule = (id: string, when: string) =>
    `  - { id: ${id}, version: "1", form: small, when: ${JSON.stringify(when)}, text: { en: x, zh: x }, prompt: { en: y, zh: y } }\n`
  const { plan: study, form } = small(
    [
      item('pain', 'integer'),
      item('places', 'string', { repeats: true }),
      item('meds', 'group', { repeats: true, item: [item('dose', 'decimal'), item('name', 'string')] }),
    ],
    `checks:\n${rule('a', 'answers.meds.exists(m, m.dose > 10)')}${rule('b', 'answers.pain == 3')}${rule('c', '!has(answers.pain) && "knee" in answers.places')}${rule('d', 'site == "1"')}`,
  )
  const device = JSON.parse(JSON.stringify(deviceRulesOf(form)))
  const onDevice = createDeviceJudge(device)
  const cases = [
    {},
    { pain: 3 },
    { pain: 4, places: ['knee'] },
    { places: ['back', 'knee'] },
    { pain: { skipped: 'asked-declined' }, meds: [{ name: 'x' }, { dose: 20 }] },
    { pain: 3, meds: [{ dose: 2 }, { name: 'y' }] },
  ]
  const seen = new Set<string>()
  for (const raw of cases) {
    const answers = cleanAnswers(form, raw)
    const there = judge(study, {
      form,
      answers,
      placed,
      scores: [],
      dose: null,
      patient: { id: 'P', arm: 'A', site: '1' },
    }).findings.map((one) => one.rule)
    const here = onDevice(answers).map(({ id }) => id)
    // What only the server knows stays there.
    assert.deepEqual(
      here,
      there.filter((id) => id !== 'd'),
      JSON.stringify(raw),
    )
    for (const id of here) seen.add(id)
  }
  assert.deepEqual([...seen].sort(), ['a', 'b', 'c'])
})

const long = { ...ordinaryMorning, 'sleep-hours': 20 }
const shown = { rule: 'sleep-very-long', at: '2026-11-22T08:11:40+08:00[Asia/Shanghai]' }
test('FDA Q13: a prompt, the original and the change are kept; a check that was confirmed says so', () => {
  assert.equal(judged(long).findings[0]?.prompted, undefined)
  const confirmed = judged(long, [{ ...shown, before: 20, after: 20, confirmed: true }])
  assert.deepEqual([confirmed.findings[0]?.code, confirmed.findings[0]?.prompted], ['edit-check', true])
  const corrected = judged({ ...long, 'sleep-hours': 7 }, [
    { ...shown, before: 20, after: 7, confirmed: false },
  ])
  assert.deepEqual(corrected.findings, [])
  assert.deepEqual(corrected.prompts, [{ ...shown, before: 20, after: 7, confirmed: false }])
})

test('what a device tells that is no prompt of the form is counted, not kept, whatever it is', () => {
  const odd = [
    { rule: 'x', at: 'y' },
    null,
    3,
    'a',
    { rule: 'sleep-very-long' },
    { ...shown, before: { a: 1 } },
  ]
  const { prompts, findings } = judged(ordinaryMorning, odd)
  assert.deepEqual(prompts, [{ ...shown, confirmed: false }])
  assert.deepEqual(findings, [{ code: 'prompt-unknown', count: 5 }])
  const many = judged(ordinaryMorning, Array(60).fill(shown))
  assert.deepEqual([many.prompts.length, many.findings[0]?.count], [50, 10])
  assert.deepEqual(judged(ordinaryMorning, 'text').findings, [{ code: 'prompt-unknown', count: 1 }])
  assert.deepEqual(judged(ordinaryMorning).findings, [])
})
