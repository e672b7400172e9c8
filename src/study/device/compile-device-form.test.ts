// Forms as phones get them: sizes, screens, widgets, words, and that nothing restricted is among them (P10).
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { compileStudy } from '../compile-study.ts'
import { findForm, type StudyPlan } from '../plan.ts'
import { demoFiles, demoPlan } from '../testing/demo-plan.ts'
import { item, option, skippable, small, zh } from '../testing/small-study.ts'
import { deviceFormOf } from './compile-device-form.ts'
import type { DeviceItem, DeviceScreen } from './device-form.ts'
import { itemsOf } from './form-run.ts'
import { practiceForm } from './practice-form.ts'

const root = new URL('../../../studies/', import.meta.url)
const core = 'http://hl7.org/fhir/StructureDefinition/'

function planOf(study: string): StudyPlan {
  const folder = new URL(`${study}/`, root)
  const names = readdirSync(folder, { recursive: true }) as string[]
  const files = names.filter((name) => /\.\w+$/.test(name))
  return compileStudy(new Map(files.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')])))
}

const plans = ['morning-301', 'onco-204'].map(planOf)

for (const plan of plans)
  for (const form of plan.forms.values())
    test(`${plan.id}: ${form.id} has at most 10 kB in each language, and each question has its widget`, () => {
      for (const language of plan.languages) {
        const made = deviceFormOf(plan, form, language)
        assert.equal(made.language, language)
        const bytes = gzipSync(JSON.stringify(made), { level: 9 }).length
        assert.ok(bytes <= 10_000, `${bytes} bytes in ${language}`)
        assert.equal(JSON.stringify(made), JSON.stringify(deviceFormOf(plan, form, language)))
        for (const one of everyItem(made.screens)) assert.ok(one.text.length > 0, one.linkId)
      }
    })

function everyItem(screens: readonly DeviceScreen[]): DeviceItem[] {
  return screens.flatMap((one) => (one.kind === 'repeat' ? everyItem(one.screens) : [...itemsOf(one)]))
}

function diary(language = 'en') {
  const [plan] = plans as [StudyPlan]
  return deviceFormOf(plan, findForm(plan, 'daily-diary', '1')!, language)
}

test('the demo diary: scales with their ends, the medicine on one screen, sections, units', () => {
  const { screens } = diary('zh-CN')
  const names = screens.map((one) => [
    one.kind,
    itemsOf(one)
      .map(({ linkId }) => linkId)
      .join(),
  ])
  assert.deepEqual(names, [
    ['question', 'pain'],
    ['question', 'fatigue'],
    ['question', 'nausea'],
    ['medicine', 'dose-taken,dose-time,not-taken-why'],
    ['question', 'pack-number'],
    ['question', 'rescue-taken'],
    ['question', 'sleep-hours'],
  ])
  const widgets = everyItem(screens).map(({ widget }) => widget)
  const expected = ['nrs', 'nrs', 'single', 'yes-no', 'time', 'single', 'text', 'yes-no', 'number']
  assert.deepEqual(widgets, expected)
  const [pain] = everyItem(screens)
  assert.ok(pain?.lower && pain.upper)
  assert.match(pain.lower, /\p{Script=Han}/u)
  assert.equal(screens[0]?.section, '过去 24 小时您的感受')
  assert.equal(everyItem(screens).at(-1)?.unit, '小时')
  assert.equal(everyItem(diary().screens).at(-1)?.unit, 'hours')
  const medicine = screens[3]
  assert.ok(medicine?.kind === 'medicine' && medicine.name && medicine.picture?.startsWith('<svg'))
  assert.deepEqual(medicine.timeWhen?.[0]?.clauses, [{ linkId: 'dose-taken', operator: '=', value: true }])
})

test('P10: no word of the restricted part, of audiences or of the site is in any plan', () => {
  const [plan] = plans as [StudyPlan]
  const json = [...plan.forms.values()]
    .flatMap((form) => plan.languages.map((language) => JSON.stringify(deviceFormOf(plan, form, language))))
    .join('')
  for (const word of ['Levadrine', 'Placebo', 'arm', 'G1', 'G2', 'nurse', 'confirm both', '14543'])
    assert.doesNotMatch(json, new RegExp(`\\b${word}\\b`), word)
})

test('P10: whatever the arms are called and prescribed, the bytes of every form are the same', () => {
  const files = demoFiles()
  const study = files.get('study.yaml') ?? ''
  const from = study.indexOf('  deviations:')
  assert.ok(from > 0)
  const other = study
    .slice(0, from)
    .replace('role: treatment, text: { en: Levadrine', 'role: control, text: { en: Nothing')
    .replace('role: control, text: { en: Matching', 'role: treatment, text: { en: Matching')
    .replaceAll('"14543"', '"14544"')
  assert.notEqual(other, study.slice(0, from))
  const bytes = (plan: StudyPlan) =>
    [...plan.forms.values()].map((form) => JSON.stringify(deviceFormOf(plan, form, 'en')))
  assert.deepEqual(bytes(compileStudy(files.set('study.yaml', other))), bytes(demoPlan()))
})

const control = (code: string) => ({
  extension: [{ url: `${core}questionnaire-itemControl`, valueCodeableConcept: { coding: [{ code }] } }],
})
const limits = (min: number, max: number, more: object[] = []) => ({
  extension: [
    { url: `${core}minValue`, valueInteger: min },
    { url: `${core}maxValue`, valueInteger: max },
    ...more,
  ],
})

function screenOf(one: Record<string, unknown>): DeviceItem {
  const { plan, form } = small([one])
  return everyItem(deviceFormOf(plan, form, 'en').screens)[0] as DeviceItem
}

test('U7, U8: widgets of scales, sliders, lists, amounts', () => {
  const slider = control('slider').extension
  const widget = (one: Record<string, unknown>) => screenOf(one).widget
  assert.equal(widget(item('a', 'integer', limits(0, 10))), 'nrs')
  assert.equal(widget(item('a', 'integer', limits(0, 100, slider))), 'vas')
  assert.equal(widget(item('a', 'integer', limits(1, 5, slider))), 'nrs')
  assert.equal(widget(item('a', 'integer', limits(1, 5))), 'number')
  assert.equal(widget(item('a', 'integer', limits(0, 100))), 'number')
  const ends = ['lower', 'upper'].map((end) => item(end, 'display', control(end)))
  assert.equal(widget(item('a', 'integer', { ...limits(1, 5), item: ends })), 'nrs')
  const step = { url: `${core}questionnaire-sliderStepValue`, valueInteger: 10 }
  const wide = screenOf(item('a', 'integer', limits(0, 1000, [...slider, step])))
  assert.deepEqual([wide.widget, wide.step], ['vas', 10])
  const many = Array.from({ length: 13 }, (_, i) => option(`c${i}`))
  assert.equal(widget(item('a', 'choice', { answerOption: many })), 'list')
  assert.equal(widget(item('a', 'choice', { answerOption: many.slice(1), repeats: true })), 'multi')
  assert.equal(widget(item('a', 'dateTime')), 'date-time')
  assert.equal(widget(item('a', 'text')), 'long-text')
})

test('U1: recall, help, prefixes, and what is no screen', () => {
  const hidden = { extension: [{ url: `${core}questionnaire-hidden`, valueBoolean: true }] }
  const { plan, form } = small([
    item('stem', 'group', {
      text: 'How often were you troubled by:',
      item: [
        item('one', 'boolean', {
          prefix: '1.',
          _prefix: zh('1.'),
          item: [item('tip', 'display', control('help'))],
        }),
        item('two', 'boolean', { item: [item('plain', 'display'), item('inner', 'text')] }),
        item('read', 'display', { enableWhen: [{ question: 'one', operator: '=', answerBoolean: true }] }),
      ],
    }),
    item('outer', 'group', {
      item: [item('mid', 'group', { item: [item('top', 'display', control('header')), item('x', 'date')] })],
    }),
    item('gone', 'string', hidden),
    item('fixed', 'string', { readOnly: true }),
  ])
  const { screens } = deviceFormOf(plan, form, 'en')
  const [one, two] = everyItem(screens)
  assert.deepEqual([one?.text, one?.help, two?.help], ['1. Text of one', 'Text of tip', 'Text of plain'])
  const told = screens.map((screen) => [
    screen.kind === 'display' ? screen.linkId : itemsOf(screen)[0]?.linkId,
    screen.section,
    'recall' in screen ? screen.recall : undefined,
    screen.when?.length,
  ])
  const stem = 'How often were you troubled by:'
  assert.deepEqual(told, [
    ['one', undefined, stem, undefined],
    ['two', undefined, stem, undefined],
    ['inner', undefined, stem, undefined],
    ['read', undefined, undefined, 1],
    ['x', 'Text of outer – Text of mid', 'Text of top', undefined],
  ])
})

test('limits and options go along; a language the study lacks is the nearest or the first', () => {
  const regex = { url: `${core}regex`, valueString: '[A-Z]{2}' }
  const exclusive = {
    ...option('none'),
    extension: [{ url: `${core}questionnaire-optionExclusive`, valueBoolean: true }],
  }
  const { plan, form } = small([
    item('code', 'string', {
      maxLength: 2,
      extension: [regex, skippable, { url: `${core}entryFormat`, valueString: 'AB', _valueString: zh('甲') }],
      required: true,
    }),
    item('where', 'open-choice', { repeats: true, answerOption: [option('a'), exclusive] }),
  ])
  const made = deviceFormOf(plan, form, 'fr')
  assert.equal(made.language, 'en')
  assert.equal(deviceFormOf(plan, form, 'zh-Hans').language, 'zh')
  const [code, where] = everyItem(made.screens)
  assert.deepEqual(
    [code?.pattern, code?.maxLength, code?.required, code?.skippable],
    ['^(?:[A-Z]{2})$', 2, true, true],
  )
  assert.deepEqual([code?.help, everyItem(deviceFormOf(plan, form, 'zh').screens)[0]?.help], ['AB', '甲'])
  assert.deepEqual(where?.options, [
    { code: 'a', text: 'a' },
    { code: 'none', text: 'none', exclusive: true },
  ])
  assert.equal(where?.open, true)
})

test('the practice form has four questions in each language and says that nothing is kept', () => {
  for (const language of ['en', 'zh-CN', 'ar'] as const) {
    const form = practiceForm(language)
    assert.deepEqual(
      everyItem(form.screens).map(({ widget }) => widget),
      ['yes-no', 'nrs', 'single', 'time'],
    )
    assert.equal(form.screens[0]?.kind, 'display')
  }
})
