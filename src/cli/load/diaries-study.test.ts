// The made-up diaries against the demo study itself: what the generator sends is what the study asks for.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkAnswers } from '../../study/check-answers.ts'
import { compileStudy } from '../../study/compile-study.ts'
import { placeSubmission } from '../../study/place.ts'
import { findForm } from '../../study/plan.ts'
import { readStudyFolder } from '../study-folder.ts'
import { createDiaries } from './diaries.ts'

const folder = join(import.meta.dirname, '../../../studies/morning-301')
const plan = compileStudy(readStudyFolder(folder))

test('every diary is placed on time, on an occasion of its own, and its answers have no findings', () => {
  const nowMs = Date.now()
  const patients = Array.from({ length: 12 }, (_, i) => ({ patientId: `P-${i}`, token: '' }))
  const enrolledOn = Temporal.Now.plainDateISO('UTC').subtract({ days: 90 }).toString()
  const diaries = createDiaries({ patients, studyId: plan.id, seed: 5, nowMs })
  const occasions = new Set<string>()
  const forms = new Set<string>()
  for (let i = 0; i < 12 * 90; i++) {
    const facts = JSON.parse(diaries.next().body.toString())
    const placed = placeSubmission(
      plan,
      { zone: 'UTC', status: 'active', enrolledOn },
      { ...facts, receivedAtMs: nowMs },
    )
    assert.ok(placed.placed, JSON.stringify(placed))
    assert.deepEqual([placed.status, placed.findings], ['on-time', []])
    const occasion = `${facts.patientId} ${facts.form} ${placed.occasion}`
    assert.ok(!occasions.has(occasion), occasion)
    occasions.add(occasion)
    const form = findForm(plan, facts.form, facts.formVersion)
    assert.ok(form !== undefined)
    assert.deepEqual(checkAnswers(form, facts.answers), [])
    forms.add(facts.form)
  }
  assert.equal(forms.size, 3)
})
