// The state of then, rebuilt from the very texts that the actions leave in the audit log: whatever an action makes of a
// patient's course, the log makes the same of it (P11).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Transaction } from '../storage/transaction.ts'
import { compileStudy } from '../study/compile-study.ts'
import { courseOf, courseText } from '../study/course.ts'
import { singleVersion } from '../study/study-versions.ts'
import { demoFiles } from '../study/testing/demo-plan.ts'
import type { AuditFacts } from './audit-log.ts'
import { type CourseScene, markNotEvaluable, setAnchor } from './course-actions.ts'
import { holdDose, resumeDose } from './dose-actions.ts'
import { pastState } from './past-state.ts'
import type { Patient } from './patient-store.ts'

const by = { actor: 'local:test', reason: 'test' }

test('anchors, holds and spans left out are told by the log as the actions left them, step by step', async () => {
  const files = new Map(demoFiles())
  const anchors = 'anchors:\n  - { id: cycle, title: { en: Cycle, zh: 周期 }, repeats: true }\n'
  const study = files.get('study.yaml')!
  const plan = compileStudy(
    files.set(
      'study.yaml',
      study.includes('\nanchors:\n')
        ? study.replace('\nanchors:\n', `\n${anchors}`)
        : study.replace('\nforms:\n', `\n${anchors}forms:\n`),
    ),
  )
  const versions = singleVersion(plan)
  const enrolled: Patient = {
    studyId: plan.id,
    patientId: 'P',
    siteId: plan.sites[0]!.id,
    arm: plan.arms[0]!.code,
    zone: 'Asia/Shanghai',
    language: 'zh',
    status: 'active',
    enrolledOn: '2026-01-01',
    withdrawnAt: undefined,
    course: courseOf('{}'),
  }
  let patient = enrolled
  const leaves: AuditFacts[] = []
  const scene = {
    tx: {} as Transaction,
    now: 0,
    patients: {
      find: () => patient,
      setCourse: (_tx: Transaction, _study: string, _patient: string, text: string) => {
        patient = { ...patient, course: courseOf(text) }
      },
    },
    audit: { append: (_tx: Transaction, facts: AuditFacts) => leaves.push(facts) },
  } as unknown as CourseScene
  const of = { studyId: plan.id, patientId: 'P' }
  const cause = 'neutropenia'
  const dose = plan.doses[0]!.id
  const past = pastState(plan.id, [enrolled], new Map())
  for (const act of [
    () => setAnchor(scene, versions, { ...of, anchor: 'cycle', date: '2026-02-01' }, by),
    () => setAnchor(scene, versions, { ...of, anchor: 'cycle', date: '2026-02-22' }, by),
    () => setAnchor(scene, versions, { ...of, anchor: 'cycle', date: '2026-02-25', cycle: 2 }, by),
    () => holdDose(scene, versions, { ...of, dose, from: '2026-03-01', to: null, cause }, by),
    () => resumeDose(scene, { ...of, dose, on: '2026-03-05' }, by),
    () => markNotEvaluable(scene, { ...of, from: '2026-04-01', to: '2026-04-02', cause: 'travel' }, by),
    () => setAnchor(scene, versions, { ...of, anchor: 'cycle', date: null }, by),
    () => setAnchor(scene, versions, { ...of, anchor: 'cycle', date: null }, by),
  ]) {
    const before = courseText(patient.course)
    await act()
    past.note(leaves.at(-1)!)
    assert.notEqual(courseText(patient.course), before)
    assert.equal(courseText(past.patient('P')!.course), courseText(patient.course))
  }
})
