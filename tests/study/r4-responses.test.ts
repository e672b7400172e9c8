// What this product sends as a QuestionnaireResponse is FHIR R4 by HL7's own definitions, whatever the form.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanAnswers } from '../../src/study/clean-answers.ts'
import { answersOfResponse, responseOfAnswers } from '../../src/study/form/response-of-answers.ts'
import { anyForm } from '../../src/study/form/testing/form-arbitraries.ts'
import { asStudyForm } from '../../src/study/form/testing/study-form.ts'
import { r4Faults } from '../support/r4-shape.ts'

const folder = new URL('./fixtures/hl7-r4-examples/', import.meta.url)

for (const name of readdirSync(folder).filter((one) => one.endsWith('.json')))
  test(`the judge finds nothing in the official ${name}`, () => {
    assert.deepEqual(r4Faults(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))), [])
  })

test('the judge finds what is not R4', () => {
  const item = [{ linkId: 'a', answer: [{ valueInteger: 1 }], item: [{ linkId: 'b' }] }]
  const broken = {
    resourceType: 'QuestionnaireResponse',
    items: [],
    item,
    authored: '2026-01-01T08:00',
    extension: [{ url: 'urn:x' }, { url: 'urn:y', valueString: ' ' }],
    subject: [{}],
  }
  assert.deepEqual(r4Faults(broken).sort(), [
    'QuestionnaireResponse.authored: no dateTime',
    'QuestionnaireResponse.extension[0]: an extension has one content (ext-1)',
    'QuestionnaireResponse.extension[1].valueString: no string',
    'QuestionnaireResponse.item[0]: answer and item (qrs-1)',
    'QuestionnaireResponse.items: R4 has no such element',
    'QuestionnaireResponse.status: missing',
    'QuestionnaireResponse.subject: one value is defined',
    'QuestionnaireResponse.subject[0]: empty',
  ])
})

test('law: the response to any cleaned answers of any form is R4', () => {
  let judged = 0
  fc.assert(
    fc.property(anyForm({ repeats: true, forward: true }), ({ questionnaire, response }) => {
      const form = asStudyForm(questionnaire)
      if (form === null) return
      judged += 1
      const cleaned = cleanAnswers(form, answersOfResponse(form.definition, response))
      assert.deepEqual(r4Faults(responseOfAnswers(form.definition, cleaned)), [])
    }),
    { numRuns: 400 },
  )
  assert.ok(judged > 100, `only ${judged} forms`)
})
