// An entry of a form that an open-label study gives to other arms only is kept, and shown as not due.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from '../study/compile-study.ts'
import { emptyCourse } from '../study/course.ts'
import { item, smallFiles } from '../study/testing/small-study.ts'
import { runSteps } from './steps.ts'

test('an entry of a form of the other arm only is kept with the finding not-due', () => {
  const plan = compileStudy(smallFiles([item('a', 'boolean')], '  forms: { small: [A] }\nopen-label: true\n'))
  const found = (arm: string) => {
    const patient = {
      studyId: 'SMALL',
      patientId: 'P-1',
      siteId: '1',
      arm,
      zone: 'Europe/Berlin',
      language: 'en',
      status: 'active',
      enrolledOn: '2026-01-05',
      withdrawnAt: undefined,
      course: emptyCourse,
    } as const
    const submission = {
      submissionId: '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001',
      studyId: 'SMALL',
      patientId: 'P-1',
      form: 'small',
      formVersion: '1',
      completedAt: '2026-01-07T08:00:00+01:00[Europe/Berlin]',
      answers: { a: true },
    }
    const draft = runSteps({ plan, patient, receivedAt: Date.parse('2026-01-07T07:00:01Z'), submission })
    assert.equal(draft.quarantine, undefined)
    return draft.findings.map((finding) => finding.code)
  }
  assert.deepEqual(found('A'), [])
  assert.deepEqual(found('B'), ['not-due'])
})
