// What is looked over before publishing: warnings where something is probably not meant, none where all is well, and
// numbers that can be counted by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StudyInvalid } from '../study-invalid.ts'
import { demoFiles } from '../testing/demo-plan.ts'
import { item, smallFiles } from '../testing/small-study.ts'
import { checkPackage } from './check-package.ts'

const daily = '{ every: day, to-day: 9, window: { opens: "00:00", closes: "24:00" } }'
const warnings = (files: Map<string, string>) =>
  checkPackage(files).warnings.map(({ code, file, line }) => `${code} ${file}:${line ?? ''}`)

test('control: the demo study has no warning and no leak', () => {
  const { warnings, leaks } = checkPackage(demoFiles())
  assert.deepEqual(warnings, [])
  assert.deepEqual(
    leaks.filter(({ severity }) => severity !== 'note'),
    [],
  )
})

test('a file that nothing names is found', () => {
  const files = smallFiles([item('a', 'boolean')], '', daily)
  assert.deepEqual(warnings(files), [])
  assert.deepEqual(warnings(files.set('forms/old.json', '{}')), ['file-unused forms/old.json:'])
})

test('a form that never falls due is found, one for events is not', () => {
  const ending = 'anchors: [{ id: end, title: { en: End, zh: 结束 }, ends: true }]'
  const window = 'window: { opens: "00:00", closes: "24:00" }'
  const schedule = `{ every: once, anchor: late, from-day: 3000, ${window} }`
  const never = smallFiles(
    [item('a', 'boolean')],
    'anchors: [{ id: late, title: { en: Late, zh: 晚 } }]',
    schedule,
  )
  assert.deepEqual(warnings(never), ['form-never-due study.yaml:7'])
  assert.deepEqual(warnings(smallFiles([item('a', 'boolean')])), [])
  const last = smallFiles([item('a', 'boolean')], ending, `{ every: once, anchor: end, ${window} }`)
  assert.deepEqual(warnings(last), [], 'the form of an early end is not due for a patient who stays')
})

test('a rule whose text is the same in two languages is found, with its line', () => {
  const check = (zh: string) =>
    smallFiles(
      [item('a', 'boolean')],
      `checks: [{ id: c, version: "1", form: small, when: answers.a, text: { en: Please ask, zh: ${zh} } }]`,
      daily,
    )
  assert.deepEqual(warnings(check('请询问')), [])
  assert.deepEqual(warnings(check('Please ask')), ['texts-alike study.yaml:12'])
})

test('a prompt or patient message that phones cannot show is found, with its line and why', () => {
  const rules = (when: string) =>
    smallFiles(
      [item('a', 'string')],
      `checks: [{ id: c, version: "1", form: small, when: ${JSON.stringify(when)}, text: { en: Ask, zh: 问 }, prompt: { en: Sure?, zh: 确定？ } }]`,
      daily,
    )
  assert.deepEqual(warnings(rules('answers.a == "x"')), [])
  assert.deepEqual(warnings(rules('answers.a.lowerAscii() == "x"')), ['rule-not-on-phone study.yaml:12'])
  const [warning] = checkPackage(rules('answers.a == "x" && site == "1"')).warnings
  assert.match(warning?.message ?? '', /^checks\.c\.prompt is not shown on phones: its rule needs site/)
  const silent =
    rules('site == "1"')
      .get('study.yaml')
      ?.replace(/, prompt: .*? } }/, ' }') ?? ''
  assert.deepEqual(
    warnings(rules('true').set('study.yaml', silent)),
    [],
    'nothing for the patient, nothing to say',
  )
})

test('the summary counts what is there', () => {
  const group = { linkId: 'g', type: 'group', repeats: true, item: [item('c', 'date')] }
  const { summary } = checkPackage(
    smallFiles([item('a', 'boolean'), item('b', 'integer'), { ...item('g', 'group'), ...group }], '', daily),
  )
  assert.deepEqual(summary.forms, [
    {
      id: 'small',
      version: '1',
      title: { en: 'Small', zh: '小' },
      items: 3,
      schedules: ['each day from day 0 to 9 after enrolled, 00:00 to 24:00'],
      dueInAYear: 10,
    },
  ])
  assert.deepEqual([summary.sites, summary.arms, summary.languages], [1, 2, ['en', 'zh']])
})

test('faults are thrown together, each with its file and line', () => {
  const files = smallFiles([item('a', 'boolean')], '', daily)
  const study = files.get('study.yaml')!.replace('zone: Europe/Berlin', 'zone: Berlin')
  files.set('study.yaml', study.replace('forms/small.json', 'forms/gone.json'))
  assert.throws(
    () => checkPackage(files),
    (error: unknown) => {
      assert.ok(error instanceof StudyInvalid)
      assert.deepEqual(
        error.faults.map(({ file, line }) => `${file}:${line}`),
        ['study.yaml:5', 'study.yaml:7'],
      )
      return true
    },
  )
})

test('windows of a form that overlap are found, not those that only touch', () => {
  const form = (closes: string) =>
    smallFiles(
      [item('a', 'boolean')],
      '',
      `{ every: day, to-day: 9, window: { opens: "18:00", closes: "${closes}", closes-days-later: 1 } }`,
    )
  assert.deepEqual(warnings(form('18:00')), [])
  assert.deepEqual(warnings(form('18:01')), ['windows-overlap study.yaml:7'])
  // Santiago's clocks skip midnight once a year; that is the zone's doing.
  const days = smallFiles([item('a', 'boolean')], '', daily.replace('to-day: 9, ', ''))
  days.set('study.yaml', days.get('study.yaml')!.replace('Europe/Berlin', 'America/Santiago'))
  assert.deepEqual(warnings(days), [])
})

test('a role that the product does not have is found where the study names no roles', () => {
  const alert = (audience: string) =>
    smallFiles(
      [item('a', 'boolean')],
      `alerts: [{ id: c, version: "1", form: small, when: answers.a, severity: low, audience: [${audience}], acknowledge-within-hours: 2, text: { en: Call, zh: 致电 } }]`,
      daily,
    )
  assert.deepEqual(warnings(alert('site-nurse')), [])
  assert.deepEqual(warnings(alert('site-nurze')), ['audience-unknown study.yaml:12'])
})

test('the typical patient has the dates that study.yaml expects, else such that one form is not asked twice at once', () => {
  const day = 'window: { opens: "00:00", closes: "24:00" }'
  const typical = (dose2: string, cycle: string) =>
    checkPackage(
      smallFiles(
        [item('a', 'boolean')],
        `anchors:
  - { id: dose-1, title: { en: D, zh: 一 } }
  - { id: dose-2, title: { en: D, zh: 二 }${dose2} }
  - { id: cycle, title: { en: C, zh: 周期 }, repeats: true${cycle} }`,
        `[{ every: day, anchor: dose-1, to-day: 6, ${day} }, { every: day, anchor: dose-2, to-day: 13, ${day} }, { every: listed, on-days: [0, 7, 14], anchor: cycle, ${day} }]`,
      ),
    ).summary.typical.anchors.map(({ id, day, everyDays, dates }) =>
      dates === 1 ? `${id} ${day}` : `${id} ${day}, ${everyDays}`,
    )
  assert.deepEqual(typical('', ''), ['dose-1 7', 'dose-2 14', 'cycle 28, 15'])
  assert.deepEqual(typical(', expected-day: 28', ', every-days: 28'), [
    'dose-1 7',
    'dose-2 28',
    'cycle 42, 28',
  ])
})
