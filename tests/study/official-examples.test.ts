// The official FHIR R4 examples through the importer and the checker: each taken or refused with a reason, each
// response with the findings that a reader of both files agrees with.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkResponse, isResponse } from '../../src/study/form/check-response.ts'
import { createExpressions } from '../../src/study/form/expressions.ts'
import { importQuestionnaire } from '../../src/study/form/import-questionnaire.ts'

const folder = new URL('./fixtures/hl7-r4-examples/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
const expressions = createExpressions(null)

/** [questionnaire, what is refused of it] */
const questionnaires: readonly [string, string[]][] = [
  ['bb', []],
  ['f201', []],
  ['gcs', []],
  ['zika-virus-exposure-assessment', []],
  // A choice without any choices.
  ['3141', ['options-missing 2.1.2']],
  // LOINC's answer list is not in the file, and the total is calculated in CQL.
  [
    'phq-9-questionnaire',
    [
      'value-set-unknown LittleInterest',
      'value-set-unknown FeelingDown',
      'value-set-unknown TroubleSleeping',
      'value-set-unknown FeelingTired',
      'value-set-unknown BadAppetite',
      'value-set-unknown FeelingBadAboutSelf',
      'value-set-unknown TroubleConcentrating',
      'value-set-unknown MovingSpeaking',
      'language-unknown TotalScore',
      'value-set-unknown Difficulty',
    ],
  ],
]

for (const [name, refused] of questionnaires)
  test(`Questionnaire ${name} is ${refused.length === 0 ? 'taken' : 'readable, and refused for publishing'}`, () => {
    const { form, report } = importQuestionnaire(read(`Questionnaire-${name}`), expressions.check)
    const told = report.entries.filter((one) => one.treatment === 'refused')
    assert.notEqual(form, null)
    assert.deepEqual(
      told.map((one) => `${one.reason} ${one.linkId ?? one.path}`),
      refused,
    )
    assert.equal(report.stops('publishing'), refused.length > 0)
    assert.deepEqual(JSON.parse(JSON.stringify(form)), form)
  })

/** [response, its findings besides that it names no questionnaire] */
const responses: readonly [string, string[]][] = [
  ['gcs', []],
  // The code is "f", the choices are F and M; the doses carry linkIds that the form spells otherwise.
  ['bb', ['link-id-unknown vitaminKDose1', 'link-id-unknown vitaminKDose2', 'option-unknown sex']],
  // Question 1 holds an item where its answer belongs; yes-no questions are answered with sentences.
  ['f201', ['items-beside-answer 1', 'link-id-unknown 1.1', 'wrong-type 3.1', 'wrong-type 3.2']],
  // Codes of another code system, so that the group that waits for "Y" stays hidden.
  [
    '3141',
    ['link-id-unknown 1.1.1.3', 'option-unknown 1.1', 'hidden-answered 1.1.1.1', 'hidden-answered 1.1.1.2'],
  ],
]

for (const [name, expected] of responses)
  test(`QuestionnaireResponse ${name} has ${expected.length} findings`, () => {
    const { form } = importQuestionnaire(read(`Questionnaire-${name}`), expressions.check)
    const response = read(`QuestionnaireResponse-${name}`)
    assert.ok(form !== null && isResponse(response))
    const { findings } = checkResponse(form, response, expressions)
    const told = findings.filter((one) => one.code !== 'questionnaire-missing')
    assert.deepEqual(
      told.map(({ code, linkId }) => `${code} ${linkId}`),
      expected,
    )
  })
