// Rules that look back: earlier answers and scores, the baseline, missed occasions, events by hours; what is read and
// what is not; what the record keeps of it, and that the same comes out of it again (P11).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAnswers } from '../clean-answers.ts'
import { compileStudy } from '../compile-study.ts'
import { emptyCourse } from '../course.ts'
import { type Judgement, judge } from '../judge.ts'
import type { Placed } from '../place.ts'
import type { Score } from '../scoring/score-plan.ts'
import { StudyInvalid } from '../study-invalid.ts'
import { item, small, smallFiles } from '../testing/small-study.ts'
import { type EarlierEntry, type HistoryReader, historyAsLooked } from './history.ts'

const form = [item('pain', 'integer'), item('note', 'string'), item('well', 'boolean')]
const score =
  'scores: [{ id: total, version: "1", form: small, title: { en: x, zh: x }, method: sum, missing: all-required, items: [pain], source: x }]\n'
const daily =
  '{ every: day, window: { opens: "00:00", closes: "24:00", closes-days-later: 0 }, locks-after-days: 2 }'
const rule = (when: string, looksBack: string) =>
  `${score}checks: [{ id: c, version: "1", form: small, ${looksBack} when: ${JSON.stringify(when)}, text: { en: x, zh: x } }]\n`

const enrolledOn = '2026-03-01'
const day = (date: number) => `2026-03-${String(date).padStart(2, '0')}`
const at = (date: number, hour = 8) =>
  `${day(date)}T${String(hour).padStart(2, '0')}:00:00+01:00[Europe/Berlin]`
const instant = (text: string) => Temporal.ZonedDateTime.from(text).epochMilliseconds

type Kept = { readonly [date: number]: number | Record<string, unknown> }

/** A reader over entries by day of March 2026, and what it was asked. */
function historyOf(kept: Kept) {
  const asked: string[] = []
  const entry = (occasion: string): EarlierEntry | undefined => {
    const date = Number(occasion.slice(-2))
    const answers = kept[date]
    if (answers === undefined) return undefined
    return {
      position: date,
      version: 1,
      answers: typeof answers === 'number' ? { pain: answers } : (answers as never),
      scores: typeof answers === 'number' ? [{ id: 'total', value: answers }] : [],
      completedAt: at(date),
    }
  }
  const reader: HistoryReader = {
    filled(occasion) {
      asked.push(`filled ${occasion}`)
      return entry(occasion)?.position
    },
    entry(occasion) {
      asked.push(`entry ${occasion}`)
      return entry(occasion)
    },
    events(fromMs, toMs) {
      asked.push('events')
      return Object.keys(kept)
        .map((date) => entry(day(Number(date))) as EarlierEntry)
        .filter((one) => instant(one.completedAt) > fromMs && instant(one.completedAt) <= toMs)
        .sort((a, b) => instant(b.completedAt) - instant(a.completedAt))
    },
  }
  return { reader, asked }
}

type Now = { on?: number; answers?: Record<string, unknown>; schedule?: string; course?: object }

function judged(when: string, looksBack: string, history: HistoryReader, now: Now = {}): Judgement {
  const { on = 10, answers = { pain: 8 }, schedule = daily, course = {} } = now
  const { plan, form: compiled } = small(form, rule(when, looksBack), schedule)
  const isEvent = schedule.includes('event')
  return judge(plan, {
    form: compiled,
    answers: cleanAnswers(compiled, answers),
    placed: {
      localDate: day(on),
      dueDate: isEvent ? null : day(on),
      occasion: isEvent ? 'id' : day(on),
      completedAtMs: instant(at(on)),
      status: 'on-time',
      lateReceipt: false,
      zone: 'Europe/Berlin',
    } as Placed,
    scores: typeof answers.pain === 'number' ? [{ id: 'total', value: answers.pain } as Score] : [],
    dose: null,
    patient: {
      id: 'P',
      arm: 'A',
      site: '1',
      zone: 'Europe/Berlin',
      enrolledOn,
      course: { ...emptyCourse, ...course },
    },
    history,
  })
}
const verdict = ({ findings }: Judgement): string =>
  findings.map(({ code }) => (code === 'edit-check' ? 'holds' : code)).join() || 'no'

const three = 'looks-back: { occasions: 3 },'
const cases: readonly [when: string, looksBack: string, kept: Kept, expected: string, now?: Now][] = [
  ['earlier.pain.filter(e, e.value >= 7).size() >= 2 && answers.pain >= 7', three, { 8: 7, 9: 9 }, 'holds'],
  ['earlier.pain.filter(e, e.value >= 7).size() >= 2 && answers.pain >= 7', three, { 8: 7, 9: 6 }, 'no'],
  // Beyond the look-back, or not before this occasion.
  ['earlier.pain.exists(e, e.value == 9)', three, { 6: 9, 11: 9 }, 'no'],
  ['earlier.pain.exists(e, e.value == 9)', three, { 7: 9 }, 'holds'],
  ['earlier.pain.size() == 0', three, {}, 'holds'],
  // Newest first, with its day and how long ago.
  [
    'earlier.pain[0].date == "2026-03-09" && earlier.pain[0].hours_before == 24',
    three,
    { 8: 1, 9: 2 },
    'holds',
  ],
  // Days without an answer to the item are not in its list.
  ['earlier.pain.size() == 1 && earlier_entries.size() == 2', three, { 8: 1, 9: { note: 'x' } }, 'holds'],
  ['earlier.well.exists(e, !e.value)', three, { 9: { well: false } }, 'holds'],
  // An earlier version of the form had another kind of item there.
  ['earlier.pain.size() == 0', three, { 9: { pain: 'bad' } }, 'holds'],
  ['sum(earlier_scores.total.map(e, e.value)) == 5', three, { 8: 2, 9: 3 }, 'holds'],
  ['scores.total - baseline.total >= 5', '', { 1: 3 }, 'holds'],
  ['scores.total - baseline.total >= 5', '', { 1: 4 }, 'no'],
  ['scores.total - baseline.total >= 5', '', { 2: 3 }, 'no'],
  ['!has(baseline.total)', '', { 2: 3 }, 'holds'],
  ['answers.pain > baseline_answers.pain', '', { 1: 3 }, 'holds'],
  ['missed >= 3', three, { 6: 1 }, 'holds'],
  ['missed >= 3', three, { 7: 1 }, 'no'],
  ['missed == 0', three, { 9: 1 }, 'holds'],
  // Enrolled the day before: nothing earlier was due.
  ['missed == 1', three, {}, 'holds', { on: 2 }],
  [
    'missed == 2',
    three,
    {},
    'holds',
    { course: { notEvaluable: [{ from: day(8), to: day(8), reason: 'hospital' }] } },
  ],
  ['earlier.pain.size() == 2', 'looks-back: { days: 14 },', { 2: 1, 9: 1 }, 'holds'],
  // Weekly: three occasions are three weeks.
  ['missed == 1', three, {}, 'holds', { on: 8, schedule: daily.replace('day,', 'week,') }],
  [
    'sum(earlier.pain.map(e, e.value)) + answers.pain > 4',
    'looks-back: { hours: 48 },',
    { 7: 9, 8: 1, 9: 2 },
    'holds',
    { answers: { pain: 3 }, schedule: '{ every: event }' },
  ],
  // Completed exactly 48 hours ago is outside; later than this entry is outside.
  [
    'earlier_entries.size() == 1',
    'looks-back: { hours: 48 },',
    { 8: 1, 9: 2, 11: 2 },
    'holds',
    { schedule: '{ every: event }' },
  ],
]
for (const [when, looksBack, kept, expected, now] of cases)
  test(`${when} ${looksBack} on ${JSON.stringify(kept)}: ${expected}`, () => {
    const { reader } = historyOf(kept)
    const result = judged(when, looksBack, reader, now)
    assert.equal(verdict(result), expected)
    // P11: what was looked at is on record, and gives the same again.
    assert.ok(result.looked !== null)
    const kepts = historyAsLooked(result.looked, (position) => reader.entry(day(position)))
    assert.deepEqual(judged(when, looksBack, kepts, now), result)
  })

test('P11, control: with something else on record, something else comes out', () => {
  const when = 'earlier.pain.exists(e, e.value == 9)'
  const { reader } = historyOf({ 9: 9 })
  const { looked } = judged(when, three, reader)
  assert.deepEqual(looked, { filled: { '2026-03-09': 9, '2026-03-08': null, '2026-03-07': null } })
  const other = historyAsLooked({ filled: { '2026-03-09': null } }, () => assert.fail('nothing is there'))
  assert.equal(verdict(judged(when, three, other)), 'no')
})

test('the first occasion has no baseline but itself', () => {
  const { reader, asked } = historyOf({ 1: 3 })
  assert.equal(verdict(judged('scores.total - baseline.total >= 0', '', reader, { on: 1 })), 'no')
  assert.deepEqual(asked, [])
  assert.equal(verdict(judged('scores.total - baseline.total >= 0', '', reader, { on: 2 })), 'holds')
})

test('nothing earlier is read where this entry decides already, wherever the condition stands', () => {
  for (const when of [
    'earlier.pain.exists(e, e.value > 6) && answers.pain > 8',
    'answers.pain > 8 && (earlier.pain.size() > 1 || missed > 2)',
    'has(answers.note) && baseline.total > 1',
  ]) {
    const { reader, asked } = historyOf({ 8: 7, 9: 9 })
    const result = judged(when, when.includes('baseline') ? '' : three, reader)
    assert.equal(verdict(result), 'no')
    assert.deepEqual([asked, result.looked], [[], null])
  }
})

test('missed asks for no more than it needs, and reads no answers', () => {
  const { reader, asked } = historyOf({ 8: 1 })
  judged('missed >= 3', 'looks-back: { occasions: 7 },', reader)
  assert.deepEqual(asked, ['filled 2026-03-09', 'filled 2026-03-08'])
})

test('a rule without history sees none, and a form that does not look back leaves no trace', () => {
  assert.equal(verdict(judged('missed >= 3', three, historyOf({}).reader)), 'holds')
  const { plan, form: compiled } = small(form, rule('answers.pain > 3', ''), daily)
  assert.equal(compiled.looksBack, false)
  const result = judge(plan, {
    form: compiled,
    answers: { pain: 5 },
    placed: { localDate: day(1) } as Placed,
    scores: [],
    dose: null,
    patient: { id: 'P', arm: 'A', site: '1' },
    history: { filled: () => assert.fail(), entry: () => assert.fail(), events: () => assert.fail() },
  })
  assert.deepEqual([verdict(result), result.looked], ['holds', null])
})

test('P10: what a restricted rule looks at does not depend on the arm', () => {
  const deviation = `  deviations:
    - { id: d, version: "1", form: small, looks-back: { occasions: 2 }, when: "arm == 'B' && earlier.pain.exists(e, e.value > 5)", severity: minor, text: { en: x, zh: x } }
`
  const { plan, form: compiled } = small(form, deviation, daily)
  const of = (arm: string) =>
    judge(plan, {
      form: compiled,
      answers: { pain: 5 },
      placed: { localDate: day(10), dueDate: day(10), occasion: day(10), completedAtMs: 0 } as Placed,
      scores: [],
      dose: null,
      patient: { id: 'P', arm, site: '1', enrolledOn, course: emptyCourse, zone: 'Europe/Berlin' },
      history: historyOf({ 9: 9 }).reader,
    })
  const [a, b] = [of('A'), of('B')]
  assert.deepEqual([a.deviations.length, b.deviations.length], [0, 1])
  assert.deepEqual(a.looked, b.looked)
  assert.deepEqual(Object.keys(a.looked?.filled ?? {}), ['2026-03-09', '2026-03-08'])
})

const refused: readonly [when: string, looksBack: string, schedule: string, fault: RegExp][] = [
  ['missed > 1', '', daily, /say how far it looks back, e\.g\. looks-back: \{ occasions: 3 \}/],
  ['answers.pain > 1', three, daily, /reads no earlier entry; leave looks-back out/],
  ['missed > 1', 'looks-back: { hours: 24 },', daily, /a scheduled form looks back by/],
  ['earlier.pain.size() > 1', three, '{ every: event }', /without a schedule looks back by \{ hours/],
  ['missed > 1', 'looks-back: { hours: 24 },', '{ every: event }', /misses nothing/],
  ['baseline.total > 1', '', '{ every: event }', /has no first occasion/],
  ['earlier.pian.size() > 1', three, daily, /did you mean earlier\.pain\?/],
  ['earlier.pain.exists(e, e.valu > 1)', three, daily, /No such key: valu/],
  ['earlier.pain.exists(e, e.value == "x")', three, daily, /no such overload: double == string/],
  ['has(earlier.pain)', three, daily, /is always true; ask earlier\.pain\.size\(\) > 0/],
  ['baseline.totl > 1', '', daily, /did you mean baseline\.total\?/],
  ['missed > 1', 'looks-back: { occasions: 1000 },', daily, /100/],
]
for (const [when, looksBack, schedule, fault] of refused)
  test(`refused: ${looksBack} ${when}`, () => {
    assert.throws(
      () => compileStudy(smallFiles(form, rule(when, looksBack), schedule)),
      (error) =>
        error instanceof StudyInvalid && fault.test(JSON.stringify(error.faults.map((f) => f.message))),
    )
  })
