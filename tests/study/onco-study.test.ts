// The oncology example as a whole: it compiles in three languages, nothing in it unblinds, its schedule follows delayed
// cycles and both changes of clocks, and its rules call whom they should.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readStudyFolder } from '../../src/cli/study-folder.ts'
import { type Context, runSteps } from '../../src/processing/steps.ts'
import { lintFiles } from '../../src/study/blinding/lint-study.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { emptyCourse } from '../../src/study/course.ts'
import { createExpressions } from '../../src/study/form/expressions.ts'
import { importQuestionnaire } from '../../src/study/form/import-questionnaire.ts'
import { responseOfAnswers } from '../../src/study/form/response-of-answers.ts'
import { withoutNotes } from '../../src/study/package/notes.ts'
import { findForm } from '../../src/study/plan.ts'
import { dueOccasions } from '../../src/study/schedule/due-occasions.ts'

const folder = fileURLToPath(new URL('../../studies/onco-204/', import.meta.url))
const files = withoutNotes(readStudyFolder(folder))
const plan = compileStudy(files)

test('it has three languages everywhere, three arms, seven zones, two of them south of the equator', () => {
  assert.deepEqual(plan.languages, ['en', 'zh', 'es'])
  assert.equal(plan.arms.length, 3)
  assert.deepEqual(new Set(plan.sites.map(({ zone }) => zone)).size, 7)
  for (const zone of ['America/Santiago', 'Australia/Sydney']) {
    const january = Temporal.ZonedDateTime.from(`2026-01-15T12:00[${zone}]`).offsetNanoseconds
    const july = Temporal.ZonedDateTime.from(`2026-07-15T12:00[${zone}]`).offsetNanoseconds
    assert.ok(january > july, zone)
  }
  const { check } = createExpressions(null)
  for (const [name, text] of files) {
    if (!name.endsWith('.json')) continue
    const { report } = importQuestionnaire(JSON.parse(text), check)
    assert.deepEqual(
      report.entries.filter((one) => one.treatment === 'refused'),
      [],
      name,
    )
  }
})

test('P10: the linter finds nothing that tells the arms apart', () => {
  const leaks = lintFiles(plan, files).filter(({ severity }) => severity !== 'note')
  assert.deepEqual(leaks, [])
  const telling = new Map(files).set(
    'study.yaml',
    files.get('study.yaml')!.replace('en: Fever under', 'en: Placebo under'),
  )
  assert.ok(lintFiles(compileStudy(telling), telling).some(({ severity }) => severity === 'error'))
})

const santiago = {
  zone: 'America/Santiago',
  enrolledOn: '2026-08-10',
  course: {
    ...emptyCourse,
    // The second cycle is put off by three days; clocks go forward on 2026-09-06.
    anchors: {
      randomised: ['2026-08-16'],
      cycle: ['2026-08-17', '2026-09-10'],
      'end-of-treatment': ['2026-09-28'],
    },
  },
}
const due = (form: string) =>
  dueOccasions(plan, santiago, { from: '2026-08-01', to: '2026-12-31' }).filter((one) => one.form === form)

test('a delayed cycle moves what hangs on it, and the end of treatment ends the rest', () => {
  const capsules = due('capsule-diary').map((one) => one.occasion)
  assert.equal(capsules.length, 28)
  assert.deepEqual(
    [capsules[0], capsules[13], capsules[14], capsules.at(-1)],
    ['2026-08-17', '2026-08-30', '2026-09-10', '2026-09-23'],
  )
  // One each day from the first cycle to the day before the end.
  assert.equal(due('temperature').length, 42)
  assert.deepEqual(
    due('symptom-diary').map((one) => one.occasion),
    [
      '2026-08-17',
      '2026-08-24',
      '2026-08-31',
      '2026-09-10',
      '2026-09-17',
      '2026-09-24',
      '2026-10-05',
      '2026-10-12',
      '2026-10-19',
      '2026-10-26',
    ],
  )
  assert.deepEqual(
    due('phq-9').map((one) => one.occasion),
    ['cycle-day-1.1', 'cycle-day-1.2', 'follow-up'],
  )
  assert.deepEqual(
    due('looking-back').map((one) => one.occasion),
    ['2026-09-28'],
  )
})

test('windows are those of the clock on the wall, on both sides of the change', () => {
  const [before, after] = ['2026-08-30', '2026-09-10'].map((day) =>
    due('capsule-diary').find((one) => one.occasion === day),
  )
  assert.deepEqual(
    [before?.opensAt, before?.closesAt],
    ['2026-08-30T21:00:00.000Z', '2026-08-31T16:00:00.000Z'],
  )
  assert.deepEqual(
    [after?.opensAt, after?.closesAt],
    ['2026-09-10T20:00:00.000Z', '2026-09-11T15:00:00.000Z'],
  )
})

const patient: Context['patient'] = {
  ...santiago,
  studyId: plan.id,
  patientId: 'P-00001',
  siteId: '301',
  arm: 'G1',
  language: 'es',
  status: 'active',
  withdrawnAt: undefined,
}
function judged(form: string, answers: Record<string, unknown>, history?: Context['history']) {
  const completedAt = '2026-08-19T18:30:00-04:00[America/Santiago]'
  const submission = {
    submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
    studyId: plan.id,
    patientId: 'P-00001',
    form,
    formVersion: '1',
    completedAt,
    answers,
  }
  const receivedAt = Temporal.Instant.from(completedAt).epochMilliseconds + 1000
  const draft = runSteps({ plan, patient, receivedAt, submission, ...(history && { history }) })
  assert.equal(draft.quarantine, undefined)
  return draft
}
const codes = (draft: ReturnType<typeof judged>) => [...new Set(draft.findings.map(({ code }) => code))]

test('fever is called at 38.0, not at 37.9, and climbs a ladder', () => {
  const at = (value: number) =>
    judged('temperature', { 'body-temperature': value, 'measured-where': 'ear', chills: false })
  assert.deepEqual(at(37.9).alerts, [])
  assert.deepEqual(
    at(38).alerts.map(({ rule, severity }) => [rule, severity]),
    [['fever', 'high']],
  )
  assert.deepEqual(codes(at(38)), [])
  const rule = findForm(plan, 'temperature', '1')?.rules.find(({ id }) => id === 'fever')
  assert.equal(rule?.kind === 'alert' ? rule.escalate.length : 0, 2)
})

test('an ordinary evening, and capsules that raise questions', () => {
  const ordinary = { 'capsules-taken': true, 'capsule-count': 2, 'capsule-time': '07:30', vomited: false }
  const draft = judged('capsule-diary', ordinary)
  assert.deepEqual([draft.findings, draft.alerts, draft.placed?.status], [[], [], 'on-time'])
  assert.equal(draft.doses[0]?.outcome, 'taken-in-window')
  const many = judged('capsule-diary', { ...ordinary, 'capsule-count': 3, 'not-taken-why': 'forgot' })
  assert.deepEqual(codes(many), ['hidden-answered', 'edit-check'])
  const packs = plan.restricted.armOfPack
  const other = [...packs].find(([, arm]) => arm !== 'G1')?.[0]
  assert.equal(judged('capsule-diary', { ...ordinary, 'pack-number': other }).deviations.length, 1)
  assert.equal(judged('capsule-diary', { ...ordinary, 'pack-number': '00000' }).deviations.length, 0)
})

test('scores take the answered symptoms, four at least; repeating complaints have their own conditions', () => {
  const symptoms = {
    queasy: 'a-lot',
    'loose-stools': 'quite-some',
    'sore-mouth': 'none',
    'numb-hands-feet': 'a-little',
  }
  const declined = {
    'sore-skin': { skipped: 'asked-declined' },
    'poor-appetite': { skipped: 'asked-declined' },
  }
  const draft = judged('symptom-diary', {
    ...symptoms,
    ...declined,
    'stools-a-day': 8,
    'other-symptom': [{ 'other-name': 'tos', 'other-severity': 'a-lot' }],
  })
  assert.deepEqual(
    draft.scores.map(({ id, value }) => [id, value]),
    [
      ['symptom-burden', 1.5],
      ['worst-symptom', 3],
    ],
  )
  assert.deepEqual(codes(draft), ['required-missing'])
  assert.deepEqual(
    draft.alerts.map(({ rule }) => rule),
    ['many-loose-stools'],
  )
  const { queasy: _, ...three } = symptoms
  assert.equal(judged('symptom-diary', { ...three, ...declined }).scores[0]?.value, null)
})

test('PHQ-9 in Spanish asks what it asks in English, and its ninth item calls somebody', () => {
  const answers = Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [`phq9-${index + 1}`, 'several-days']),
  )
  const draft = judged('phq-9', answers)
  assert.deepEqual(
    draft.scores.map(({ id, value, band }) => [id, value, band?.code]),
    [['phq-9-total', 9, 'mild']],
  )
  assert.deepEqual(
    draft.alerts.map(({ rule }) => rule),
    ['phq-9-item-9'],
  )
  const first = findForm(plan, 'phq-9', '1')?.itemById.get('phq9-1')
  assert.equal(first?.text.es, 'Poco interés o placer en hacer cosas')
})

test('a response goes out in the language the patient saw, with the unit of the form', () => {
  const { definition } = findForm(plan, 'temperature', '1')!
  const told = (language?: string) =>
    JSON.stringify(
      responseOfAnswers(definition, { 'body-temperature': 38.4, 'measured-where': 'ear' }, {}, language),
    )
  assert.match(
    told('es-CL'),
    /¿Qué temperatura tiene ahora\?.*"value":38.4,"unit":"°C".*"code":"Cel".*"display":"Oído"/,
  )
  assert.match(told('zh'), /您现在的体温是多少？.*"display":"耳朵"/)
  for (const other of ['en-GB', 'fr', undefined])
    assert.match(told(other), /What is your body temperature now\?.*"display":"Ear"/)
})
