// Which version holds where and when, and which one an entry is judged by: planned changes, sites that differ, late
// entries, forms of another version.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from './compile-study.ts'
import { planOfEntry } from './package/plan-of-entry.ts'
import { placeSubmission } from './place.ts'
import type { StudyPlan } from './plan.ts'
import { formKeysOf, type StudyVersions, singleVersion, studyVersions } from './study-versions.ts'
import { item, smallFiles } from './testing/small-study.ts'

const daily = '{ every: day, window: { opens: "00:00", closes: "24:00" } }'
const weekly = '{ every: week, window: { opens: "00:00", closes: "24:00", closes-days-later: 6 } }'

/** A version of the small study; its form may have a version of its own. */
function files(version: string, schedule = daily, formVersion = '1'): Map<string, string> {
  const made = smallFiles([item('a', 'boolean')], '', schedule)
  const study = made.get('study.yaml')!.replace('version: "1"', `version: "${version}"`)
  const form = made.get('forms/small.json')!.replace('"version": "1"', `"version": "${formVersion}"`)
  return new Map([
    ['study.yaml', study],
    ['forms/small.json', form],
  ])
}

type Published = { readonly version: string; readonly files: Map<string, string> }

/** The versions, and the names of those that were compiled so far. */
function versionsOf(published: readonly Published[], taken: readonly (readonly [string, string, string])[]) {
  const compiled = new Set<string>()
  const sources = published.map(({ version, files }) => {
    let plan: StudyPlan | undefined
    return {
      version,
      plan: () => {
        compiled.add(version)
        plan ??= compileStudy(files)
        return plan
      },
      formKeys: () => formKeysOf(files),
    }
  })
  const adoptions = taken.map(([siteId, version, fromDate]) => ({ siteId, version, fromDate }))
  return { versions: studyVersions('SMALL', sources, adoptions), compiled }
}

const three = ['1', '2', '3'].map((version) => ({ version, files: files(version) }))

test('the first version holds everywhere from the beginning, a later one where and when it was taken', () => {
  const { versions } = versionsOf(three, [['s', '2', '2026-12-01']])
  const held = (site: string, date: string) => versions.at(site, date).version
  assert.deepEqual(
    [held('s', '0001-01-01'), held('s', '2026-11-30'), held('s', '2026-12-01')],
    ['1', '1', '2'],
  )
  assert.equal(held('other', '2030-01-01'), '1')
  assert.equal(versions.newest.version, '3')
  assert.equal(versions.of('4'), undefined)
})

test('of several decisions the last one counts from its date on, so that a plan can be changed', () => {
  const moved = versionsOf(three, [
    ['s', '2', '2026-12-10'],
    ['s', '3', '2026-12-01'],
  ]).versions
  assert.equal(moved.versionAt('s', '2026-12-20'), '3')
  const inTurn = versionsOf(three, [
    ['s', '2', '2026-12-01'],
    ['s', '3', '2026-12-10'],
    ['s', '1', '2026-12-20'],
  ]).versions
  const dates = ['2026-11-30', '2026-12-05', '2026-12-15', '2026-12-25']
  assert.deepEqual(
    dates.map((date) => inTurn.versionAt('s', date)),
    ['1', '2', '3', '1'],
  )
  assert.deepEqual(
    inTurn.ofSite('s').map((plan) => plan.version),
    ['1', '3', '2'],
  )
})

test('what no site holds is not compiled', () => {
  const { versions, compiled } = versionsOf(three, [['s', '2', '2026-12-01']])
  versions.ofSite('s')
  versions.holding('small', '9')
  assert.deepEqual([...compiled].sort(), ['1', '2'])
})

test('control: a decision for a version that is not published is refused', () => {
  assert.throws(() => versionsOf(three, [['s', '4', '2026-12-01']]), /version 4/)
  assert.throws(() => studyVersions('SMALL', [], []), /at least one/)
})

/** The version an entry of site `s` is judged by, with `!` where its form is another version's. */
function judged(versions: StudyVersions, completedAt: string, occasion?: string, formVersion = '1'): string {
  const { plan, otherFormVersion } = planOfEntry(versions, {
    siteId: 's',
    form: 'small',
    formVersion,
    place: (plan) =>
      placeSubmission(
        plan,
        { zone: 'Europe/Berlin', status: 'active', enrolledOn: '2026-11-02' },
        {
          form: 'small',
          formVersion,
          ...(occasion === undefined ? {} : { occasion }),
          completedAt: `${completedAt}+01:00[Europe/Berlin]`,
          receivedAtMs: Date.parse('2026-12-31T00:00:00Z'),
          submissionId: 'id',
        },
      ),
  })
  return `${plan.version}${otherFormVersion ? '!' : ''}`
}

test('an entry is judged by the version that held on its due date, however late it was completed', () => {
  const { versions } = versionsOf(three, [['s', '2', '2026-12-01']])
  assert.equal(judged(versions, '2026-11-30T08:00'), '1')
  assert.equal(judged(versions, '2026-12-01T08:00'), '2')
  assert.equal(judged(versions, '2026-12-02T08:00', '2026-11-30'), '1')
  assert.equal(judged(versions, '2026-11-30T23:00', '2026-12-01'), '2')
})

test('an occasion that runs over the day of the change keeps its version', () => {
  const published = [
    { version: '1', files: files('1', weekly) },
    { version: '2', files: files('2', weekly) },
  ]
  // Enrolled on a Monday, so weeks begin on Mondays; 2 December 2026 is a Wednesday.
  const { versions } = versionsOf(published, [['s', '2', '2026-12-02']])
  assert.equal(judged(versions, '2026-12-03T08:00'), '1')
  assert.equal(judged(versions, '2026-12-07T08:00'), '2')
})

test('where schedules differ, the newer version that agrees with itself is taken', () => {
  const published = [
    { version: '1', files: files('1', weekly) },
    { version: '2', files: files('2', daily) },
  ]
  const { versions } = versionsOf(published, [['s', '2', '2026-12-02']])
  assert.equal(judged(versions, '2026-12-03T08:00'), '2')
  assert.equal(judged(versions, '2026-12-03T08:00', '2026-11-30'), '1')
})

test('the version whose window holds an entry comes before a newer one that would take it early', () => {
  const on = (days: string) =>
    `{ every: listed, on-days: ${days}, window: { opens: "00:00", closes: "24:00", closes-days-later: 2 } }`
  const published = [
    { version: '1', files: files('1', on('[0, 21, 28]')) },
    { version: '2', files: files('2', on('[28]')) },
  ]
  // Day 21 is 23 November, day 28 is 30 November.
  const { versions } = versionsOf(published, [['s', '2', '2026-11-30']])
  assert.equal(judged(versions, '2026-11-25T08:00'), '1')
  assert.equal(judged(versions, '2026-11-30T08:00'), '2')
  // In no window of either: the newer one, which agrees with itself.
  assert.equal(judged(versions, '2026-11-29T08:00'), '2')
})

test('an event is due when it was completed', () => {
  const published = ['1', '2'].map((version) => ({ version, files: files(version, '{ every: event }') }))
  const { versions } = versionsOf(published, [['s', '2', '2026-12-01']])
  assert.equal(judged(versions, '2026-11-30T23:59', '2026-12-05'), '1')
  assert.equal(judged(versions, '2026-12-01T00:00'), '2')
})

test('a form of another version is judged by the newest version that has it, and this is said', () => {
  const published = [
    { version: '1', files: files('1', daily, '1') },
    { version: '2', files: files('2', daily, '2') },
    { version: '3', files: files('3', daily, '2') },
  ]
  const { versions } = versionsOf(published, [['s', '2', '2026-12-01']])
  assert.equal(judged(versions, '2026-12-05T08:00', undefined, '2'), '2')
  assert.equal(judged(versions, '2026-12-05T08:00', undefined, '1'), '1!')
  assert.equal(judged(versions, '2026-12-05T08:00', '2026-11-30', '1'), '1')
  assert.equal(judged(versions, '2026-11-20T08:00', undefined, '2'), '3!')
  assert.equal(judged(versions, '2026-12-05T08:00', undefined, '7'), '3')
})

test('one version is taken as it is: nothing is placed', () => {
  const versions = singleVersion(compileStudy(files('1')))
  const place = () => assert.fail('nothing is placed')
  const chosen = planOfEntry(versions, { siteId: 's', form: 'small', formVersion: '1', place })
  assert.deepEqual([chosen.plan.version, chosen.otherFormVersion], ['1', false])
})
