// The time machine over the demo study: nothing to find where nothing is wrong, the same run from the same seed, and,
// as controls, each kind of anomaly planted and found.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from '../../study/compile-study.ts'
import type { FormPlan, StudyPlan } from '../../study/plan.ts'
import type { Due } from '../../study/schedule/due-occasions.ts'
import { isDated } from '../../study/schedule/schedule-plan.ts'
import type { AnomalyCode } from '../../study/simulate/anomaly.ts'
import type { Engine, Evaluated, VersionInUse } from '../../study/simulate/engine.ts'
import { simulatePatients, simulation } from '../../study/simulate/simulate.ts'
import { summaryOf } from '../../study/simulate/summary.ts'
import type { Span } from '../../study/simulate/virtual-patient.ts'
import { demoFolder, studyFiles } from '../demo-study.ts'
import { type SimulationOrder, simulationsOf, versionsOf } from './order.ts'
import { runSimulation } from './run.ts'
import { studyEngine } from './study-engine.ts'

const files = studyFiles(demoFolder)
const order: SimulationOrder = {
  study: { files, sha256: '0'.repeat(64) },
  amendment: null,
  spans: [
    { from: '2026-03-01', to: '2026-04-10' },
    { from: '2026-09-28', to: '2026-11-06' },
  ],
  patients: 200,
  seed: 301,
}
const demo = versionsOf(order)
const demoPlan = demo[0]!.plan

const hourMs = 3_600_000
const later = (time: string, hours: number) => new Date(Date.parse(time) + hours * hourMs).toISOString()

type Planted = {
  readonly versions?: readonly VersionInUse[]
  readonly due?: (due: readonly Due[], arm: string) => readonly Due[]
  readonly evaluated?: (evaluated: Evaluated) => Evaluated
  readonly span?: Span
}

/** How often each anomaly is found by a small run over something planted. */
function find({ versions = demo, due, evaluated, span }: Planted): Map<AnomalyCode, number> {
  const real = studyEngine(versions)
  const engine: Engine = {
    due: (plan, patient, days) => {
      const list = real.due(plan, patient, days)
      return due === undefined ? list : due(list, patient.arm)
    },
    begin: (patient) => {
      const next = real.begin(patient)
      return (submission, receivedMs) => {
        const result = next(submission, receivedMs)
        return evaluated === undefined ? result : evaluated(result)
      }
    },
  }
  const run = simulation(versions, engine, span ?? { from: '2026-03-20', to: '2026-04-08' }, 7)
  return simulatePatients(run, 0, 36).anomalies.counts
}

const found = (planted: Planted, code: AnomalyCode) => (find(planted).get(code) ?? 0) > 0

/** The list with every diary changed. */
const diaries = (change: (due: Due) => Due) => (list: readonly Due[]) =>
  list.map((one) => (one.form === 'daily-diary' ? change(one) : one))

test('200 virtual patients live through both changes of clocks of the demo study without an anomaly', () => {
  const runs = simulationsOf(order, demo)
  const tallies = runs.map((run) => simulatePatients(run, 0, order.patients))
  const summary = summaryOf(runs, tallies, order.patients, 'test')
  assert.deepEqual(
    summary.spans.flatMap(({ anomalies }) => anomalies.map(({ first }) => first)),
    [],
  )
  assert.equal(summary.passed, true)
  for (const { counts, checks, clockChanges, noteCounts } of summary.spans) {
    assert.equal(counts.patients, 200)
    assert.ok(counts.due > 6000 && counts.entries > 6000 && counts.scores > 500 && counts.alerts > 100)
    assert.ok(
      counts.quarantined > 0 && counts.lateReceipts > 0 && counts.missed > 0 && counts.travellers > 10,
    )
    assert.deepEqual(
      checks.filter(({ examined }) => examined === 0),
      [],
    )
    assert.equal(clockChanges.length, 4)
    assert.ok((noteCounts['short-window'] ?? 0) > 0 && (noteCounts['long-window'] ?? 0) > 0)
  }
})

test('each occasion is counted once: on time, late, missed or not evaluable, or still open', () => {
  const run = simulationsOf(order, demo)[0]!
  const tally = simulatePatients(run, 0, 60)
  const open = tally.due - tally.onTime - tally.late - tally.missed - tally.notEvaluable
  assert.ok(open >= 0 && open <= 60 * 2, `${open} still open`)
  const weeks = tally.weeks.reduce((sum, week) => sum + week.due + week.notEvaluable, 0)
  assert.equal(weeks, tally.due - open)
  assert.equal(
    tally.load.reduce((sum, entries) => sum + entries, 0),
    tally.entries,
  )
})

test('the same seed gives the same run on one thread and on two, another seed another one', async () => {
  const small = { ...order, patients: 210, spans: [{ from: '2026-03-24', to: '2026-04-02' }] }
  const runs = simulationsOf(small, demo)
  const text = async (seed: number, threads: number) => {
    const tallies = await runSimulation({ ...small, seed }, threads, () => undefined)
    return JSON.stringify(summaryOf(runs, tallies, small.patients, 'test'))
  }
  const one = await text(301, 1)
  assert.equal(await text(301, 2), one)
  assert.notEqual(await text(302, 2), one)
})

test('control: nothing planted, nothing found', () => {
  assert.deepEqual([...find({})], [])
})

test('control: a window that closes an hour early is found, and the gap behind it', () => {
  const planted = { due: diaries((one) => ({ ...one, closesAt: later(one.closesAt, -1) })) }
  assert.ok(found(planted, 'window-shorter'))
  assert.ok(found(planted, 'gap'))
})

test('control: a window that closes an hour late is found, and that it overlaps the next', () => {
  const planted = { due: diaries((one) => ({ ...one, closesAt: later(one.closesAt, 1) })) }
  assert.ok(found(planted, 'window-longer'))
  assert.ok(found(planted, 'overlap'))
})

test('control: windows by 24-hour arithmetic are found on the day of a change of clocks', () => {
  const plan = withWindows(demoPlan, (schedule) => ({
    ...schedule,
    windows: (zone, date) => {
      const bounds = schedule.windows(zone, date)
      const length = schedule.window.closesMinute * 60_000 + schedule.window.closesDaysLater * 24 * hourMs
      const closesMs = bounds.opensMs + length
      return { ...bounds, closesMs, closesAt: new Date(closesMs).toISOString() }
    },
  }))
  const versions = [{ ...demo[0]!, plan }]
  const spring = find({ versions })
  assert.ok((spring.get('window-longer') ?? 0) > 0)
  const autumn = find({ versions, span: { from: '2026-10-15', to: '2026-11-05' } })
  assert.ok((autumn.get('window-shorter') ?? 0) > 0)
  assert.deepEqual([...find({ versions, span: { from: '2026-06-01', to: '2026-06-20' } })], [])
})

test('control: a day that is due twice, one that is left out, and one that nobody planned are found', () => {
  assert.ok(found({ due: (list) => [...list, ...list.slice(3, 4)] }, 'double-day'))
  assert.ok(found({ due: (list) => list.toSpliced(5, 1) }, 'missing-day'))
  const early = diaries((one) => ({ ...one, occasion: '2026-03-01', dueDate: '2026-03-01' }))
  assert.ok(found({ due: early }, 'day-not-due'))
})

test('control: an entry that is put elsewhere, called late, or set aside is found', () => {
  const changes: ((placed: Evaluated['placed']) => Evaluated['placed'])[] = [
    (placed) => placed && { ...placed, occasion: '2026-01-01' },
    (placed) => placed && { ...placed, status: 'late' },
    () => undefined,
  ]
  for (const change of changes)
    assert.ok(found({ evaluated: (one) => ({ ...one, placed: change(one.placed) }) }, 'misplaced'))
})

test('control: a wrong mark for the lock or for a late receipt is found', () => {
  const locked: Evaluated['findings'] = [{ code: 'locked-window' }]
  assert.ok(found({ evaluated: (one) => ({ ...one, findings: locked }) }, 'misplaced'))
  const flipped = (one: Evaluated): Evaluated => ({
    ...one,
    placed: one.placed && { ...one.placed, lateReceipt: !one.placed.lateReceipt },
  })
  assert.ok(found({ evaluated: flipped }, 'misplaced'))
})

test('control: an entry that is kept although it must be set aside is found', () => {
  let placed: Evaluated['placed']
  const keep = (one: Evaluated): Evaluated => {
    placed = one.placed ?? placed
    return { ...one, placed, quarantine: undefined }
  }
  assert.ok(found({ evaluated: keep }, 'misplaced'))
})

test('control: an entry that two windows hold is found', () => {
  const planted = { due: diaries((one) => ({ ...one, opensAt: later(one.opensAt, -20) })) }
  assert.ok(found(planted, 'two-occasions'))
})

test('control: a lock before the end, a reminder outside its window and one at night are found', () => {
  assert.ok(
    found({ due: diaries((one) => ({ ...one, locksAt: later(one.closesAt, -1) })) }, 'lock-before-close'),
  )
  assert.ok(found({ due: diaries((one) => ({ ...one, reminderAt: one.closesAt })) }, 'reminder-outside'))
  assert.ok(
    found({ due: diaries((one) => ({ ...one, reminderAt: later(one.opensAt, 3) })) }, 'reminder-at-night'),
  )
})

test('control: an alert that is overdue when it can first be read is found', () => {
  const overdue = (one: Evaluated): Evaluated => ({
    ...one,
    alerts: one.alerts.map((alert) => ({ ...alert, deadlineMs: alert.readableMs - 1 })),
  })
  assert.ok(found({ evaluated: overdue }, 'alert-too-late'))
})

test('control: a form version that the version in force lacks is found', () => {
  assert.ok(found({ due: diaries((one) => ({ ...one, formVersion: '99' })) }, 'form-version-missing'))
})

test('control: an arm that is asked for less is found (P10)', () => {
  const planted = {
    due: (list: readonly Due[], arm: string) =>
      arm === 'G2' ? list.filter((one) => one.form !== 'phq-9') : list,
  }
  assert.ok(found(planted, 'arms-differ'))
})

test('control: steps that throw and rules that fail are found', () => {
  const broken = () => {
    throw new TypeError('planted')
  }
  assert.ok(found({ evaluated: broken }, 'evaluation-failed'))
  const failed = (one: Evaluated): Evaluated => ({ ...one, findings: [{ code: 'rule-failed', rule: 'r' }] })
  assert.ok(found({ evaluated: failed }, 'evaluation-failed'))
})

test('an amendment that sites take one by one gives no anomaly; each site changes over on its own date', () => {
  const amended = files.map(([name, text]) => [name, text.replace('version: "1"', 'version: "2"')] as const)
  const amendment = { files: amended, sha256: '1'.repeat(64), from: '2026-03-12' }
  const run = { ...order, amendment }
  const versions = versionsOf(run)
  const tally = simulatePatients(simulationsOf(run, versions)[0]!, 0, 100)
  assert.deepEqual([...tally.anomalies.counts], [])
  assert.deepEqual([...tally.byVersion.keys()].sort(), ['1', '2'])
  assert.ok(new Set(versions[1]!.fromBySite!.values()).size > 3)
})

test('a device that still shows the form of the version before is taken, and marked', () => {
  const amended = files.map(
    ([name, text]) =>
      [
        name,
        name.startsWith('forms/daily') || name === 'study.yaml'
          ? text.replace(/^( *"?version"?: )"1"/m, '$1"2"')
          : text,
      ] as const,
  )
  const amendment = { files: amended, sha256: '1'.repeat(64), from: '2026-03-12' }
  const run = { ...order, amendment }
  const tally = simulatePatients(simulationsOf(run, versionsOf(run))[0]!, 0, 60)
  assert.deepEqual([...tally.anomalies.counts], [])
  assert.ok((tally.notes.counts.get('old-form-version') ?? 0) > 0)
  assert.equal(tally.findings.get('other-form-version'), tally.notes.counts.get('old-form-version'))
})

test('control: a visit that an amendment moves across the change-over is found as due twice, or never', () => {
  const fromBySite = new Map(demoPlan.sites.map(({ id }) => [id, '2026-04-01']))
  const amendedTo = (before: number, after: number): VersionInUse[] => [
    { plan: withVisit('1', before), sha256: '', fromBySite: null },
    { plan: withVisit('2', after), sha256: '', fromBySite },
  ]
  const span = { from: '2026-03-20', to: '2026-04-30' }
  assert.ok(found({ versions: amendedTo(5, 20), span }, 'two-versions'))
  assert.ok(found({ versions: amendedTo(20, 5), span }, 'no-version'))
  assert.deepEqual([...find({ versions: amendedTo(20, 20), span })], [])
})

test('control: a site for which no version holds is found', () => {
  const fromBySite = new Map(demoPlan.sites.map(({ id }) => [id, '2026-04-01']))
  assert.ok(found({ versions: [{ ...demo[0]!, fromBySite }] }, 'no-version'))
})

/** The plan with every dated schedule changed, in a way that compiled plans cannot be changed. */
function withWindows(
  plan: StudyPlan,
  change: (
    schedule: Extract<FormPlan['schedules'][number], { windows: unknown }>,
  ) => FormPlan['schedules'][number],
): StudyPlan {
  const forms = new Map(
    [...plan.forms].map(([key, form]) => [
      key,
      { ...form, schedules: form.schedules.map((one) => (isDated(one) ? change(one) : one)) },
    ]),
  )
  return { ...plan, forms }
}

/** The demo study with the PHQ-9 at one visit, so many days after enrolment. */
function withVisit(version: string, day: number): StudyPlan {
  const yaml = files.find(([name]) => name === 'study.yaml')![1]
  const visit = `visits:
  - { id: check-up, title: { en: Check-up, zh: 检查 }, day: ${day}, window: { before: 1, after: 1 } }
forms:`
  const [before = '', rest = ''] = yaml.split('  - file: forms/phq-9.json\n')
  const [, after = ''] = rest.split(/(?= {2}- file: forms\/rescue)/)
  const changed =
    `${before}  - file: forms/phq-9.json\n    schedule: { every: visit, visits: [check-up], reminder: "09:00" }\n${after}`
      .replace('version: "1"', `version: "${version}"`)
      .replace('\nforms:', `\n${visit}`)
      .replace(/ {2}- id: phq-9-rise\n(?: {4}.*\n)+/, '')
  return compileStudy(new Map(files.map(([name, text]) => [name, name === 'study.yaml' ? changed : text])))
}
