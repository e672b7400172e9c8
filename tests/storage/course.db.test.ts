// Actions on a patient's course on both engines: what they set, what the audit log keeps of it, what they refuse.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StaffAction } from '../../src/cli/control-client.ts'
import { journalReader } from '../../src/intake/journal-store.sqlite.ts'
import { carryOut } from '../../src/processing/staff-actions.postgres.ts'
import { type Action, perform } from '../../src/processing/staff-actions.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore as postgresAudit } from '../../src/records/audit-store.postgres.ts'
import { auditStore as sqliteAudit } from '../../src/records/audit-store.sqlite.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { courseBefore, emptyCourse } from '../../src/study/course.ts'
import { singleVersion } from '../../src/study/study-versions.ts'
import { item, smallFiles } from '../../src/study/testing/small-study.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { engines, type Ground } from '../support/engines.ts'

const by = { actor: 'staff:nurse', reason: 'visit done' }
const plan = compileStudy(
  smallFiles(
    [item('a', 'boolean')],
    `anchors:
  - { id: randomised, title: { en: A, zh: 甲 } }
  - { id: cycle, title: { en: A, zh: 甲 }, repeats: true }
facts: { sex: { text: { en: A, zh: 甲 }, values: { female: { text: { en: A, zh: 甲 } }, male: { text: { en: B, zh: 乙 } } } } }
`,
  ),
)
const studyId = plan.id
const versions = () => singleVersion(plan)

/** An engine with one patient P, and its actions, one transaction each. */
async function scene(ground: Ground) {
  const signer = importSigner('levee-log-test', makeSigningKey())
  const stores =
    ground.name === 'sqlite'
      ? sqliteStores(ground.trial, journalReader(ground.journal))
      : postgresStores(ground.db.pool)
  const act = (asked: StaffAction) => {
    const action = { ...asked, by } as Action
    if (ground.name === 'postgres') return carryOut(ground.db, async () => versions, action)
    const audit = auditLog(sqliteAudit(ground.trial), () => signer)
    return ground.transaction(async (tx) => {
      const result = await perform({ tx, stores, audit, versions, now: 1_780_000_000_000 }, action)
      audit.save(tx)
      return result
    })
  }
  const person = {
    patientId: 'P',
    siteId: '1',
    arm: 'A',
    zone: 'Europe/Berlin',
    language: 'de',
    enrolledOn: '2026-01-05',
  }
  await act({ do: 'create-patients', studyId, patients: [person] })
  const reader = ground.name === 'sqlite' ? sqliteAudit(ground.trial) : postgresAudit(ground.db.pool)
  return {
    anchor: (anchor: string, date: string | null, cycle?: number) =>
      act({
        do: 'set-anchor',
        studyId,
        patientId: 'P',
        anchor,
        date,
        ...(cycle === undefined ? {} : { cycle }),
      }),
    leaveOut: (from: string, to: string, cause = 'hospital') =>
      act({ do: 'mark-not-evaluable', studyId, patientId: 'P', from, to, cause }),
    enrol: (patientId: string, facts: Record<string, string>) =>
      act({ do: 'create-patients', studyId, patients: [{ ...person, patientId, facts }] }),
    courseOf: async (patientId: string) => (await stores.patients.find(studyId, patientId))?.course,
    course: async () => (await stores.patients.find(studyId, 'P'))!.course,
    async log() {
      const leaves = []
      for await (const { leaf } of reader.leavesFrom(studyId, 1)) leaves.push(JSON.parse(leaf))
      return leaves as { action: string; before: string; after: string; actor: string; reason: string }[]
    },
  }
}
type Scene = Awaited<ReturnType<typeof scene>>

for (const engine of engines) {
  const on = (name: string, work: (s: Scene) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(await scene(ground))
    })

  on(
    'dates of anchors are entered, corrected and taken back; each leaves its old value on record',
    async (s) => {
      await s.anchor('randomised', '2026-01-12')
      await s.anchor('cycle', '2026-01-12')
      await s.anchor('cycle', '2026-02-04')
      await s.anchor('cycle', '2026-02-02', 2)
      await s.anchor('randomised', '2026-01-13')
      const anchors = { cycle: ['2026-01-12', '2026-02-02'], randomised: ['2026-01-13'] }
      assert.deepEqual(await s.course(), { ...emptyCourse, anchors })
      await s.anchor('cycle', '2026-02-02', 2)
      await s.anchor('cycle', null)
      await s.anchor('randomised', null)
      assert.deepEqual((await s.course()).anchors, { cycle: ['2026-01-12'] })
      const log = await s.log()
      assert.deepEqual(
        log.map(({ before, after }) => [JSON.parse(before).anchors, JSON.parse(after).anchors]),
        [
          [{ randomised: [] }, { randomised: ['2026-01-12'] }],
          [{ cycle: [] }, { cycle: ['2026-01-12'] }],
          [{ cycle: ['2026-01-12'] }, { cycle: ['2026-01-12', '2026-02-04'] }],
          [{ cycle: ['2026-01-12', '2026-02-04'] }, { cycle: ['2026-01-12', '2026-02-02'] }],
          [{ randomised: ['2026-01-12'] }, { randomised: ['2026-01-13'] }],
          [{ cycle: ['2026-01-12', '2026-02-02'] }, { cycle: ['2026-01-12'] }],
          [{ randomised: ['2026-01-13'] }, { randomised: [] }],
        ],
      )
      for (const { action, actor, reason } of log)
        assert.deepEqual([action, actor, reason], ['patient.anchor-set', 'staff:nurse', 'visit done'])
      // Going back through the log leads to the course as it was when the patient was enrolled.
      assert.deepEqual(
        log.toReversed().reduce((course, { before }) => courseBefore(course, before), await s.course()),
        emptyCourse,
      )
    },
  )

  on('spans that cannot be judged are kept in order, each once', async (s) => {
    await s.leaveOut('2026-02-03', '2026-02-05')
    await s.leaveOut('2026-01-20', '2026-01-20', 'device-failure')
    await s.leaveOut('2026-02-03', '2026-02-05')
    assert.deepEqual((await s.course()).notEvaluable, [
      { from: '2026-01-20', to: '2026-01-20', reason: 'device-failure' },
      { from: '2026-02-03', to: '2026-02-05', reason: 'hospital' },
    ])
    assert.equal((await s.log()).length, 2)
  })

  on('facts are given at enrolment, and only those that the study declares', async (s) => {
    await s.enrol('Q', { sex: 'female' })
    assert.deepEqual(await s.courseOf('Q'), { ...emptyCourse, facts: { sex: 'female' } })
    const refused: Record<string, string>[] = [{ sex: 'other' }, { height: '170' }, { toString: 'x' }]
    for (const facts of refused) await assert.rejects(s.enrol('R', facts), { code: 'submission.invalid' })
    assert.equal(await s.courseOf('R'), undefined)
  })

  on('what does not fit is refused, and leaves nothing', async (s) => {
    await s.anchor('cycle', '2026-01-12')
    const refused: [string, () => Promise<unknown>][] = [
      ['anchor', () => s.anchor('enrolled', '2026-01-12')],
      ['anchor', () => s.anchor('toString', '2026-01-12')],
      ['date', () => s.anchor('randomised', '2026-02-30')],
      ['date', () => s.anchor('cycle', '2026-01-12')],
      ['date', () => s.anchor('cycle', '2026-01-01')],
      ['cycle', () => s.anchor('cycle', '2026-03-01', 3)],
      ['cycle', () => s.anchor('cycle', '2026-03-01', 0)],
      ['to', () => s.leaveOut('2026-01-20', '2026-01-19')],
      ['cause', () => s.leaveOut('2026-01-20', '2026-01-21', 'weather')],
    ]
    for (const [member, work] of refused)
      await assert.rejects(work, (error: { code?: string; details?: { member?: string } }) => {
        assert.deepEqual([error.code, error.details?.member], ['submission.invalid', member])
        return true
      })
    assert.deepEqual((await s.course()).anchors, { cycle: ['2026-01-12'] })
    assert.equal((await s.log()).length, 1)
  })
}
