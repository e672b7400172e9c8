// What a hospital's QuestionnaireResponse says becomes answers, and what it says strangely becomes findings.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkAnswers } from '../check-answers.ts'
import { cleanAnswers } from '../clean-answers.ts'
import type { FormPlan } from '../plan.ts'
import { item, option, skippable, small } from '../testing/small-study.ts'
import { sentAnswers } from './answers-of-response.ts'
import { answersOfResponse, responseOfAnswers } from './response-of-answers.ts'
import { anyForm } from './testing/form-arbitraries.ts'
import { asStudyForm } from './testing/study-form.ts'

type Json = Record<string, unknown>
const sdc = 'http://hl7.org/fhir/StructureDefinition/'
const kilogram = { system: 'http://unitsofmeasure.org', code: 'kg', display: 'kilogram' }
const { form } = small([
  item('page', 'group', {
    item: [
      item('pain', 'integer', { required: true }),
      item('q', 'boolean', { item: [item('why', 'string')] }),
    ],
  }),
  item('nausea', 'choice', {
    answerOption: [
      { valueCoding: { ...(option('mild').valueCoding as Json), system: 'https://levee.example/cs/nausea' } },
      option('severe'),
    ],
  }),
  item('where', 'open-choice', { repeats: true, answerOption: [option('back'), option('neck')] }),
  item('weight', 'quantity', { extension: [{ url: `${sdc}questionnaire-unit`, valueCoding: kilogram }] }),
  item('sleep', 'decimal', { extension: [skippable] }),
  item('drugs', 'group', {
    repeats: true,
    item: [item('drug', 'string', { required: true }), item('mg', 'decimal')],
  }),
])

/** What the steps "check" and "clean" make of response items, beside what reading them found. */
function read(...items: Json[]): { answers: Json; told: string[] } {
  const sent = sentAnswers(form, { resourceType: 'QuestionnaireResponse', item: items })
  const findings = [...sent.findings, ...checkAnswers(form, sent.answers)]
  const told = findings.map(({ code, item: linkId }) => (linkId === undefined ? code : `${code} ${linkId}`))
  return { answers: { ...cleanAnswers(form, sent.answers) }, told: told.sort() }
}
const given = (linkId: string, ...answer: Json[]): Json => ({ linkId, answer })
const page = (...inside: Json[]): Json => ({ linkId: 'page', item: inside })
const pain = given('pain', { valueInteger: 4 })

test('groups flatten, items inside answers are read, a repeating group is a list', () => {
  const { answers, told } = read(
    page(pain, given('q', { valueBoolean: true, item: [given('why', { valueString: ' because ' })] })),
    given('nausea', { valueCoding: { system: 'https://levee.example/cs/nausea', code: 'mild' } }),
    given('where', { valueCoding: { code: 'back' } }, { valueString: 'left knee' }),
    given('weight', { valueQuantity: { value: 71.5, ...kilogram } }),
    { linkId: 'sleep', extension: [{ url: `${sdc}data-absent-reason`, valueCode: 'asked-declined' }] },
    { linkId: 'drugs', item: [given('drug', { valueString: 'a' }), given('mg', { valueDecimal: 400 })] },
    { linkId: 'drugs', item: [given('drug', { valueString: 'b' })] },
  )
  assert.deepEqual(told, [])
  assert.deepEqual(JSON.parse(JSON.stringify(answers)), {
    pain: 4,
    q: true,
    why: 'because',
    nausea: 'mild',
    where: ['back', 'left knee'],
    weight: 71.5,
    sleep: { skipped: 'asked-declined' },
    drugs: [{ drug: 'a', mg: 400 }, { drug: 'b' }],
  })
})

/** [what, items of the response, findings, answers that are left] */
const strange: readonly [string, Json[], string[], Json][] = [
  ['nothing', [], ['required-missing pain'], {}],
  ['an item outside its group is taken', [pain], ['item-misplaced pain'], { pain: 4 }],
  [
    'an item of no form',
    [page(pain), given('gait', { valueInteger: 1 })],
    ['item-unknown gait'],
    { pain: 4 },
  ],
  ['an item without linkId', [page(pain), { answer: [{ valueInteger: 1 }] }], ['item-unknown'], { pain: 4 }],
  [
    'another unit',
    [page(pain), given('weight', { valueQuantity: { value: 158, code: '[lb_av]' } })],
    ['unit-unfit weight'],
    { pain: 4 },
  ],
  [
    'a unit in words',
    [page(pain), given('weight', { valueQuantity: { value: 71, unit: 'kilogram' } })],
    [],
    { pain: 4, weight: 71 },
  ],
  [
    'a number without unit',
    [page(pain), given('weight', { valueQuantity: { value: 71 } })],
    [],
    { pain: 4, weight: 71 },
  ],
  [
    '"less than" is no number',
    [page(pain), given('weight', { valueQuantity: { value: 71, comparator: '<' } })],
    ['wrong-type weight'],
    { pain: 4 },
  ],
  [
    'a code of another system',
    [page(pain), given('nausea', { valueCoding: { system: 'urn:x', code: 'mild' } })],
    ['choice-unknown nausea'],
    { pain: 4 },
  ],
  [
    'two values in one answer',
    [page(given('pain', { valueInteger: 4, valueString: 'four' }))],
    ['wrong-type pain'],
    {},
  ],
  ['a type that R4 does not have there', [page(given('pain', { valueRange: {} }))], ['wrong-type pain'], {}],
  [
    'an attachment',
    [page(given('pain', { valueAttachment: { skipped: 'asked-declined' } }))],
    ['wrong-type pain'],
    {},
  ],
  [
    'two answers where one is asked',
    [page(given('pain', { valueInteger: 4 }, { valueInteger: 5 }))],
    ['too-many-answers pain'],
    {},
  ],
  ['the same item twice', [page(pain, pain)], ['too-many-answers pain'], {}],
  [
    'a reason on the value',
    [
      page(pain),
      given('sleep', {
        _valueDecimal: { extension: [{ url: `${sdc}data-absent-reason`, valueCode: 'asked-unknown' }] },
      }),
    ],
    [],
    { pain: 4, sleep: { skipped: 'asked-unknown' } },
  ],
  [
    'a reason where none may be given',
    [page({ linkId: 'pain', extension: [{ url: `${sdc}data-absent-reason`, valueCode: 'asked-declined' }] })],
    ['skip-not-allowed pain'],
    { pain: { skipped: 'asked-declined' } },
  ],
  ['lists that are no lists', [page(pain), { linkId: 'where', answer: 'x', item: 7 }], [], { pain: 4 }],
]
for (const [what, items, told, answers] of strange)
  test(`strange: ${what}`, () => {
    const found = read(...items)
    assert.deepEqual(found.told, told)
    assert.deepEqual(JSON.parse(JSON.stringify(found.answers)), answers)
  })

test('hostile names and depths do no harm', () => {
  const deep = (levels: number): Json => (levels === 0 ? pain : { linkId: 'page', item: [deep(levels - 1)] })
  const { told } = read(
    deep(400),
    { linkId: '__proto__', answer: [{ valueString: 'x' }] },
    { linkId: 'constructor' },
  )
  assert.ok(told.includes('item-unknown'), String(told))
  assert.equal(({} as Json).x, undefined)
  const many = Array.from({ length: 5000 }, (_, index) => ({ linkId: `no-${index}`, answer: [] }))
  assert.ok(read(page(pain), ...many).told.length < 30)
})

test('law: cleaned answers survive the way through a response without a finding of reading', () => {
  let compared = 0
  fc.assert(
    fc.property(anyForm({ repeats: true, forward: true }), ({ questionnaire, response }) => {
      const any: FormPlan | null = asStudyForm(questionnaire)
      if (any === null) return
      const cleaned = cleanAnswers(any, answersOfResponse(any.definition, response))
      const sent = sentAnswers(any, responseOfAnswers(any.definition, cleaned))
      assert.deepEqual(sent.findings, [])
      assert.equal(JSON.stringify(cleanAnswers(any, sent.answers)), JSON.stringify(cleaned))
      compared += 1
    }),
    { numRuns: 300 },
  )
  assert.ok(compared > 100, `only ${compared} forms were compared`)
})

test('law: no JSON makes reading throw', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      sentAnswers(form, { item: value } as Json)
      sentAnswers(form, {
        item: [
          { linkId: 'pain', answer: [value] },
          { linkId: 'drugs', item: [value] },
        ],
      } as Json)
    }),
    { numRuns: 300 },
  )
})
