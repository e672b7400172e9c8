// What becomes of each element of a Questionnaire. Every reason of the catalogue is brought about once, with what it
// stops: everything, publishing, or nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createExpressions, type FullEngine } from './expressions.ts'
import { importQuestionnaire } from './import-questionnaire.ts'
import { reasons } from './import-report.ts'
import { compilePattern } from './pattern.ts'

type Json = Record<string, unknown>
const core = 'http://hl7.org/fhir/StructureDefinition/'
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'
const device = createExpressions(null)
const full: FullEngine = { parses: (text) => !text.includes('!!'), evaluate: () => [] }
const server = createExpressions(full)
const fhirPath = (expression: string) => ({ valueExpression: { language: 'text/fhirpath', expression } })
const extension = (url: string, value: Json) => ({ extension: [{ url, ...value }] })

const of = (item: Json[], more: Json = {}): Json => ({
  resourceType: 'Questionnaire',
  status: 'active',
  item,
  ...more,
})
const one = (more: Json = {}, form: Json = {}) =>
  of([{ linkId: 'a', type: 'string', text: 'A', ...more }], form)

/** Refusals and ignored elements with a reason other than "describes", as `treatment reason blocks`. */
function told(questionnaire: unknown, check = device.check): string[] {
  return importQuestionnaire(questionnaire, check)
    .report.entries.filter((entry) => entry.reason !== undefined && entry.reason !== 'no-influence')
    .map(({ treatment, reason, blocks }) => `${treatment} ${reason}${blocks ? ` ${blocks}` : ''}`)
}

const bool = (linkId: string, more: Json = {}) => ({ linkId, type: 'boolean', text: linkId, ...more })
const whenA = (more: Json) =>
  of([bool('a'), bool('b', { enableWhen: [{ question: 'a', operator: '=', answerBoolean: true, ...more }] })])
const option = (code: string) => ({ valueCoding: { code } })
const stop = (reason: string) => [`refused ${reason} everything`]
const unpublished = (reason: string) => [`refused ${reason} publishing`]
const two = [
  { question: 'a', operator: '=', answerBoolean: true },
  { question: 'a', operator: 'exists', answerBoolean: true },
]

const cases: readonly [string, unknown, string[]][] = [
  ['something else', { resourceType: 'Patient' }, stop('not-questionnaire')],
  ['no JSON object', [1], stop('not-questionnaire')],
  ['an element of R5', one({}, { versionAlgorithmString: 'semver' }), unpublished('not-r4')],
  ['an element of R5 on an item', one({ disabledDisplay: 'hidden' }), unpublished('not-r4')],
  ['text that is no text', one({ text: 5 }), stop('wrong-json')],
  ['required as a text', one({ required: 'true' }), stop('wrong-json')],
  ['no status', { resourceType: 'Questionnaire', item: [bool('a')] }, unpublished('missing')],
  ['no linkId', of([{ type: 'string', text: 'x' }]), stop('missing')],
  ['no type', of([{ linkId: 'a', text: 'x' }]), stop('missing')],
  ['nested too deep', of([deep(60)]), ['refused too-deep everything']],
  ['a modifier extension', one({ modifierExtension: [{ url: 'urn:x' }] }), stop('modifier-extension')],
  [
    'a modifier extension on the form',
    one({}, { modifierExtension: [{ url: 'urn:x' }] }),
    stop('modifier-extension'),
  ],
  ['implicit rules', one({}, { implicitRules: 'urn:x' }), stop('implicit-rules')],
  ['a linkId twice', of([bool('a'), bool('a')]), stop('link-id-twice')],
  ['the abstract type', one({ type: 'question' }), stop('type-unknown')],
  ['a type of R5', one({ type: 'coding' }), stop('type-unknown')],
  ['an unknown question', whenA({ question: 'z' }), stop('question-unknown')],
  [
    'a group as question',
    of([
      { linkId: 'g', type: 'group', item: [bool('a')] },
      bool('b', { enableWhen: [{ question: 'g', operator: 'exists', answerBoolean: true }] }),
    ]),
    unpublished('question-takes-no-answer'),
  ],
  ['an unknown operator', whenA({ operator: '~' }), stop('operator-unknown')],
  [
    'exists with another answer',
    whenA({ operator: 'exists', answerBoolean: undefined, answerInteger: 1 }),
    stop('missing'),
  ],
  [
    'exists with a number',
    of([bool('a'), bool('b', { enableWhen: [{ question: 'a', operator: 'exists', answerInteger: 1 }] })]),
    stop('que-7'),
  ],
  ['several conditions without behaviour', of([bool('a'), bool('b', { enableWhen: two })]), stop('que-12')],
  [
    'several conditions with behaviour',
    of([bool('a'), bool('b', { enableWhen: two, enableBehavior: 'any' })]),
    [],
  ],
  [
    'an answer that never fits',
    of([bool('a'), bool('b', { enableWhen: [{ question: 'a', operator: '=', answerString: 'x' }] })]),
    unpublished('answer-never-fits'),
  ],
  [
    'a circle',
    of([
      bool('a', { enableWhen: [{ question: 'b', operator: '=', answerBoolean: true }] }),
      bool('b', { enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }] }),
    ]),
    stop('enable-circle'),
  ],
  [
    'on itself',
    of([bool('a', { enableWhen: [{ question: 'a', operator: '=', answerBoolean: true }] })]),
    stop('enable-circle'),
  ],
  ['an empty group', of([{ linkId: 'g', type: 'group' }]), unpublished('que-1')],
  ['a display with a code', of([{ linkId: 'd', type: 'display', code: [] }]), unpublished('que-3')],
  [
    'options and a value set',
    of([{ linkId: 'c', type: 'choice', answerOption: [option('a')], answerValueSet: 'urn:v' }]),
    stop('que-4'),
  ],
  [
    'a value set on a boolean',
    of([bool('a', { answerValueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' })]),
    unpublished('que-5'),
  ],
  ['a required display', of([{ linkId: 'd', type: 'display', required: true }]), unpublished('que-6')],
  [
    'an initial value of a group',
    of([{ linkId: 'g', type: 'group', readOnly: true, initial: [{ valueString: 'x' }], item: [bool('a')] }]),
    unpublished('que-8'),
  ],
  ['a readOnly display', of([{ linkId: 'd', type: 'display', readOnly: true }]), unpublished('que-9')],
  ['a length of a date', of([{ linkId: 'd', type: 'date', maxLength: 4 }]), unpublished('que-10')],
  [
    'initial beside options',
    of([
      { linkId: 'c', type: 'choice', readOnly: true, answerOption: [option('a')], initial: [option('a')] },
    ]),
    unpublished('que-11'),
  ],
  [
    'two initial values',
    one({ readOnly: true, initial: [{ valueString: 'x' }, { valueString: 'y' }] }),
    unpublished('que-13'),
  ],
  ['a default answer', one({ initial: [{ valueString: 'x' }] }), unpublished('default-answer')],
  [
    'a chosen option',
    of([{ linkId: 'c', type: 'choice', answerOption: [{ ...option('a'), initialSelected: true }] }]),
    unpublished('default-answer'),
  ],
  ['a fixed value', one({ readOnly: true, initial: [{ valueString: 'x' }] }), []],
  ['a choice without choices', of([{ linkId: 'c', type: 'choice' }]), unpublished('options-missing')],
  [
    'an option without value',
    of([{ linkId: 'c', type: 'choice', answerOption: [{}] }]),
    [...stop('option-invalid'), 'refused options-missing publishing'],
  ],
  [
    'an option twice',
    of([{ linkId: 'c', type: 'choice', answerOption: [option('a'), option('a')] }]),
    unpublished('option-twice'),
  ],
  [
    'an unknown value set',
    of([{ linkId: 'c', type: 'choice', answerValueSet: 'urn:v' }]),
    unpublished('value-set-unknown'),
  ],
  [
    'a value set by rule',
    of([{ linkId: 'c', type: 'choice', answerValueSet: '#v' }], {
      contained: [{ resourceType: 'ValueSet', id: 'v', compose: { include: [{ system: 'urn:s' }] } }],
    }),
    unpublished('value-set-open'),
  ],
  [
    'CQL',
    one(
      extension(`${sdc}calculatedExpression`, { valueExpression: { language: 'text/cql', expression: 'x' } }),
    ),
    unpublished('language-unknown'),
  ],
  [
    'CQL as a condition',
    one(
      extension(`${sdc}enableWhenExpression`, { valueExpression: { language: 'text/cql', expression: 'x' } }),
    ),
    stop('language-unknown'),
  ],
  [
    'a query',
    one(
      extension(`${sdc}calculatedExpression`, {
        valueExpression: { language: 'application/x-fhir-query', expression: 'x' },
      }),
    ),
    unpublished('language-unknown'),
  ],
  [
    'FHIRPath beyond the device',
    one(extension(`${sdc}calculatedExpression`, fhirPath('today()'))),
    ['used expression-beyond-device'],
  ],
  [
    'a condition beyond the device',
    one(extension(`${sdc}enableWhenExpression`, fhirPath('today() > @2026'))),
    unpublished('condition-beyond-device'),
  ],
  [
    'a condition on a name without a value',
    one(extension(`${sdc}enableWhenExpression`, fhirPath("%patient.gender = 'female'"))),
    stop('name-unknown'),
  ],
  [
    'a calculation with a variable of another item',
    of(
      [
        one(
          extension(`${core}variable`, {
            valueExpression: { name: 'v', language: 'text/fhirpath', expression: '1' },
          }),
        ).item,
        [{ linkId: 'b', type: 'integer', ...extension(`${sdc}calculatedExpression`, fhirPath('%v + 1')) }],
      ].flat() as Json[],
    ),
    unpublished('name-unknown'),
  ],
  [
    'the same with the variable of the form, and a percent sign in a text',
    of(
      [{ linkId: 'b', type: 'string', ...extension(`${sdc}calculatedExpression`, fhirPath("%v & '%w'")) }],
      extension(`${core}variable`, {
        valueExpression: { name: 'v', language: 'text/fhirpath', expression: '1' },
      }),
    ),
    [],
  ],
  [
    'a pattern that is none',
    one(extension(`${core}regex`, { valueString: '[' })),
    unpublished('pattern-invalid'),
  ],
  [
    'a pattern that may run away',
    one(extension(`${core}regex`, { valueString: '(a+)+' })),
    unpublished('pattern-invalid'),
  ],
  [
    'a limit of another kind',
    one(extension(`${core}minValue`, { valueString: '1' })),
    unpublished('limit-invalid'),
  ],
  [
    'filled from elsewhere',
    one(extension(`${sdc}initialExpression`, fhirPath('1'))),
    unpublished('populated-elsewhere'),
  ],
  [
    'computed choices',
    one(extension(`${sdc}answerExpression`, fhirPath('1'))),
    unpublished('options-computed'),
  ],
  [
    'put together from others',
    one(extension(`${sdc}subQuestionnaire`, { valueCanonical: 'urn:q' })),
    stop('not-assembled'),
  ],
  [
    'mark-up',
    one({ _text: extension(`${core}rendering-xhtml`, { valueString: '<b>A</b>' }) }),
    ['ignored styled-text'],
  ],
  ['a display hint', one(extension(`${sdc}width`, {})), ['ignored presentation-only']],
  ['an unknown extension', one(extension('urn:x', { valueString: 'x' })), ['ignored extension-unknown']],
]

for (const [name, questionnaire, expected] of cases)
  test(`import: ${name}`, () => assert.deepEqual(told(questionnaire), expected))

test('with a full engine at hand, an expression that is not FHIRPath at all is told', () => {
  const wrong = one(extension(`${sdc}calculatedExpression`, fhirPath('a !! b')))
  assert.deepEqual(told(wrong, server.check), unpublished('expression-invalid'))
  assert.deepEqual(
    told(one(extension(`${sdc}enableWhenExpression`, fhirPath('a !! b'))), server.check),
    stop('expression-invalid'),
  )
})

test('every reason of the catalogue can come about', () => {
  const found = new Set(
    cases.flatMap(([, questionnaire]) => told(questionnaire)).map((line) => line.split(' ')[1]),
  )
  for (const code of ['no-influence', 'expression-invalid']) found.add(code)
  assert.deepEqual(
    Object.keys(reasons).filter((code) => !found.has(code)),
    [],
  )
})

test('every element leaves a line, and the sum of used, ignored and refused is all of them', () => {
  const questionnaire = one(
    {
      prefix: '1',
      definition: 'urn:d',
      code: [],
      maxLength: 5,
      repeats: true,
      ...extension('urn:x', { valueString: 'x' }),
    },
    { url: 'urn:q', version: '1', name: 'N', title: 'T', publisher: 'P', date: '2026', experimental: true },
  )
  const { report } = importQuestionnaire(questionnaire, device.check)
  const named = new Set(report.entries.map((entry) => entry.element))
  const elements = [...Object.keys(questionnaire), ...Object.keys((questionnaire.item as Json[])[0] as Json)]
  for (const element of elements.filter((name) => name !== 'extension'))
    assert.ok(named.has(element), element)
  assert.ok(named.has('extension(urn:x)'))
})

const concept = (code: string) => ({ code, display: code.toUpperCase() })
const valueSets: readonly Json[] = [
  {
    resourceType: 'ValueSet',
    id: 'plain',
    compose: {
      include: [{ system: 'urn:s', concept: [concept('a'), concept('b')] }],
      exclude: [{ system: 'urn:s', concept: [{ code: 'b' }] }],
    },
  },
  {
    resourceType: 'ValueSet',
    id: 'outer',
    url: 'urn:outer',
    compose: { include: [{ valueSet: ['#plain'] }, { system: 'urn:t', concept: [concept('c')] }] },
  },
  {
    resourceType: 'ValueSet',
    id: 'expanded',
    expansion: { contains: [{ system: 'urn:s', code: 'x', contains: [{ system: 'urn:s', code: 'y' }] }] },
  },
  { resourceType: 'ValueSet', id: 'round', compose: { include: [{ valueSet: ['#round'] }] } },
  { resourceType: 'ValueSet', id: 'whole', compose: { include: [{ system: 'urn:own' }] } },
  {
    resourceType: 'ValueSet',
    id: 'common',
    compose: { include: [{ system: 'urn:own', valueSet: ['#whole', '#some'] }] },
  },
  {
    resourceType: 'ValueSet',
    id: 'some',
    compose: { include: [{ system: 'urn:own', concept: [concept('q'), concept('z')] }] },
  },
  {
    resourceType: 'CodeSystem',
    id: 'own',
    url: 'urn:own',
    content: 'complete',
    concept: [{ code: 'p', concept: [{ code: 'q' }] }, { code: 'r' }],
  },
  { resourceType: 'ValueSet', id: 'part', compose: { include: [{ system: 'urn:part' }] } },
  {
    resourceType: 'CodeSystem',
    id: 'part',
    url: 'urn:part',
    content: 'fragment',
    concept: [{ code: 'p' }],
  },
]

test('a contained value set is listed: compose, expansion, nesting, exclusion', () => {
  const codes = (answerValueSet: string) => {
    const item = [{ linkId: 'c', type: 'choice', answerValueSet }]
    const { form } = importQuestionnaire(of(item, { contained: valueSets }), device.check)
    return form?.items[0]?.options?.map((one) => (one.value.value as Json).code)
  }
  assert.deepEqual(codes('#plain'), ['a'])
  assert.deepEqual(codes('#outer'), ['a', 'c'])
  assert.deepEqual(codes('urn:outer|2'), ['a', 'c'])
  assert.deepEqual(codes('#expanded'), ['x', 'y'])
  assert.equal(codes('#round'), undefined)
  assert.deepEqual(codes('#whole'), ['p', 'q', 'r'])
  assert.deepEqual(codes('#common'), ['q'])
  assert.equal(codes('#part'), undefined)
  assert.deepEqual(codes('http://hl7.org/fhir/ValueSet/administrative-gender'), [
    'male',
    'female',
    'other',
    'unknown',
  ])
})

test('languages are counted over all texts a patient reads', () => {
  const zh = {
    extension: [
      {
        url: `${core}translation`,
        extension: [
          { url: 'lang', valueCode: 'zh-CN' },
          { url: 'content', valueString: '文' },
        ],
      },
    ],
  }
  const { report, form } = importQuestionnaire(of([{ ...bool('a'), _text: zh }, bool('b')]), device.check)
  assert.deepEqual(report.languages(), [{ language: 'zh-CN', texts: 1, missing: 1 }])
  assert.deepEqual(form?.items[0]?.text, { text: 'a', in: { 'zh-CN': '文' } })
})

test('patterns match whole texts, and those that may take exponential time are not compiled', () => {
  assert.equal(compilePattern('a|b')?.test('ab'), false)
  assert.equal(compilePattern('\\-x')?.test('-x'), true)
  const fine = [
    '[A-Z]{2}\\d+',
    '(\\d{3})-(\\d{4})',
    '(?:ab)*c',
    '(a|b)c',
    '[(+]+',
    '\\(a+\\)+',
    '(\\+49)?\\d+',
  ]
  for (const good of fine) assert.notEqual(compilePattern(good), null, good)
  const bad = ['(a+)+$', '(a*)*', '((a+)b)+', '(a|aa)+', '(a|b){2,}', '(a)\\1', '[', 'a'.repeat(501)]
  for (const one of bad) assert.equal(compilePattern(one), null, one)
})

function deep(levels: number): Json {
  let item: Json = bool('leaf')
  for (let level = 0; level < levels; level++) item = { linkId: `g${level}`, type: 'group', item: [item] }
  return item
}

test("a value set's designations are the translations of its displays, those for other uses are not", () => {
  const concept = {
    code: 'Y',
    display: 'Ja',
    designation: [
      { language: 'en', value: 'Yes' },
      { language: 'fr', value: 'Oui', use: { code: 'display' } },
      { language: 'it', value: 'Sicuramente', use: { code: '900000000000013009' } },
      { value: 'J' },
    ],
  }
  const item = [{ linkId: 'a', type: 'choice', text: 'A', answerValueSet: '#v' }]
  for (const part of [
    { compose: { include: [{ concept: [concept] }] } },
    { expansion: { contains: [concept] } },
  ]) {
    const contained = [{ resourceType: 'ValueSet', id: 'v', ...part }]
    const { form } = importQuestionnaire(of(item, { contained }), device.check)
    assert.deepEqual(form?.items[0]?.options?.[0]?.words, { text: 'Ja', in: { en: 'Yes', fr: 'Oui' } })
  }
})

test('what has no letters needs no translation', () => {
  const extension = [
    {
      url: `${core}translation`,
      extension: [
        { url: 'lang', valueCode: 'es' },
        { url: 'content', valueString: 'Sí' },
      ],
    },
  ]
  const missing = (prefix: string) =>
    importQuestionnaire(one({ text: 'Yes', _text: { extension }, prefix }), device.check).report.languages()
  assert.deepEqual(
    missing('1.').map((language) => language.missing),
    [0],
  )
  assert.deepEqual(
    missing('A.').map((language) => language.missing),
    [1],
  )
})
