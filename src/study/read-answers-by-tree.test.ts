// Forms that one pass cannot judge: repeating groups, conditions on later items and in FHIRPath. And the law that
// both ways of reading agree where both can read, and that answers survive the way through a FHIR response.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkAnswers } from './check-answers.ts'
import { cleanAnswers } from './clean-answers.ts'
import type { Finding } from './finding.ts'
import { checkResponse } from './form/check-response.ts'
import { createExpressions } from './form/expressions.ts'
import { answersOfResponse, responseOfAnswers } from './form/response-of-answers.ts'
import { anyForm } from './form/testing/form-arbitraries.ts'
import { asStudyForm } from './form/testing/study-form.ts'
import type { FormPlan } from './plan.ts'
import { readAnswers } from './read-answers.ts'
import { readAnswersByTree } from './read-answers-by-tree.ts'
import { demoForm, demoPlan, ordinaryMorning } from './testing/demo-plan.ts'
import { item, option, skippable, small } from './testing/small-study.ts'

type Json = Record<string, unknown>
const core = 'http://hl7.org/fhir/StructureDefinition/'
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'
const limit = (name: string, value: Json) => ({ url: `${core}${name}`, ...value })

function both(form: FormPlan, answers: Json): [string[], string] {
  const told = checkAnswers(form, answers).map(
    ({ code, item: linkId }) => `${code}${linkId ? ` ${linkId}` : ''}`,
  )
  return [told, JSON.stringify(cleanAnswers(form, answers))]
}

const drugs = item('drugs', 'group', {
  repeats: true,
  extension: [limit('questionnaire-maxOccurs', { valueInteger: 2 })],
  item: [
    item('drug', 'string', { required: true }),
    item('helped', 'boolean'),
    item('how', 'string', { enableWhen: [{ question: 'helped', operator: '=', answerBoolean: true }] }),
  ],
})

test('a repeating group is a list of answers; each repetition has its own skip logic', () => {
  const { form } = small([item('any', 'boolean', { required: true }), drugs, item('note', 'text')])
  assert.equal(form.onePass, false)
  const first = { drug: ' ibuprofen ', helped: true, how: 'less pain' }
  const second = { helped: false, how: 'not at all' }
  assert.deepEqual(both(form, { note: 'x', drugs: [first, second], any: true }), [
    ['required-missing drug', 'hidden-answered how'],
    '{"any":true,"drugs":[{"drug":"ibuprofen","helped":true,"how":"less pain"},{"helped":false}],"note":"x"}',
  ])
  assert.deepEqual(both(form, { any: true }), [[], '{"any":true}'])
  // What is hidden goes; the repetition keeps its place, for conditions that look at the nearest.
  assert.equal(
    both(form, { any: true, drugs: [{ how: 'x' }, { drug: 'b' }] })[1],
    '{"any":true,"drugs":[{},{"drug":"b"}]}',
  )
  assert.deepEqual(both(form, { any: true, drugs: { drug: 'a' } })[1], '{"any":true,"drugs":[{"drug":"a"}]}')
  assert.deepEqual(both(form, { drugs: [{ drug: 'a', more: 1 }, 'x', { drug: 'b' }, { drug: 'c' }] })[0], [
    'required-missing any',
    'wrong-type drugs',
    'item-unknown drugs',
    'too-many-answers drugs',
  ])
})

test('a condition may look at a later item, and may be FHIRPath', () => {
  const asked = {
    url: `${sdc}enableWhenExpression`,
    valueExpression: {
      language: 'text/fhirpath',
      expression:
        "%resource.item.where(linkId='pain').answer.value + %resource.item.where(linkId='stiff').answer.value > 10",
    },
  }
  const { form } = small([
    item('early', 'string', { enableWhen: [{ question: 'pain', operator: '>', answerInteger: 5 }] }),
    item('pain', 'integer'),
    item('stiff', 'integer'),
    item('why', 'string', { required: true, extension: [asked] }),
  ])
  assert.equal(form.onePass, false)
  assert.deepEqual(both(form, { early: 'x', pain: 6, stiff: 4 }), [[], '{"early":"x","pain":6,"stiff":4}'])
  assert.deepEqual(both(form, { early: 'x', pain: 6, stiff: 5 })[0], ['required-missing why'])
  assert.deepEqual(both(form, { early: 'x', pain: 5, stiff: 5, why: 'y' })[0], [
    'hidden-answered early',
    'hidden-answered why',
  ])
})

test('limits that a FHIR form may set are checked in submissions too', () => {
  const exclusive = {
    ...option('none'),
    extension: [limit('questionnaire-optionExclusive', { valueBoolean: true })],
  }
  const { form } = small([
    item('code', 'string', {
      extension: [limit('regex', { valueString: '[A-Z]{2}' }), limit('minLength', { valueInteger: 2 })],
    }),
    item('since', 'date', { extension: [limit('maxValue', { valueDate: '2026-01-31' })] }),
    item('clock', 'time', { extension: [limit('minValue', { valueTime: '06:00:00' })] }),
    item('where', 'choice', {
      repeats: true,
      extension: [limit('questionnaire-minOccurs', { valueInteger: 2 })],
      answerOption: [option('a'), option('b'), exclusive],
    }),
    item('mood', 'open-choice', { answerOption: [option('good')] }),
    item('dose', 'quantity', {
      extension: [
        limit('questionnaire-unit', { valueCoding: { system: 'http://unitsofmeasure.org', code: 'mg' } }),
      ],
    }),
  ])
  assert.equal(form.onePass, true)
  const fine = { code: 'AB', since: '2026-01-31', clock: '06:00', where: ['a', 'b'], mood: 'so so', dose: 5 }
  assert.deepEqual(both(form, fine), [[], JSON.stringify(fine)])
  const wrong = { code: 'a', since: '2026-02-01', clock: '05:59', where: ['none'], mood: 'good', dose: '5' }
  assert.deepEqual(both(form, wrong)[0], [
    'too-short code',
    'pattern-mismatch code',
    'out-of-range since',
    'out-of-range clock',
    'too-few-answers where',
  ])
  assert.deepEqual(both(form, { where: ['none', 'a'] })[0], ['choice-excludes where'])
})

test('times and moments in conditions compare as such, not as texts', () => {
  const { form } = small([
    item('clock', 'time'),
    item('at', 'dateTime'),
    item('late', 'boolean', { enableWhen: [{ question: 'clock', operator: '>=', answerTime: '08:00:00' }] }),
    item('after', 'boolean', {
      enableWhen: [{ question: 'at', operator: '>', answerDateTime: '2026-11-22T08:00:00+08:00' }],
    }),
  ])
  const seen = (answers: Json) => JSON.parse(both(form, { ...answers, late: true, after: true })[1])
  assert.equal(seen({ clock: '08:00' }).late, true)
  assert.equal(seen({ clock: '07:59:59' }).late, undefined)
  assert.equal(seen({ at: '2026-11-22T01:00:00+00:00[Europe/London]' }).after, true)
  assert.equal(seen({ at: '2026-11-21T23:00:00Z' }).after, undefined)
})

const expressions = createExpressions(null)

test('an ordinary morning becomes a response that fits its form, and comes back', () => {
  const diary = demoForm(demoPlan(), 'daily-diary')
  const response = responseOfAnswers(diary.definition, ordinaryMorning)
  assert.deepEqual(checkResponse(diary.definition, response, expressions).findings, [])
  assert.deepEqual(answersOfResponse(diary.definition, response), {
    ...ordinaryMorning,
    'dose-time': '07:45:00',
  })
  assert.equal(response.questionnaire, 'https://levee.example/fhir/Questionnaire/daily-diary|1')
})

test('skips, choices, groups and what stands inside a question take their FHIR shape', () => {
  const { form } = small([
    item('sleep', 'decimal', { extension: [skippable] }),
    item('q', 'boolean', { item: [item('why', 'string')] }),
    drugs,
  ])
  const answers = {
    sleep: { skipped: 'asked-declined' },
    q: true,
    why: 'because',
    drugs: [{ drug: 'a' }, { drug: 'b' }],
  }
  const response = responseOfAnswers(form.definition, answers)
  const [sleep, q, first, second] = response.item as Json[]
  assert.deepEqual(sleep?.extension, [{ url: `${core}data-absent-reason`, valueCode: 'asked-declined' }])
  assert.deepEqual(q?.answer, [
    {
      valueBoolean: true,
      item: [{ linkId: 'why', text: 'Text of why', answer: [{ valueString: 'because' }] }],
    },
  ])
  assert.deepEqual([first?.linkId, second?.linkId], ['drugs', 'drugs'])
  assert.deepEqual(answersOfResponse(form.definition, response), answers)
  assert.deepEqual(checkResponse(form.definition, response, expressions).findings, [])
})

test('law: one pass and the whole tree read the same answers and find the same', () => {
  let compared = 0
  fc.assert(
    fc.property(anyForm({ repeats: false, forward: false }), ({ questionnaire, response }) => {
      const form = asStudyForm(questionnaire)
      if (form === null) return
      assert.equal(form.onePass, true)
      compared += 1
      const answers = answersOfResponse(form.definition, response)
      const [fast, slow]: [Finding[], Finding[]] = [[], []]
      assert.equal(
        JSON.stringify(readAnswersByTree(form, answers, slow)),
        JSON.stringify(readAnswers(form, answers, fast)),
      )
      assert.deepEqual(slow, fast)
    }),
    { numRuns: 800 },
  )
  assert.ok(compared > 200, `only ${compared} forms were compared`)
})

test('law: cleaned answers make a response without structural faults, and come back from it', () => {
  fc.assert(
    fc.property(anyForm({ repeats: true, forward: true }), ({ questionnaire, response }) => {
      const form = asStudyForm(questionnaire)
      if (form === null) return
      const cleaned = cleanAnswers(form, answersOfResponse(form.definition, response))
      const made = responseOfAnswers(form.definition, cleaned)
      assert.equal(JSON.stringify(answersOfResponse(form.definition, made)), JSON.stringify(cleaned))
      const codes = checkResponse(form.definition, made, expressions).findings.map((one) => one.code)
      const allowed = new Set(['required-missing', 'answer-without-value', 'answer-repeated', 'item-empty'])
      assert.deepEqual(
        codes.filter((code) => !allowed.has(code)),
        [],
      )
      // Cleaning again changes nothing: what is hidden stays hidden.
      assert.equal(JSON.stringify(cleanAnswers(form, cleaned as Json)), JSON.stringify(cleaned))
    }),
    { numRuns: 800 },
  )
})
