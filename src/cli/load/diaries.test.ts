import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDiaries, readTokens } from './diaries.ts'
import { DiaryDays, daysBack } from './diary-days.ts'

type Sent = {
  submissionId: string
  patientId: string
  form: string
  occasion?: string
  startedAt: string
  completedAt: string
  sentAt: string
  language: string
  answers: Record<string, unknown>
}

const patients = Array.from({ length: 6 }, (_, i) => ({ patientId: `P-0000${i + 1}`, token: `t${i}` }))
const make = (nowMs = Date.now()) => createDiaries({ patients, studyId: 'MORNING-301', seed: 1, nowMs })
const read = (body: Buffer): Sent => JSON.parse(body.toString('utf8'))

test('all patients get the newest day before any gets the day before', () => {
  const diaries = make()
  const newest = patients.map((_, patient) => localDate(read(diaries.take(patient).body)))
  const maker = make()
  for (const [patient, date] of newest.entries()) {
    const diary = maker.next()
    assert.equal(diary.patient, patient)
    assert.equal(localDate(read(diary.body)), date)
  }
})

test('no patient has two diaries for one day, nor two PHQ-9 in seven days; after 80 days only events follow', () => {
  const diaries = make()
  const days = new Set<string>()
  const weekly = new Map<string, Temporal.PlainDate>()
  const forms = { 'daily-diary': 0, 'phq-9': 0, 'rescue-medication': 0 }
  for (let i = 0; i < patients.length * (daysBack + 40); i++) {
    const sent = read(diaries.next().body)
    forms[sent.form as keyof typeof forms]++
    if (sent.form === 'rescue-medication') continue
    const key = `${sent.patientId} ${localDate(sent)}`
    assert.ok(!days.has(key), key)
    days.add(key)
    if (sent.form === 'daily-diary') assert.equal(sent.occasion, localDate(sent))
    else {
      const date = Temporal.PlainDate.from(localDate(sent))
      const later = weekly.get(sent.patientId)
      if (later !== undefined) assert.equal(date.until(later).days, 7)
      weekly.set(sent.patientId, date)
    }
  }
  assert.equal(days.size, patients.length * daysBack)
  assert.ok(
    forms['phq-9'] >= patients.length * 11 && forms['phq-9'] <= patients.length * 12,
    JSON.stringify(forms),
  )
})

test('times are valid, in order, between 08:00 and 09:00 local, and in the past', () => {
  // Around the end of European and Lord Howe summer time, and shortly after midnight UTC.
  for (const now of ['2026-10-25T00:30:00Z', '2026-04-05T12:00:00Z', '2026-11-22T00:59:00Z']) {
    const nowMs = Date.parse(now)
    const diaries = make(nowMs)
    for (let i = 0; i < 600; i++) {
      const sent = read(diaries.next().body)
      // Temporal refuses an offset that the zone does not have at that moment.
      const started = Temporal.ZonedDateTime.from(sent.startedAt, { offset: 'reject' })
      const completed = Temporal.ZonedDateTime.from(sent.completedAt, { offset: 'reject' })
      assert.equal(completed.hour, 8)
      assert.ok(
        Temporal.ZonedDateTime.compare(started, completed) < 0,
        `${sent.startedAt} ${sent.completedAt}`,
      )
      assert.ok(completed.epochMilliseconds < nowMs, `${sent.completedAt} at ${now}`)
      assert.match(sent.submissionId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
  }
})

test('sentAt is the present moment in the zone', () => {
  const days = new DiaryDays(0)
  assert.equal(
    days.sentAt('Asia/Kolkata', Date.UTC(2026, 10, 22, 0, 0, 1, 999)),
    '2026-11-22T05:30:01+05:30[Asia/Kolkata]',
  )
})

test('eventsOnly makes no diary that has an occasion', () => {
  const diaries = createDiaries({
    patients,
    studyId: 'MORNING-301',
    seed: 1,
    nowMs: Date.now(),
    eventsOnly: true,
  })
  const forms = Array.from({ length: 100 }, () => read(diaries.next().body).form)
  assert.deepEqual(new Set(forms), new Set(['rescue-medication']))
})

test('ids are unique also between two makers with one seed', () => {
  const ids = new Set<string>()
  for (const diaries of [make(), make()]) for (let i = 0; i < 5000; i++) ids.add(diaries.next().submissionId)
  assert.equal(ids.size, 10_000)
})

test('readTokens reads tab-separated lines and refuses others without showing them', () => {
  assert.deepEqual(readTokens('P-00001\tabc\nP-00002\tdef\n'), [
    { patientId: 'P-00001', token: 'abc' },
    { patientId: 'P-00002', token: 'def' },
  ])
  assert.throws(
    () => readTokens('P-00001\tabc\nsecret-token\n'),
    (error: Error) => {
      assert.match(error.message, /line 2/)
      assert.doesNotMatch(error.message, /secret/)
      return true
    },
  )
})

function localDate(sent: Sent): string {
  return sent.completedAt.slice(0, 10)
}
