// Patients on both engines: a taken id is left alone, withdrawal happens once, pages come in one order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as postgres from '../../src/records/patient-store.postgres.ts'
import * as sqlite from '../../src/records/patient-store.sqlite.ts'
import type { NewPatientRow, Patient, PatientStore } from '../../src/records/patient-store.ts'
import { courseText, emptyCourse } from '../../src/study/course.ts'
import { engines, type Ground, openPostgresGround } from '../support/engines.ts'
import { hostileTexts } from '../support/hostile-texts.ts'
import { payloadsOn, whenWaiting } from '../support/postgres-watch.ts'

const storeOn = (ground: Ground): PatientStore =>
  ground.name === 'sqlite' ? sqlite.patientStore(ground.trial) : postgres.patientStore(ground.db.pool)

const row = (patientId: string, other: Partial<NewPatientRow> = {}): NewPatientRow => ({
  studyId: 'S',
  patientId,
  siteId: 'site-1',
  arm: 'A',
  zone: 'Europe/Rome',
  language: 'it',
  status: 'active',
  enrolledOn: '2026-02-29',
  withdrawnAt: undefined,
  salt: `salt of ${patientId}`,
  ...other,
})
const patientOf = ({ salt: _, ...patient }: NewPatientRow): Patient => ({ ...patient, course: emptyCourse })

const enrol = (ground: Ground, store: PatientStore, ...rows: NewPatientRow[]) =>
  ground.transaction(async (tx) => [...(await store.addAll(tx, rows))].sort())

for (const engine of engines) {
  const on = (name: string, work: (ground: Ground, store: PatientStore) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(ground, storeOn(ground))
    })

  on('nobody', async (ground, store) => {
    assert.equal(await store.find('S', 'P'), undefined)
    assert.deepEqual(await store.after('S', '', 10), [])
    assert.deepEqual([...(await store.enrolled('S', ['P']))], [])
    assert.deepEqual([...(await store.counts())], [])
    assert.deepEqual(await enrol(ground, store), [])
  })

  on('enrolled patients come back whole, and without their salt', async (ground, store) => {
    const withdrawn = row('2', { status: 'withdrawn', withdrawnAt: '2026-03-01T10:00:00.000Z' })
    assert.deepEqual(await enrol(ground, store, row('1'), withdrawn), ['1', '2'])
    assert.deepEqual(await store.find('S', '1'), patientOf(row('1')))
    assert.deepEqual(await store.find('S', '2'), patientOf(withdrawn))
    assert.equal((await store.find('S', '1'))?.withdrawnAt, undefined)
  })

  on('a taken id is left as it is; the same id is free in another study', async (ground, store) => {
    await enrol(ground, store, row('1'))
    const again = [row('1', { arm: 'B', salt: 'other' }), row('2')]
    assert.deepEqual(await enrol(ground, store, ...again), ['2'])
    assert.equal((await store.find('S', '1'))?.arm, 'A')
    assert.deepEqual(await enrol(ground, store, row('1', { studyId: 'T', arm: 'B' })), ['1'])
    assert.equal((await store.find('T', '1'))?.arm, 'B')
    assert.deepEqual([...(await store.counts())].sort(), [
      ['S', 2],
      ['T', 1],
    ])
  })

  on('a course is kept as it was set, for one patient of one study', async (ground, store) => {
    await enrol(ground, store, row('1'), row('2'), row('1', { studyId: 'T' }))
    const course = {
      anchors: { cycle: ['2026-01-05', '2026-01-27'], randomised: ['2026-01-05'] },
      zones: [{ from: '2026-02-01T00:00:00.000Z', zone: 'Asia/Tokyo' }],
      doseLevels: [{ dose: 'd', level: '1', from: '2026-01-05' }],
      holds: [{ dose: 'd', from: '2026-01-07', to: null, reason: 'x' }],
      notEvaluable: [{ from: '2026-01-07', to: '2026-01-08', reason: 'hospital' }],
    }
    await ground.transaction(async (tx) => store.setCourse(tx, 'S', '1', courseText(course)))
    assert.deepEqual((await store.find('S', '1'))?.course, course)
    assert.deepEqual(
      (await store.after('S', '', 10)).map((p) => p.course),
      [course, emptyCourse],
    )
    assert.deepEqual((await store.find('T', '1'))?.course, emptyCourse)
    await ground.transaction(async (tx) => store.setCourse(tx, 'S', '1', courseText(emptyCourse)))
    assert.deepEqual((await store.find('S', '1'))?.course, emptyCourse)
    const nobody = ground.transaction(async (tx) => store.setCourse(tx, 'S', 'unknown', '{}'))
    await assert.rejects(nobody, /no patient unknown in S/)
  })

  on('withdrawal counts once, for a patient of this study only', async (ground, store) => {
    await enrol(ground, store, row('1'), row('2'), row('1', { studyId: 'T' }))
    const withdraw = (study: string, id: string, at: string) =>
      ground.transaction(async (tx) => store.withdraw(tx, study, id, at))
    assert.equal(await withdraw('S', '1', '2026-03-01T10:00:00.000Z'), true)
    assert.equal(await withdraw('S', '1', '2026-04-01T10:00:00.000Z'), false)
    assert.equal(await withdraw('S', 'unknown', '2026-04-01T10:00:00.000Z'), false)
    assert.equal(await withdraw('unknown', '2', '2026-04-01T10:00:00.000Z'), false)
    const gone = { ...patientOf(row('1')), status: 'withdrawn', withdrawnAt: '2026-03-01T10:00:00.000Z' }
    assert.deepEqual(await store.find('S', '1'), gone)
    assert.equal((await store.find('S', '2'))?.status, 'active')
    assert.equal((await store.find('T', '1'))?.status, 'active')
    assert.deepEqual([...(await store.enrolled('S', ['1']))], ['1'])
  })

  on('pages in byte order, from after an id', async (ground, store) => {
    const ids = ['b', 'é', 'B', 'a', '10', '9']
    await enrol(ground, store, ...ids.map((id) => row(id)), row('c', { studyId: 'T' }))
    const page = async (after: string, limit: number) =>
      (await store.after('S', after, limit)).map((p) => p.patientId)
    assert.deepEqual(await page('', 10), ['10', '9', 'B', 'a', 'b', 'é'])
    assert.deepEqual(await page('', 2), ['10', '9'])
    assert.deepEqual(await page('9', 2), ['B', 'a'])
    assert.deepEqual(await page('C', 1), ['a'])
    assert.deepEqual(await page('é', 10), [])
    assert.deepEqual(await page('', 0), [])
  })

  on('which of some ids are enrolled', async (ground, store) => {
    await enrol(ground, store, row('1'), row('2'), row('3', { studyId: 'T' }))
    assert.deepEqual([...(await store.enrolled('S', ['2', '3', 'x', '1', '2']))].sort(), ['1', '2'])
    assert.deepEqual([...(await store.enrolled('S', []))], [])
    assert.deepEqual([...(await store.enrolled('unknown', ['1']))], [])
  })

  on('texts of any kind come back as they were', async (ground, store) => {
    const rows = hostileTexts.map((t) => row(t, { studyId: t, siteId: t, arm: t, zone: t, language: t }))
    for (const one of rows) assert.deepEqual(await enrol(ground, store, one), [one.patientId])
    for (const one of rows) {
      assert.deepEqual(await store.find(one.studyId, one.patientId), patientOf(one))
      assert.deepEqual([...(await store.enrolled(one.studyId, hostileTexts))], [one.patientId])
    }
    assert.deepEqual(await enrol(ground, store, ...hostileTexts.map((t) => row(t))), [...hostileTexts].sort())
    assert.deepEqual([...(await store.enrolled('S', hostileTexts))].sort(), [...hostileTexts].sort())
  })

  on('nothing of a transaction that fails', async (ground, store) => {
    const failing = ground.transaction(async (tx) => {
      await store.addAll(tx, [row('1')])
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.equal(await store.find('S', '1'), undefined)
  })

  on('thousands at once', async (ground, store) => {
    const many = Array.from({ length: 5000 }, (_, i) => row(String(i).padStart(4, '0')))
    assert.equal((await enrol(ground, store, ...many)).length, 5000)
    assert.equal((await store.counts()).get('S'), 5000)
    assert.equal(
      (
        await store.enrolled(
          'S',
          many.map((p) => p.patientId),
        )
      ).size,
      5000,
    )
  })
}

test('postgres: two nodes that enrol the same patients in opposite orders do not stop each other', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const ids = Array.from({ length: 300 }, (_, i) => String(i))
  const both = await Promise.all([
    enrol(ground, store, ...ids.map((id) => row(id))),
    enrol(ground, store, ...ids.toReversed().map((id) => row(id))),
  ])
  assert.deepEqual(both.flat().sort(), ids.toSorted())
})

test('postgres: whoever enrols a patient whom another node is enrolling waits, and leaves that one alone', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const waits = Promise.withResolvers<void>()
  const first = ground.transaction(async (tx) => {
    const added = await store.addAll(tx, [row('1')])
    waits.resolve()
    await whenWaiting(ground, 1)
    return [...added]
  })
  await waits.promise
  assert.deepEqual(await enrol(ground, store, row('1', { arm: 'B' }), row('2')), ['2'])
  assert.deepEqual(await first, ['1'])
  assert.equal((await store.find('S', '1'))?.arm, 'A')
})

test('postgres: the other nodes are told of each patient who changed, at the commit', async () => {
  await using ground = await openPostgresGround()
  const store = storeOn(ground)
  const told = await payloadsOn(ground, postgres.patientsChannel)
  const failing = ground.transaction(async (tx) => {
    await store.addAll(tx, [row('gone')])
    throw new Error('on purpose')
  })
  await assert.rejects(failing)
  await enrol(ground, store, row('1'), row('2'))
  await enrol(ground, store, row('1'))
  const withdraw = (id: string) => ground.transaction(async (tx) => store.withdraw(tx, 'S', id, 'now'))
  await withdraw('2')
  await withdraw('2')
  await enrol(ground, store, row('"last"'))
  assert.deepEqual(await told(4), [
    { study: 'S', patient: '1' },
    { study: 'S', patient: '2' },
    { study: 'S', patient: '2' },
    { study: 'S', patient: '"last"' },
  ])
})
