// The difference between two versions of a study, told by meaning: each kind of change is found where it is, and where
// nothing is different nothing is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoFiles } from '../testing/demo-plan.ts'
import { item, option, smallFiles, zh } from '../testing/small-study.ts'
import { readPackage } from './check-package.ts'
import { diffDue } from './diff-due.ts'
import { diffStudies, type StudyChange } from './diff-study.ts'
import { typicalPatient, typicalSpan } from './typical-patient.ts'

type Element = Record<string, unknown>
const daily = '{ every: day, window: { opens: "18:00", closes: "11:00", closes-days-later: 1 } }'
const alert = `alerts:
  - id: pain
    version: "1"
    form: small
    when: answers.a == "x"
    severity: high
    audience: [site-nurse]
    acknowledge-within-hours: 24
    text: { en: Please look, zh: 请查看 }
`
const choice = item('a', 'choice', { answerOption: [option('x'), option('y')] })
const base = { items: [choice, item('b', 'integer')] as Element[], more: alert, schedule: daily }

/** The changes from the base study to one that was edited, as short lines. */
function changes(
  edit: Partial<typeof base>,
  study: (text: string) => string = (text) => text,
  unblinded = false,
): string[] {
  const older = readPackage(smallFiles(base.items, base.more, base.schedule))
  const { items, more, schedule } = { ...base, ...edit }
  const files = smallFiles(items, more, schedule)
  const newer = readPackage(files.set('study.yaml', study(files.get('study.yaml')!)))
  return diffStudies(older, newer, unblinded).map(line)
}

const line = ({ kind, area, path, member, language, before, after }: StudyChange): string =>
  [
    kind,
    `${area}:`,
    path.join(' > '),
    member,
    language,
    before === undefined && after === undefined ? '' : `${before} -> ${after}`,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')

const unraised = 'version-not-raised form: form small version undefined -> 1'

test('control: the same files have no difference, whatever their lines look like', () => {
  assert.deepEqual(changes({}), [])
  assert.deepEqual(
    changes({}, (text) => `# a remark\n\n${text}`),
    [],
  )
  const demo = readPackage(demoFiles())
  assert.deepEqual(diffStudies(demo, readPackage(demoFiles()), true), [])
})

test('items, options and limits: added, removed, changed, moved', () => {
  assert.deepEqual(changes({ items: [...base.items, item('c', 'date')] }), [
    'added form: form small > item c',
    unraised,
  ])
  assert.deepEqual(changes({ items: [choice] }), ['removed form: form small > item b', unraised])
  assert.deepEqual(changes({ items: [choice, item('b', 'integer', { required: true })] }), [
    'changed form: form small > item b required undefined -> true',
    unraised,
  ])
  assert.deepEqual(changes({ items: base.items.toReversed() }), ['reordered form: form small', unraised])
  const options = (...all: Element[]) => [item('a', 'choice', { answerOption: all }), base.items[1]!]
  assert.deepEqual(changes({ items: options(option('x'), option('y'), option('z')) }), [
    'added form: form small > item a > option z',
    unraised,
  ])
  assert.deepEqual(changes({ items: options(option('x', 3), option('y')) }), [
    'changed form: form small > item a > option x ordinal undefined -> 3',
    unraised,
  ])
})

test('conditions are told as they are written', () => {
  const shown = { enableWhen: [{ question: 'a', operator: '=', answerCoding: { code: 'x' } }] }
  assert.deepEqual(changes({ items: [choice, item('b', 'integer', shown)] }), [
    'changed form: form small > item b enableWhen undefined -> a = x',
    unraised,
  ])
})

test('a text is told by language, and a translation that stayed behind is to be reviewed', () => {
  const text = (en: string, zhText: string) => [choice, item('b', 'integer', { text: en, _text: zh(zhText) })]
  assert.deepEqual(changes({ items: text('Other words', '别的文字') }), [
    'text form: form small > item b text en Text of b -> Other words',
    'text form: form small > item b text zh-CN 文字 -> 别的文字',
    unraised,
  ])
  assert.deepEqual(changes({ items: text('Other words', '文字') }), [
    'text form: form small > item b text en Text of b -> Other words',
    'translation-to-review form: form small > item b text zh-CN undefined -> 文字',
    unraised,
  ])
  assert.deepEqual(changes({ items: text('Text of b', '别的文字') }), [
    'text form: form small > item b text zh-CN 文字 -> 别的文字',
    unraised,
  ])
})

test('rules: what they do needs a new version of their own, their words do not', () => {
  const rule = (from: string, to: string) => changes({ more: alert.replace(from, to) })
  assert.deepEqual(rule('"x"', '"y"'), [
    'changed alert: alert pain when answers.a == "x" -> answers.a == "y"',
    'version-not-raised alert: alert pain version undefined -> 1',
  ])
  assert.deepEqual(rule('severity: high', 'severity: low').slice(0, 1), [
    'changed alert: alert pain severity high -> low',
  ])
  assert.deepEqual(rule('[site-nurse]', '[site-nurse, monitor]').slice(0, 1), [
    'changed alert: alert pain audience site-nurse -> site-nurse, monitor',
  ])
  assert.deepEqual(rule('Please look', 'Please look today'), [
    'text alert: alert pain text en Please look -> Please look today',
    'translation-to-review alert: alert pain text zh undefined -> 请查看',
  ])
  assert.deepEqual(
    changes({ more: alert.replace('"x"', '"y"').replace('version: "1"', 'version: "2"') }).map(
      (one) => one.split(' ')[0],
    ),
    ['changed', 'changed'],
  )
  assert.deepEqual(changes({ more: '' }), ['removed alert: alert pain version 1 -> undefined'])
})

test('sites, versions and schedules', () => {
  const edit = (from: string, to: string) => changes({}, (text) => text.replace(from, to))
  assert.deepEqual(edit('zone: Europe/Berlin', 'zone: Asia/Tokyo'), [
    'changed site: site 1 zone Europe/Berlin -> Asia/Tokyo',
  ])
  assert.deepEqual(edit('version: "1"', 'version: "2"'), ['changed study: version 1 -> 2'])
  assert.deepEqual(edit('opens: "18:00"', 'opens: "19:00"'), [
    'changed schedule: form small schedule.window.opens 18:00 -> 19:00',
  ])
  assert.deepEqual(edit('sites: [', 'sites: [{ id: "0", name: { en: Zero, zh: 零 }, zone: UTC }, '), [
    'added site: site 0',
  ])
})

test('P10: the restricted part is told without its content unless one may know it', () => {
  const edit = (text: string) => text.replace('en: Drug', 'en: Other drug')
  assert.deepEqual(changes({}, edit), ['changed restricted: restricted'])
  const told = changes({}, edit, true)
  assert.match(told[0]!, /^text restricted: restricted .*Drug -> Other drug$/)
})

test('a form in a new version is compared with its old one; one that is listed in both versions is new', () => {
  const raised = (files: Map<string, string>) =>
    files.set('forms/small.json', files.get('forms/small.json')!.replace('"version": "1"', '"version": "2"'))
  const older = readPackage(smallFiles(base.items, '', daily))
  const newer = readPackage(raised(smallFiles([...base.items, item('c', 'date')], '', daily)))
  assert.deepEqual(diffStudies(older, newer).map(line), [
    'changed form: form small version 1 -> 2',
    'added form: form small > item c',
  ])
  const both = smallFiles(base.items, '', daily)
  const study = both.get('study.yaml')!
  const two = {
    file: 'forms/two.json',
    text: both.get('forms/small.json')!.replace('"version": "1"', '"version": "2"'),
  }
  both.set(two.file, two.text)
  both.set(
    'study.yaml',
    study.replace(/^forms: \[(.*)\]$/m, `forms: [$1, { file: ${two.file}, schedule: { every: event } }]`),
  )
  assert.deepEqual(diffStudies(older, readPackage(both)).map(line), [
    'added form: form small version undefined -> 2',
  ])
})

test('what falls due otherwise: counted, with the first date and its windows', () => {
  const due = (schedule: string) => {
    const plans = [base.schedule, schedule].map((s) => readPackage(smallFiles(base.items, '', s)).plan)
    return diffDue(plans[0]!, plans[1]!, typicalPatient(plans), typicalSpan)
  }
  assert.deepEqual(due(daily), [])
  assert.deepEqual(due(daily.replace('18:00', '17:30')), [
    {
      form: 'small',
      before: 365,
      after: 365,
      added: 0,
      removed: 0,
      moved: 365,
      first: {
        date: '2026-01-05',
        before: '2026-01-05 18:00 to 2026-01-06 11:00',
        after: '2026-01-05 17:30 to 2026-01-06 11:00',
      },
    },
  ])
  const [shorter] = due(daily.replace('every: day', 'every: day, to-day: 83'))
  assert.deepEqual(
    [shorter?.before, shorter?.after, shorter?.removed, shorter?.first.date],
    [365, 84, 281, '2026-03-30'],
  )
  assert.equal(shorter?.first.after, null)
})

test('the scoring file of an instrument is compared too', () => {
  const scoring = `instrument: i
version: "1"
title: { en: I, zh: 一 }
source: made up
scales: { s: { min: 0, max: 3 } }
items: [{ item: a, scale: s }, { item: b, scale: s }]
scores: [{ id: t, version: "1", title: { en: T, zh: 总 }, method: sum, items: [a, b], source: made up }]
`
  const read = (text: string) =>
    readPackage(
      smallFiles(
        [item('a', 'integer'), item('b', 'integer')],
        'instruments: [{ form: small, scoring: scoring/i.yaml }]',
        daily,
      ).set('scoring/i.yaml', text),
    )
  const told = (edit: (text: string) => string) => diffStudies(read(scoring), read(edit(scoring))).map(line)
  assert.deepEqual(
    told((text) => `# a remark\n${text}`),
    [],
  )
  assert.deepEqual(
    told((text) => text.replace('method: sum', 'method: mean')),
    [
      'changed scoring: scoring small > score t method sum -> mean',
      'version-not-raised scoring: scoring small > score t version undefined -> 1',
      'version-not-raised scoring: scoring small version undefined -> 1',
    ],
  )
})
