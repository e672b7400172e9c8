// The report: one file that asks nothing of the outside, well-formed, in both languages, with every text escaped.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyCourse } from '../../course.ts'
import { dueOccasions } from '../../schedule/due-occasions.ts'
import { demoPlan } from '../../testing/demo-plan.ts'
import type { Engine } from '../engine.ts'
import { simulatePatients, simulation } from '../simulate.ts'
import { type SimulationSummary, summaryOf } from '../summary.ts'
import { tickStep } from './figures.ts'
import { simulationReport } from './report.ts'
import { words } from './words.ts'

/** A small run in which every entry is set aside, so that anomalies are there to be shown. */
function badSummary(): SimulationSummary {
  const plan = demoPlan()
  const engine: Engine = {
    due: (one, { zone, enrolledOn }, span) =>
      dueOccasions(one, { zone, enrolledOn, course: emptyCourse }, span),
    begin: () => () => ({ placed: undefined, quarantine: 'planted', findings: [], scores: [], alerts: [] }),
  }
  const fromBySite = new Map(plan.sites.map(({ id }) => [id, '2026-03-27']))
  const versions = [
    {
      plan: { ...plan, title: { en: 'A <b>bold</b> & "quoted" title', zh: '标题' } },
      sha256: 'ab'.repeat(32),
      fromBySite: null,
    },
    { plan: { ...plan, version: '2' }, sha256: 'cd'.repeat(32), fromBySite },
  ]
  const run = simulation(versions, engine, { from: '2026-03-24', to: '2026-04-02' }, 5)
  return summaryOf([run], [simulatePatients(run, 0, 14)], 14, '9.9.9')
}
const summary = badSummary()
const pages = { en: simulationReport(summary, 'en'), zh: simulationReport(summary, 'zh') }

/** Elements without an end tag. */
const empty = new Set(['meta', 'br', 'wbr', 'line', 'rect', 'circle', 'path', 'polygon', 'polyline'])

/** Whatever a browser would run, or fetch from elsewhere. */
const foreign = /<script|<link|<img|<iframe|<object|@import|url\(|src=|href=|https?:|javascript:|\son[a-z]+=/i

/** What is wrong with how tags open and close. */
function tagFaults(html: string): string[] {
  const faults: string[] = []
  const open: string[] = []
  for (const [tag, slash, name = '', , closed] of html.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*?)?)(\/?)>/g,
  )) {
    if (slash === '') {
      if (closed === '' && !(empty.has(name) && !/^(?:line|rect|circle|path|poly)/.test(name)))
        open.push(name)
    } else if (open.pop() !== name) faults.push(tag)
  }
  return [...faults, ...open]
}

for (const [language, page] of Object.entries(pages)) {
  test(`the report in ${language} is well-formed and asks nothing of the outside`, () => {
    assert.deepEqual(tagFaults(page), [])
    assert.doesNotMatch(page, foreign)
    assert.doesNotMatch(page, /undefined|NaN|Infinity|\[object/)
    assert.match(page, /<meta charset="utf-8">/)
    assert.match(page, /@page \{ size: A4/)
  })
}

test('control: a tag left open and a foreign reference are found', () => {
  assert.deepEqual(tagFaults('<p><b>x</p>'), ['</p>', 'p'])
  assert.match('<p>x</p><img src="x">', foreign)
  assert.match('<p onclick="x()">x</p>', foreign)
  assert.deepEqual(tagFaults('<svg><rect x="1"/></svg><br><p>x</p>'), [])
})

test('the report says what was run and what was found', () => {
  const { en } = pages
  for (const part of [
    'MORNING-301',
    'ab'.repeat(32),
    'cd'.repeat(32),
    '9.9.9',
    '2026-03-24',
    'Europe/Berlin',
    'V-00001',
  ])
    assert.ok(en.includes(part), part)
  assert.equal(summary.passed, false)
  assert.match(en, /class="verdict bad">[\d,]+ anomalies were found/)
  assert.match(en, /must be [^<]+; is set aside \(planted\)/)
  assert.ok(en.includes(words.showsNotText.en))
  assert.ok(pages.zh.includes(words.showsNotText.zh))
  assert.ok(pages.zh.includes('lang="zh-CN"'))
})

test('texts of the study are escaped', () => {
  assert.ok(pages.en.includes('A &lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot; title'))
  assert.ok(!pages.en.includes('<b>bold'))
})

test('the same summary gives the same bytes, also after a way through JSON', () => {
  assert.equal(simulationReport(JSON.parse(JSON.stringify(summary)) as SimulationSummary, 'en'), pages.en)
})

test('a check that looked at nothing is not called passed', () => {
  const [span] = summary.spans
  const checks = span!.checks.map((one) => ({ ...one, examined: 0, found: 0 }))
  const page = simulationReport({ ...summary, spans: [{ ...span!, checks }] }, 'en')
  assert.doesNotMatch(page, />passed</)
  assert.match(page, />not examined</)
})

test('every word stands in both languages', () => {
  for (const [name, { en, zh }] of Object.entries(words)) {
    if (name !== 'verdictBadLead') assert.notEqual(en, '', name)
    assert.notEqual(zh, '', name)
  }
})

test('ticks are 1, 2 or 5 times a power of ten, and few', () => {
  for (const highest of [1, 3, 7, 19, 30, 101, 999, 12_345]) {
    const step = tickStep(highest, 4)
    assert.ok(highest / step <= 4 + 1e-9, `${highest} / ${step}`)
    assert.ok([1, 2, 5].includes(Number((step / 10 ** Math.floor(Math.log10(step) + 1e-9)).toFixed(6))))
  }
})
