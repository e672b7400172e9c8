// The demo study as a whole: an ordinary morning has no findings in any arm and zone, and both arms look alike (P10).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeDoses } from './adherence.ts'
import { checkAnswers } from './check-answers.ts'
import { cleanAnswers } from './clean-answers.ts'
import { judge } from './judge.ts'
import { type Placed, placeSubmission } from './place.ts'
import { scoreAnswers } from './score.ts'
import { demoFiles, demoForm, demoPlan, ordinaryMorning } from './testing/demo-plan.ts'

const plan = demoPlan()
const form = demoForm(plan, 'daily-diary')

function wholeWay(zone: string, arm: string, answers: Readonly<Record<string, unknown>>, completed: string) {
  const patient = { zone, status: 'active', enrolledOn: '2026-01-01' }
  const placed = placeSubmission(plan, patient, {
    form: 'daily-diary',
    formVersion: '1',
    occasion: completed.slice(0, 10),
    completedAt: completed,
    receivedAtMs: Temporal.Instant.from(completed).epochMilliseconds + 900,
    submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
  }) as Placed
  assert.equal(placed.placed, true)
  const cleaned = cleanAnswers(form, answers)
  const scores = scoreAnswers(form, cleaned)
  const [dose = null] = judgeDoses(plan, form, cleaned, placed, patient)
  const facts = { form, answers: cleaned, placed, scores, dose, patient: { id: 'P-00001', arm, site: '101' } }
  const judged = judge(plan, facts)
  return {
    findings: [...checkAnswers(form, answers), ...placed.findings, ...judged.findings],
    placed,
    dose,
    judged,
  }
}

for (const { zone } of plan.sites)
  for (const { code } of plan.arms)
    test(`an ordinary morning in ${zone}, arm ${code}, is applied without findings`, () => {
      // 08:12 on an ordinary day and on both days of each change of clocks in these zones in 2026.
      for (const date of [
        '2026-11-22',
        '2026-03-08',
        '2026-03-29',
        '2026-04-05',
        '2026-10-04',
        '2026-10-25',
        '2026-11-01',
      ]) {
        const completed = Temporal.PlainDateTime.from(`${date}T08:12:31`).toZonedDateTime(zone).toString()
        const { findings, placed, dose, judged } = wholeWay(zone, code, ordinaryMorning, completed)
        assert.deepEqual(findings, [])
        assert.deepEqual([placed.status, placed.lateReceipt, placed.occasion], ['on-time', false, date])
        assert.equal(dose?.outcome, 'taken-in-window')
        assert.deepEqual([judged.deviations, judged.alerts, judged.messages], [[], [], []])
      }
    })

test('P10: for the same diary, what is not restricted is the same in both arms', () => {
  const packs = [...plan.restricted.armOfPack.keys()]
  for (const pack of [packs[0], packs.at(-1), '00000']) {
    const answers = { ...ordinaryMorning, 'pack-number': pack, pain: 10, 'rescue-taken': true }
    const [one, other] = ['G1', 'G2'].map((arm) =>
      wholeWay('Asia/Shanghai', arm, answers, '2026-11-22T08:12:31+08:00[Asia/Shanghai]'),
    )
    const shown = (way: typeof one) => {
      const { deviations: _, ...judged } = way?.judged ?? { deviations: [] }
      return { ...way, judged }
    }
    assert.deepEqual(shown(one), shown(other))
  }
})

test('P10: the meaning of the arms stands in the restricted part alone', () => {
  const files = demoFiles()
  const study = files.get('study.yaml') as string
  // The title names what is compared, as a registry does; it says nothing about which arm is which.
  const shown = study.slice(0, study.indexOf('\nrestricted:')).replace(/^title:\n.*\n.*\n/m, '')
  files.set('study.yaml', shown)
  for (const [name, text] of files)
    assert.doesNotMatch(
      // FHIR's own word for how an item is shown.
      text.replaceAll('questionnaire-item-control', ''),
      /placebo|levadrine|\bcontrol\b|\btreatment arm|MB-301|安慰剂|左伐君|对照/i,
      name,
    )
})
