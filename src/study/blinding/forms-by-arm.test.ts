// An open-label study may give a form to some arms only; its schedule then knows the arm, and only then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from '../compile-study.ts'
import { emptyCourse } from '../course.ts'
import { dueOccasions } from '../schedule/due-occasions.ts'
import { item, smallFiles } from '../testing/small-study.ts'

const daily =
  '{ every: day, window: { opens: "00:00", closes: "24:00", closes-days-later: 0 }, locks-after-days: 2 }'
const patient = { zone: 'Europe/Berlin', enrolledOn: '2026-01-05', course: emptyCourse }
const span = { from: '2026-01-05', to: '2026-01-07' }

test('a form of one arm is due in that arm alone; a form of all arms everywhere', () => {
  const given = smallFiles([item('a', 'boolean')], '  forms: { small: [A] }\nopen-label: true\n', daily)
  const all = smallFiles([item('a', 'boolean')], '', daily)
  const days = (files: Map<string, string>, arm?: string) =>
    dueOccasions(compileStudy(files), arm === undefined ? patient : { ...patient, arm }, span).length
  assert.deepEqual([days(given, 'A'), days(given, 'B'), days(given)], [3, 0, 3])
  assert.deepEqual([days(all, 'A'), days(all, 'B')], [3, 3])
})
