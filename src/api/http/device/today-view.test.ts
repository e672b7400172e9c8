// What a phone is told to be due is what processing would take as such, in every zone; and nothing in it tells an arm.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { OccasionRow } from '../../../records/derivation-store.ts'
import type { Patient } from '../../../records/patient-store.ts'
import { compileStudy } from '../../../study/compile-study.ts'
import { emptyCourse, type PatientCourse } from '../../../study/course.ts'
import { placeSubmission } from '../../../study/place.ts'
import type { StudyPlan } from '../../../study/plan.ts'
import { type StudyVersions, singleVersion, studyVersions } from '../../../study/study-versions.ts'
import { demoFiles, exampleFiles } from '../../../study/testing/demo-plan.ts'
import { plannedOccasions, todayView } from './today-view.ts'

const morning = compileStudy(demoFiles())
const onco = compileStudy(exampleFiles('onco-204'))
const constants = { receiptKeys: [{ id: 'aabbccdd', spki: 'AA==' }], pushKey: null }

const patientOf = (more: Partial<Patient> = {}): Patient => ({
  studyId: 'MORNING-301',
  patientId: 'P-00001',
  siteId: '201',
  arm: 'G1',
  zone: 'Europe/Berlin',
  language: 'en',
  status: 'active',
  enrolledOn: '2026-01-05',
  withdrawnAt: undefined,
  course: emptyCourse,
  ...more,
})

type Asked = {
  patient?: Partial<Patient>
  at?: string
  filled?: readonly Partial<OccasionRow>[]
  language?: string
  onlyForm?: string
  versions?: StudyVersions
}

function today(plan: StudyPlan, { patient, at = '2026-03-10T09:00:00Z', filled = [], ...asked }: Asked = {}) {
  const facts = {
    versions: asked.versions ?? singleVersion(plan),
    patient: patientOf(patient),
    nowMs: Date.parse(at),
    language: asked.language ?? 'en',
    onlyForm: asked.onlyForm,
  }
  const rows = filled.map((row) => ({
    form: 'daily-diary',
    occasion: '',
    position: 1,
    status: 'on-time',
    standing: 'submitted',
    recordedAt: facts.nowMs,
    ...row,
  }))
  return todayView(facts, plannedOccasions(facts), rows, constants)
}

const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia']
const instant = fc
  .integer({ min: Date.parse('2026-01-20T00:00:00Z'), max: Date.parse('2027-01-20T00:00:00Z') })
  .map((ms) => Math.floor(ms / 60_000) * 60_000)
const course: fc.Arbitrary<PatientCourse> = fc
  .tuple(fc.constantFrom(...zones), instant, fc.boolean())
  .map(([zone, from, travels]) => ({
    ...emptyCourse,
    anchors: {
      randomised: ['2026-01-08'],
      cycle: ['2026-01-08', '2026-01-29', '2026-02-23', '2026-03-16'],
      'end-of-treatment': ['2026-06-02'],
    },
    zones: travels ? [{ from: new Date(from).toISOString(), zone }] : [],
  }))

test('U18: a phone in another zone is told the windows by which its entries are placed', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.constantFrom(...zones), instant, (home, zone, nowMs) => {
      const patient = patientOf({ zone: home })
      const facts = { versions: singleVersion(morning), patient, nowMs, language: 'en', onlyForm: undefined }
      const { due } = todayView({ ...facts, zone }, plannedOccasions({ ...facts, zone }), [], constants)
      const completedAt = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(zone).toString()
      const open = due.filter(({ state }) => state === 'open')
      assert.ok(open.length > 0)
      for (const { form, formVersion, occasion } of open) {
        const placed = placeSubmission(morning, patient, {
          form,
          formVersion,
          occasion,
          completedAt,
          receivedAtMs: nowMs + 500,
          submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
        })
        assert.ok(placed.placed)
        assert.deepEqual(
          [placed.occasion, placed.status],
          [occasion, 'on-time'],
          `${home} → ${zone} ${completedAt}`,
        )
      }
      const told = todayView(facts, plannedOccasions(facts), [], constants).due
      if (JSON.stringify(told) !== JSON.stringify(due)) seen.add('differs')
    }),
  )
  assert.deepEqual([...seen], ['differs'], 'control: the zone matters')
})

test('a zone that does not exist changes nothing', () => {
  const facts = {
    versions: singleVersion(morning),
    patient: patientOf(),
    nowMs: Date.parse('2026-03-10T09:00:00Z'),
  }
  const asked = { ...facts, language: 'en', onlyForm: undefined }
  for (const zone of ['', 'Mars/Olympus', '../etc'])
    assert.deepEqual(plannedOccasions({ ...asked, zone }), plannedOccasions(asked))
})

test('U18: what is open is taken on time, what is planned is early, what is missed is late', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(
      fc.constantFrom(morning, onco),
      fc.constantFrom(...zones),
      course,
      instant,
      fc.nat(),
      (plan, zone, course, nowMs, pick) => {
        const patient = patientOf({ zone, course })
        const facts = {
          versions: singleVersion(plan),
          patient,
          nowMs,
          language: 'en',
          onlyForm: undefined,
        }
        const { due } = todayView(facts, plannedOccasions(facts), [], constants)
        const evaluable = due.filter(({ state }) => state !== 'not-evaluable')
        // All that is open, and one other: the many of the past and future are alike.
        const others = evaluable.filter(({ state }) => state !== 'open')
        const chosen = [...evaluable.filter(({ state }) => state === 'open'), others[pick % others.length]]
        for (const one of chosen) {
          if (one === undefined) continue
          const completedAt = Temporal.Instant.fromEpochMilliseconds(nowMs)
            .toZonedDateTimeISO(one.zone)
            .toString()
          const placed = placeSubmission(plan, patient, {
            form: one.form,
            formVersion: one.formVersion,
            occasion: one.occasion,
            completedAt,
            receivedAtMs: nowMs + 500,
            submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
          })
          assert.ok(placed.placed, one.key)
          seen.add(one.state)
          const wanted = { open: 'on-time', planned: 'early', missed: 'late' }[one.state as 'open']
          assert.deepEqual(
            [placed.occasion, placed.dueDate, placed.status, placed.opensAt, placed.closesAt],
            [one.occasion, one.dueDate, wanted, one.opensAt, one.closesAt],
            `${one.key} at ${completedAt}`,
          )
          assert.ok(!placed.findings.some(({ code }) => code === 'not-due' || code === 'before-enrolment'))
        }
      },
    ),
    { numRuns: 400 },
  )
  assert.deepEqual(seen, new Set(['open', 'planned', 'missed']))
})

test('P10: patients of all arms are told the same, byte for byte', () => {
  for (const plan of [morning, onco]) {
    const answers = plan.arms.map(({ code }) => {
      const course = { ...emptyCourse, anchors: { cycle: ['2026-03-02'], randomised: ['2026-03-02'] } }
      return JSON.stringify(today(plan, { patient: { arm: code, course } }))
    })
    assert.equal(new Set(answers).size, 1)
    // Control: what another patient is told is another answer.
    assert.notEqual(answers[0], JSON.stringify(today(plan, { patient: { siteId: '101' } })))
    for (const told of [...plan.restricted.arms.values()].flatMap(({ role, text }) => [
      role,
      ...Object.values(text),
    ]))
      assert.ok(!answers[0]?.includes(`"${told}"`), told)
  }
})

test('an occasion with an entry is submitted; void, left out and skipped ones are not to be judged', () => {
  const filled = [
    { occasion: '2026-03-10', recordedAt: Date.parse('2026-03-10T08:00:00Z') },
    { occasion: '2026-03-09', standing: 'void' },
  ]
  const course = { ...emptyCourse, notEvaluable: [{ from: '2026-03-01', to: '2026-03-02', reason: 'stay' }] }
  const { due } = today(morning, { filled, patient: { course } })
  const state = (date: string) => {
    const one = due.find(({ key }) => key === `daily-diary/${date}`)
    return [one?.state, one?.submittedAt]
  }
  assert.deepEqual(state('2026-03-10'), ['submitted', '2026-03-10T08:00:00.000Z'])
  assert.deepEqual(state('2026-03-09')[0], 'not-evaluable')
  assert.deepEqual(state('2026-03-02'), ['not-evaluable', null])
  assert.deepEqual(state('2026-03-03'), ['missed', null])
  assert.deepEqual(state('2026-03-11'), ['planned', null])
})

test('the days shown reach from 31 days back to 14 ahead of the patient’s own date', () => {
  const dates = (asked: Asked) => {
    const days = today(morning, asked).due.filter(({ form }) => form === 'daily-diary')
    return [days[0]?.dueDate, days.at(-1)?.dueDate, days.length]
  }
  assert.deepEqual(dates({ at: '2026-03-10T09:00:00Z' }), ['2026-02-07', '2026-03-24', 46])
  // 23:30 in London is the next day for whoever is in Sydney now.
  const course = { ...emptyCourse, zones: [{ from: '2026-03-01T00:00:00Z', zone: 'Australia/Sydney' }] }
  assert.deepEqual(dates({ at: '2026-03-10T23:30:00Z', patient: { course } }), [
    '2026-02-08',
    '2026-03-25',
    46,
  ])
})

test('grace and windows are instants of the version that holds; the window of a change of clocks is whole', () => {
  const one = today(morning, { at: '2026-03-29T09:00:00Z' }).due.find(
    ({ key }) => key === 'daily-diary/2026-03-29',
  )
  assert.equal(one?.opensAt, '2026-03-28T23:00:00.000Z')
  assert.equal(one?.closesAt, '2026-03-29T22:00:00.000Z')
  assert.equal(one?.graceUntil, '2026-03-29T22:30:00.000Z')
  assert.equal(one?.zone, 'Europe/Berlin')
})

test('after a withdrawal nothing is due and no event is offered, what was sent stays', () => {
  const patient = { status: 'withdrawn' as const, withdrawnAt: '2026-03-09T10:00:00Z' }
  const filled = [{ occasion: '2026-03-09' }]
  const told = today(morning, { patient, filled })
  assert.equal(told.patient.status, 'withdrawn')
  assert.deepEqual(told.events, [])
  assert.equal(told.due.find(({ key }) => key === 'daily-diary/2026-03-09')?.state, 'submitted')
  assert.ok(told.due.every(({ state }) => state === 'missed' || state === 'submitted'))
  assert.equal(today(morning, { patient }).due.filter(({ dueDate }) => dueDate >= '2026-03-09').length, 0)
  // Control: one that takes effect tomorrow changes nothing today.
  const later = today(morning, { patient: { ...patient, withdrawnAt: '2026-03-11T10:00:00Z' } })
  assert.equal(later.patient.status, 'active')
  assert.equal(later.due.find(({ key }) => key === 'daily-diary/2026-03-10')?.state, 'open')
})

test('who has reached the end of the schedule is told so, not before the follow-up is over', () => {
  const course = {
    ...emptyCourse,
    anchors: { randomised: ['2026-01-08'], cycle: ['2026-01-08'], 'end-of-treatment': ['2026-02-01'] },
  }
  const status = (at: string) => today(onco, { at, patient: { course } }).patient.status
  assert.equal(status('2026-02-10T09:00:00Z'), 'active')
  assert.equal(status('2026-03-20T09:00:00Z'), 'completed')
})

test('texts come in the nearest language of the study, else in its first', () => {
  const told = (language: string) => today(onco, { language })
  assert.equal(told('zh-Hant').site.name, '曼萨纳雷斯医院')
  assert.equal(told('es-MX').lateReasons[0]?.text, 'Forgotten')
  assert.equal(told('es-MX').events[0]?.title, 'Medicación para las náuseas')
  assert.equal(told('ar').site.name, 'Manzanares Hospital')
  assert.match(told('ar').forms[0]?.url ?? '', /language=en&plan=[0-9a-f]{16}$/)
  assert.equal(told('en').site.phone, '+34 91 555 02 01')
  assert.equal(told('en').proxy, true)
  assert.match(told('zh').help ?? '', /急救电话/)
})

test('every form that is shown is named once, with the hash of its bytes', () => {
  const { forms, due, events } = today(morning)
  assert.deepEqual(forms.map(({ form, formVersion }) => `${form}@${formVersion}`).sort(), [
    'daily-diary@1',
    'phq-9@1',
    'rescue-medication@1',
  ])
  const named = new Set(forms.map(({ form, formVersion }) => `${form}@${formVersion}`))
  for (const { form, formVersion } of [...due, ...events]) assert.ok(named.has(`${form}@${formVersion}`))
  for (const { sha256 } of forms) assert.match(sha256, /^[0-9a-f]{64}$/)
})

test('a tablet handed over for one form is told of that form alone', () => {
  const told = today(morning, { onlyForm: 'phq-9' })
  assert.deepEqual(new Set(told.due.map(({ form }) => form)), new Set(['phq-9']))
  assert.deepEqual(told.events, [])
  assert.deepEqual(
    told.forms.map(({ form }) => form),
    ['phq-9'],
  )
})

test('each due date shows the version that the site has taken by then', () => {
  const files = demoFiles()
  const yaml = files.get('study.yaml') as string
  files.set(
    'study.yaml',
    yaml.replace('version: "1"', 'version: "2"').replace('grace-minutes: 30', 'grace-minutes: 5'),
  )
  const second = compileStudy(files)
  const source = (plan: StudyPlan) => ({
    version: plan.version,
    plan: () => plan,
    formKeys: () => new Set(plan.forms.keys()),
  })
  const versions = studyVersions(
    'MORNING-301',
    [source(morning), source(second)],
    [{ siteId: '201', version: '2', fromDate: '2026-03-12' }],
  )
  const { due, forms } = today(morning, { versions })
  const grace = (date: string) => {
    const one = due.find(({ key }) => key === `daily-diary/${date}`)
    return one === undefined ? null : (Date.parse(one.graceUntil) - Date.parse(one.closesAt)) / 60_000
  }
  assert.deepEqual([grace('2026-03-11'), grace('2026-03-12')], [30, 5])
  assert.equal(due.filter(({ key }) => key === 'daily-diary/2026-03-12').length, 1)
  assert.equal(forms.length, 3)
  assert.deepEqual(
    due.map(({ dueDate }) => dueDate),
    due.map(({ dueDate }) => dueDate).sort(),
  )
})
