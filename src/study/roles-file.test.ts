// Roles in study.yaml: which the study uses, which are blinded, and audiences that nobody belongs to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileStudy } from './compile-study.ts'
import { staffRoles } from './staff-roles.ts'
import { StudyInvalid } from './study-invalid.ts'
import { demoFiles } from './testing/demo-plan.ts'

const rolesOfDemo = `roles:
  principal-investigator: { blinded: true }
  site-investigator: { blinded: true }
  site-nurse: { blinded: true }
  statistician: { blinded: false }
`

/** The demo study with this text in front of its forms. */
function withRoles(text: string): Map<string, string> {
  const files = new Map(demoFiles())
  const study = files.get('study.yaml')!.replace(/^roles:\n(?: {2}.*\n)*/m, '')
  return files.set('study.yaml', study.replace(/^forms:$/m, `${text}forms:`))
}

const faultsOf = (files: Map<string, string>): string[] => {
  try {
    compileStudy(files)
    return []
  } catch (error) {
    if (!(error instanceof StudyInvalid)) throw error
    return error.faults.map((f) => `${f.line === undefined ? 'no line' : 'line'}: ${f.message}`)
  }
}

test('a study that names no roles has them all; blinded but for those whose names say otherwise', () => {
  const { roles } = compileStudy(withRoles(''))
  assert.deepEqual([...roles.keys()], [...staffRoles])
  const unblinded = [...roles].filter(([, { blinded }]) => !blinded).map(([role]) => role)
  assert.deepEqual(unblinded, ['unblinded-pharmacist', 'unblinded-statistician'])
})

test('a study has the roles it names, blinded as it says', () => {
  const { roles } = compileStudy(withRoles(rolesOfDemo))
  assert.deepEqual(roles.get('statistician'), { blinded: false })
  assert.deepEqual(roles.get('site-nurse'), { blinded: true })
  assert.equal(roles.get('inspector'), undefined)
})

test('a name that is no role, and an audience outside the roles, are faults with their line', () => {
  const [fault, ...others] = faultsOf(withRoles(`${rolesOfDemo}  barber: { blinded: true }\n`))
  assert.match(fault!, /^line: barber is no role; use one of principal-investigator, /)
  assert.deepEqual(others, [])
  const left = faultsOf(withRoles(rolesOfDemo.replace(/ {2}site-nurse.*\n/, '')))
  assert.ok(left.length > 0)
  for (const message of left) assert.match(message, /^line: site-nurse: add it under roles/)
})
