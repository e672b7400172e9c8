// Facts of patients: declared by the study where an instrument needs them, and used by its scores.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compileStudy } from '../compile-study.ts'
import { findForm } from '../plan.ts'
import { scoreAnswers } from '../score.ts'
import { StudyInvalid } from '../study-invalid.ts'
import { item, option, smallFiles } from '../testing/small-study.ts'

const scoring = readFileSync(new URL('../../../instruments/phq-15/scoring.yaml', import.meta.url), 'utf8')
const choices = [0, 1, 2].map((value) =>
  option(['not-bothered', 'bothered-a-little', 'bothered-a-lot'][value] as string, value),
)
const items = Array.from({ length: 15 }, (_, i) =>
  item(`phq15-${i + 1}`, 'choice', { answerOption: choices }),
)
const facts = (values: string) => `facts: { sex: { text: { en: Sex, zh: 性别 }, values: ${values} } }\n`
const both = '{ female: { text: { en: Female, zh: 女 } }, male: { text: { en: Male, zh: 男 } } }'

const filesWith = (more: string) =>
  new Map([
    ...smallFiles(items, `instruments: [{ form: small, scoring: phq-15.yaml }]\n${more}`),
    ['phq-15.yaml', scoring],
  ])
const faultsOf = (more: string) => {
  try {
    compileStudy(filesWith(more))
    return ''
  } catch (error) {
    assert.ok(error instanceof StudyInvalid)
    return error.faults.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n')
  }
}

test('an instrument that needs a fact says so at check; declared with other values, too', () => {
  assert.match(faultsOf(''), /^study\.yaml:\d+ the instrument needs the fact sex .*\(--fact sex=…/)
  assert.match(
    faultsOf(facts('{ other: { text: { en: Other, zh: 其他 } } }')),
    /the instrument knows female, male; not other/,
  )
  assert.equal(faultsOf(facts(both)), '')
})

test('the fact decides whether item 4 counts', () => {
  const plan = compileStudy(filesWith(facts(both)))
  assert.deepEqual([...(plan.facts.get('sex') ?? [])], ['female', 'male'])
  const form = findForm(plan, 'small', '1')
  assert.ok(form !== undefined)
  const answers = Object.fromEntries(items.map(({ linkId }) => [linkId, 'bothered-a-little']))
  const total = (sex?: string) =>
    scoreAnswers(form, answers as never, sex === undefined ? undefined : { sex })[0]?.value
  assert.notEqual(total('female'), total('male'))
  assert.deepEqual([total('female'), total('male')], [15, 14])
})
