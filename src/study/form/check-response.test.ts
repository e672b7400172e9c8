// Every finding of a response: what gives it, and what does not. One form, one response that fits it, and for each
// finding the smallest change that brings it about.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkResponse } from './check-response.ts'
import { createExpressions } from './expressions.ts'
import { importQuestionnaire } from './import-questionnaire.ts'
import { responseFindings } from './response-finding.ts'
import { anyForm } from './testing/form-arbitraries.ts'

type Json = Record<string, unknown>
const expressions = createExpressions(null)
const core = 'http://hl7.org/fhir/StructureDefinition/'
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'
const ucum = 'http://unitsofmeasure.org'
const extension = (...list: [string, Json][]) => ({
  extension: list.map(([url, value]) => ({ url, ...value })),
})
const fhirPath = (expression: string) => ({ valueExpression: { language: 'text/fhirpath', expression } })
const coding = (code: string, more: Json = {}) => ({ valueCoding: { system: 'urn:s', code, ...more } })

const items: Json[] = [
  { linkId: 'intro', type: 'display', text: 'Welcome' },
  {
    linkId: 'pain',
    type: 'integer',
    text: 'Pain',
    required: true,
    ...extension([`${core}minValue`, { valueInteger: 0 }], [`${core}maxValue`, { valueInteger: 10 }]),
  },
  {
    linkId: 'why',
    type: 'string',
    maxLength: 10,
    enableWhen: [{ question: 'pain', operator: '>', answerInteger: 3 }],
  },
  {
    linkId: 'where',
    type: 'choice',
    repeats: true,
    answerOption: [
      coding('back', { display: 'Back' }),
      coding('neck', { display: 'Neck' }),
      {
        ...coding('none', { display: 'None' }),
        ...extension([`${core}questionnaire-optionExclusive`, { valueBoolean: true }]),
      },
    ],
    ...extension(
      [`${core}questionnaire-minOccurs`, { valueInteger: 1 }],
      [`${core}questionnaire-maxOccurs`, { valueInteger: 2 }],
    ),
  },
  { linkId: 'mood', type: 'open-choice', answerOption: [coding('good'), coding('bad')] },
  { linkId: 'country', type: 'choice', answerValueSet: 'http://hl7.org/fhir/ValueSet/iso3166-1-2' },
  {
    linkId: 'weight',
    type: 'quantity',
    ...extension(
      [`${core}questionnaire-unitOption`, { valueCoding: { system: ucum, code: 'kg' } }],
      [`${core}questionnaire-unitOption`, { valueCoding: { system: ucum, code: '[lb_av]' } }],
      [`${sdc}minQuantity`, { valueQuantity: { value: 20, system: ucum, code: 'kg' } }],
      [`${core}maxDecimalPlaces`, { valueInteger: 1 }],
    ),
  },
  { linkId: 'born', type: 'date', ...extension([`${core}maxValue`, { valueDate: '2026-01-01' }]) },
  { linkId: 'at', type: 'dateTime' },
  { linkId: 'clock', type: 'time' },
  { linkId: 'site', type: 'url' },
  { linkId: 'ok', type: 'boolean', item: [{ linkId: 'ok-why', type: 'text', required: true }] },
  {
    linkId: 'photo',
    type: 'attachment',
    ...extension([`${core}mimeType`, { valueCode: 'image/*' }], [`${core}maxSize`, { valueDecimal: 4 }]),
  },
  {
    linkId: 'doctor',
    type: 'reference',
    ...extension([`${core}questionnaire-referenceResource`, { valueCode: 'Practitioner' }]),
  },
  {
    linkId: 'code',
    type: 'string',
    ...extension([`${core}regex`, { valueString: '[A-Z]{2}\\d' }], [`${core}minLength`, { valueInteger: 3 }]),
  },
  { linkId: 'fixed', type: 'string', readOnly: true, initial: [{ valueString: 'v1' }] },
  {
    linkId: 'double',
    type: 'integer',
    readOnly: true,
    ...extension([
      `${sdc}calculatedExpression`,
      fhirPath("%resource.item.where(linkId='pain').answer.value * 2"),
    ]),
  },
  {
    linkId: 'drugs',
    type: 'group',
    repeats: true,
    text: 'Drugs',
    ...extension([`${core}questionnaire-maxOccurs`, { valueInteger: 2 }]),
    item: [
      { linkId: 'drug', type: 'string', required: true },
      { linkId: 'dose', type: 'decimal', ...extension([`${core}maxDecimalPlaces`, { valueInteger: 2 }]) },
    ],
  },
  { linkId: 'must', type: 'group', required: true, item: [{ linkId: 'sleep', type: 'integer' }] },
]

const rule = (key: string, expression: string, severity: string) => ({
  url: `${core}questionnaire-constraint`,
  extension: [
    { url: 'key', valueId: key },
    { url: 'severity', valueCode: severity },
    { url: 'human', valueString: `Rule ${key}` },
    { url: 'expression', valueString: expression },
  ],
})

const questionnaire: Json = {
  resourceType: 'Questionnaire',
  id: 'q',
  url: 'http://example.org/Questionnaire/q',
  version: '2',
  status: 'active',
  subjectType: ['Patient'],
  extension: [
    rule('r-1', "%resource.item.where(linkId='pain').answer.value != 9", 'error'),
    rule('r-2', "item.where(linkId='pain').answer.value != 8", 'warning'),
  ],
  item: items,
}

const { form, report } = importQuestionnaire(questionnaire, expressions.check)
const says = (linkId: string, ...answer: unknown[]) => ({ linkId, answer })
const sound: Json[] = [
  { linkId: 'intro', text: 'Welcome' },
  says('pain', { valueInteger: 5 }),
  says('why', { valueString: 'strain' }),
  says('where', coding('back', { display: 'back' }), coding('neck')),
  says('mood', { valueString: 'so so' }),
  says('weight', { valueQuantity: { value: 70.5, unit: 'kg', system: ucum, code: 'kg' } }),
  says('born', { valueDate: '1970-02' }),
  says('at', { valueDateTime: '2026-11-22T08:00:00+08:00' }),
  says('clock', { valueTime: '08:00:00' }),
  says('site', { valueUri: 'https://example.org' }),
  says('ok', { valueBoolean: true, item: [says('ok-why', { valueString: 'two\nlines' })] }),
  says('photo', { valueAttachment: { contentType: 'image/png', data: 'aGk=' } }),
  says('doctor', { valueReference: { reference: 'Practitioner/1' } }),
  says('code', { valueString: 'AB1' }),
  says('fixed', { valueString: 'v1' }),
  says('double', { valueInteger: 10 }),
  { linkId: 'drugs', item: [says('drug', { valueString: 'a' }), says('dose', { valueDecimal: 2.25 })] },
  { linkId: 'drugs', item: [says('drug', { valueString: 'b' })] },
  { linkId: 'must', item: [says('sleep', { valueInteger: 8 })] },
]
const response: Json = {
  resourceType: 'QuestionnaireResponse',
  questionnaire: 'http://example.org/Questionnaire/q|2',
  status: 'completed',
  subject: { reference: 'Patient/1' },
  authored: '2026-11-22T08:00:00+08:00',
  item: sound,
}

/** Findings as `code linkId`. */
function findings(changed: Json): string[] {
  assert.ok(form !== null, JSON.stringify(report.entries.filter((entry) => entry.blocks === 'everything')))
  return checkResponse(form, changed, expressions).findings.map(({ code, linkId }) =>
    linkId ? `${code} ${linkId}` : code,
  )
}

/** The sound response with the first item of that linkId replaced (by nothing, one or several). */
function withItem(linkId: string, ...instead: unknown[]): Json {
  const at = sound.findIndex((one) => one.linkId === linkId)
  return { ...response, item: [...sound.slice(0, at), ...instead, ...sound.slice(at + 1)] }
}
const answered = (linkId: string, ...answer: unknown[]) => withItem(linkId, says(linkId, ...answer))
const added = (...more: unknown[]): Json => ({ ...response, item: [...sound, ...more] })

test('a response that fits has no findings', () => assert.deepEqual(findings(response), []))

const photo = (more: Json) => answered('photo', { valueAttachment: { contentType: 'image/png', ...more } })
const kg = (more: Json) =>
  answered('weight', { valueQuantity: { value: 70, system: ucum, code: 'kg', ...more } })
const drug = (...item: unknown[]) => ({ linkId: 'drugs', item })

const cases: readonly [string, Json, string[]][] = [
  ['no status', { ...response, status: undefined }, []],
  ['no status at all', omit(response, 'status'), ['status-missing']],
  ['an unknown status', { ...response, status: 'final' }, ['status-unknown']],
  ['no questionnaire', omit(response, 'questionnaire'), ['questionnaire-missing']],
  [
    'another questionnaire',
    { ...response, questionnaire: 'http://example.org/x' },
    ['questionnaire-mismatch'],
  ],
  [
    'another version',
    { ...response, questionnaire: 'http://example.org/Questionnaire/q|1' },
    ['questionnaire-version-mismatch'],
  ],
  ['no version', { ...response, questionnaire: 'http://example.org/Questionnaire/q' }, []],
  ['a relative reference', { ...response, questionnaire: 'Questionnaire/q' }, []],
  ['a questionnaire that is no text', { ...response, questionnaire: 3 }, ['json-invalid']],
  ['a day that does not exist', { ...response, authored: '2026-02-30' }, ['authored-invalid']],
  ['an unknown member', { ...response, answers: [] }, ['element-unknown']],
  ['implicit rules', { ...response, implicitRules: 'urn:x' }, ['modifier-extension']],
  ['another subject', { ...response, subject: { reference: 'Group/1' } }, ['subject-mismatch']],
  [
    'no items',
    { ...response, item: [] },
    ['list-empty', 'required-missing pain', 'too-few-answers where', 'required-missing must'],
  ],
  [
    'items that are no list',
    { ...response, item: {} },
    ['json-invalid', 'required-missing pain', 'too-few-answers where', 'required-missing must'],
  ],
  ['no linkId', added({ answer: [{ valueInteger: 1 }] }), ['link-id-missing']],
  ['an unknown linkId', added(says('appetite', { valueInteger: 1 })), ['link-id-unknown appetite']],
  ['a linkId like a sentence', added(says('my pain is bad', { valueInteger: 1 })), ['link-id-unknown']],
  [
    'an unknown group',
    added({ linkId: 'x', item: [says('pain', { valueInteger: 1 })] }),
    ['link-id-unknown x', 'item-misplaced pain'],
  ],
  ['out of its group', added(says('sleep', { valueInteger: 8 })), ['item-misplaced sleep']],
  [
    'into a group',
    withItem('must', { linkId: 'must', item: [says('sleep', { valueInteger: 8 }), says('clock')] }),
    ['item-misplaced clock'],
  ],
  [
    'a question twice',
    withItem('clock', says('clock', { valueTime: '08:00:00' }), says('clock', { valueTime: '09:00:00' })),
    ['item-repeated clock'],
  ],
  [
    'a group twice',
    added({ linkId: 'must', item: [says('sleep', { valueInteger: 1 })] }),
    ['item-repeated must'],
  ],
  [
    'out of order',
    withItem('pain', says('why', { valueString: 'x' }), says('pain', { valueInteger: 5 })),
    ['item-out-of-order pain', 'item-repeated why'],
  ],
  ['nothing in it', withItem('clock', { linkId: 'clock' }), ['item-empty clock']],
  ['an empty list', withItem('clock', { linkId: 'clock', answer: [] }), ['list-empty clock']],
  [
    'a reason instead',
    withItem('clock', {
      linkId: 'clock',
      ...extension([`${core}data-absent-reason`, { valueCode: 'asked-declined' }]),
    }),
    [],
  ],
  ['null as an answer', answered('clock', null), ['json-invalid clock']],
  [
    'an answered group',
    withItem('must', {
      linkId: 'must',
      answer: [{ valueInteger: 1 }],
      item: [says('sleep', { valueInteger: 8 })],
    }),
    ['group-answered must'],
  ],
  ['an answered display', withItem('intro', says('intro', { valueString: 'x' })), ['display-answered intro']],
  [
    'items beside the answer',
    withItem('ok', {
      linkId: 'ok',
      answer: [{ valueBoolean: true }],
      item: [says('ok-why', { valueString: 'x' })],
    }),
    ['items-beside-answer ok', 'item-misplaced ok-why', 'required-missing ok-why'],
  ],
  [
    'an unknown member of an item',
    withItem('clock', { ...says('clock', { valueTime: '08:00:00' }), display: 'x' }),
    ['element-unknown clock'],
  ],
  [
    'an unknown member of an answer',
    answered('clock', { valueTime: '08:00:00', comment: 'x' }),
    ['element-unknown clock'],
  ],
  [
    'a modifier extension',
    withItem('clock', { ...says('clock', { valueTime: '08:00:00' }), modifierExtension: [] }),
    ['modifier-extension clock'],
  ],
  ['another text', withItem('intro', { linkId: 'intro', text: 'Hello' }), ['text-differs intro']],
  [
    'a required item missing',
    withItem('pain'),
    ['required-missing pain', 'hidden-answered why', 'calculated-differs double'],
  ],
  ['a required item hidden with its parent', withItem('ok'), []],
  ['a required item inside an answer', answered('ok', { valueBoolean: true }), ['required-missing ok-why']],
  [
    'a required group empty',
    withItem('must', { linkId: 'must', item: [{ linkId: 'sleep' }] }),
    ['required-missing must', 'item-empty sleep'],
  ],
  [
    'a repetition without its required item',
    withItem('drugs', drug(says('dose', { valueDecimal: 1 }))),
    ['required-missing drug'],
  ],
  ['no repetition', { ...response, item: sound.filter((one) => one.linkId !== 'drugs') }, []],
  [
    'not finished yet',
    { ...withItem('pain'), status: 'in-progress' },
    ['required-missing pain', 'hidden-answered why', 'calculated-differs double'],
  ],
  [
    'hidden by an answer',
    answered('pain', { valueInteger: 2 }),
    ['hidden-answered why', 'calculated-differs double'],
  ],
  ['too few', withItem('where'), ['too-few-answers where']],
  [
    'too many choices',
    answered('where', coding('back'), coding('neck'), coding('back')),
    ['too-many-answers where', 'answer-repeated where'],
  ],
  [
    'two answers to one question',
    answered('clock', { valueTime: '08:00:00' }, { valueTime: '09:00:00' }),
    ['too-many-answers clock'],
  ],
  [
    'three repetitions',
    withItem('drugs', drug(says('drug', { valueString: 'a' })), drug(says('drug', { valueString: 'c' }))),
    ['too-many-answers drugs'],
  ],
  ['no value', answered('clock', {}), ['answer-without-value clock']],
  [
    'two values',
    answered('clock', { valueTime: '08:00:00', valueString: 'x' }),
    ['answer-several-values clock'],
  ],
  ['another type', answered('clock', { valueString: '08:00:00' }), ['wrong-type clock']],
  ['a type that FHIR does not have here', answered('clock', { valueRange: {} }), ['wrong-type clock']],
  ['a decimal as an integer', answered('pain', { valueDecimal: 5 }), ['wrong-type pain']],
  [
    'true as a text',
    answered('ok', { valueBoolean: 'true', item: [says('ok-why', { valueString: 'x' })] }),
    ['boolean-invalid ok'],
  ],
  [
    'a number as a text',
    answered('pain', { valueInteger: '5' }),
    ['number-invalid pain', 'hidden-answered why', 'expression-failed double'],
  ],
  [
    'half a point',
    answered('pain', { valueInteger: 4.5 }),
    ['number-invalid pain', 'calculated-differs double'],
  ],
  ['an empty text', answered('mood', { valueString: ' ' }), ['text-invalid mood']],
  ['a day that is none', answered('born', { valueDate: '2025-02-29' }), ['date-invalid born']],
  [
    'a moment without zone',
    answered('at', { valueDateTime: '2026-11-22T08:00:00' }),
    ['date-time-invalid at'],
  ],
  ['a time without seconds', answered('clock', { valueTime: '08:00' }), ['time-invalid clock']],
  ['an address with a space', answered('site', { valueUri: 'http://a b' }), ['url-invalid site']],
  [
    'a coding without code',
    answered('where', { valueCoding: { system: 'urn:s' } }),
    ['coding-invalid where'],
  ],
  ['a quantity without number', kg({ value: undefined }), ['quantity-invalid weight']],
  ['an attachment without content', photo({}), ['attachment-invalid photo']],
  ['a reference to nothing', answered('doctor', { valueReference: {} }), ['reference-invalid doctor']],
  [
    'above the scale',
    answered('pain', { valueInteger: 11 }),
    ['out-of-range pain', 'calculated-differs double'],
  ],
  [
    'below the scale',
    answered('pain', { valueInteger: -1 }),
    ['out-of-range pain', 'hidden-answered why', 'calculated-differs double'],
  ],
  ['too light, in another unit', kg({ value: 40, code: '[lb_av]' }), ['out-of-range weight']],
  ['born tomorrow', answered('born', { valueDate: '2026-01-02' }), ['out-of-range born']],
  ['too long', answered('why', { valueString: 'x'.repeat(11) }), ['too-long why']],
  ['ten characters beyond the basic plane', answered('why', { valueString: '😀'.repeat(10) }), []],
  ['two lines in a string', answered('why', { valueString: 'a\nb' }), ['line-break why']],
  [
    'too short, and not of the form',
    answered('code', { valueString: 'AB' }),
    ['too-short code', 'pattern-mismatch code'],
  ],
  [
    'too precise',
    withItem('drugs', drug(says('drug', { valueString: 'a' }), says('dose', { valueDecimal: 2.125 }))),
    ['too-many-decimals dose'],
  ],
  ['a quantity too precise', kg({ value: 70.55 }), ['too-many-decimals weight']],
  ['not a choice', answered('where', coding('foot')), ['option-unknown where']],
  [
    'a choice of another system',
    answered('where', { valueCoding: { system: 'urn:t', code: 'back' } }),
    ['code-system-mismatch where'],
  ],
  [
    'a choice without system',
    answered('where', { valueCoding: { code: 'back' } }),
    ['code-system-mismatch where'],
  ],
  ['another display', answered('where', coding('back', { display: 'Bauch' })), ['display-mismatch where']],
  ['an unlisted code of an open choice', answered('mood', coding('odd')), ['option-unknown mood']],
  [
    'a code that cannot be verified',
    withItem('weight', says('country', coding('DE'))),
    ['option-unverifiable country'],
  ],
  ['none and another', answered('where', coding('none'), coding('back')), ['option-exclusive where']],
  ['another unit', kg({ value: 70_000, code: 'g' }), ['unit-mismatch weight']],
  ['no unit', answered('weight', { valueQuantity: { value: 70 } }), ['unit-missing weight']],
  ['not a picture', photo({ contentType: 'text/plain', data: 'aGk=' }), ['attachment-type photo']],
  ['a picture too large', photo({ data: 'aGFsbG8=' }), ['attachment-size photo']],
  [
    'a reference of another kind',
    answered('doctor', { valueReference: { reference: 'Patient/1' } }),
    ['reference-type doctor'],
  ],
  ['a fixed value changed', answered('fixed', { valueString: 'v2' }), ['fixed-changed fixed']],
  [
    'a rule broken',
    answered('pain', { valueInteger: 9 }),
    ['constraint-failed', 'calculated-differs double'],
  ],
  ['another sum', answered('double', { valueInteger: 11 }), ['calculated-differs double']],
]

for (const [name, changed, expected] of cases.slice(1))
  test(`check: ${name}`, () => assert.deepEqual(findings(changed).sort(), [...expected].sort()))

/** A form without url and id, such as one kept as a file: nothing says whose response it is. */
function ofNamelessForm(questionnaire: string): string[] {
  const nameless = {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [{ linkId: 'a', type: 'string' }],
  }
  const { form } = importQuestionnaire(nameless, expressions.check)
  assert.ok(form !== null)
  const given = { resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire }
  return checkResponse(form, given, expressions).findings.map(({ code, severity }) => `${code} ${severity}`)
}

test('whether a response belongs to a form without url and id cannot be told', () => {
  assert.deepEqual(ofNamelessForm('http://a.example/q|1'), ['questionnaire-unverifiable information'])
})

test('a quantity has a least and a most value, in any unit of its kind', () => {
  const kg = (value: number) => ({ value, unit: 'kg', system: ucum, code: 'kg' })
  const item = [
    {
      linkId: 'w',
      type: 'quantity',
      ...extension(
        [`${core}minValue`, { valueQuantity: kg(40) }],
        [`${core}maxValue`, { valueQuantity: kg(200) }],
      ),
    },
  ]
  const { form, report } = importQuestionnaire(
    { resourceType: 'Questionnaire', id: 'q', status: 'active', item },
    expressions.check,
  )
  assert.ok(form !== null && !report.stops('publishing'))
  const codesOf = (value: number, code: string) =>
    checkResponse(
      form,
      {
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        questionnaire: 'Questionnaire/q',
        item: [{ linkId: 'w', answer: [{ valueQuantity: { ...kg(value), unit: code, code } }] }],
      },
      expressions,
    ).findings.map(({ code }) => code)
  assert.deepEqual(
    [codesOf(39_999, 'g'), codesOf(40, 'kg'), codesOf(200.1, 'kg')],
    [['out-of-range'], [], ['out-of-range']],
  )
})

test('every code of the catalogue can come about', () => {
  const told = new Set(cases.flatMap(([, changed]) => findings(changed).map((one) => one.split(' ')[0])))
  told.add('too-deep')
  for (const one of ofNamelessForm('http://a.example/q')) told.add(one.split(' ')[0])
  assert.deepEqual(
    Object.keys(responseFindings).filter((code) => !told.has(code)),
    [],
  )
})

test('only errors are errors: what a response in progress lacks is information', () => {
  assert.ok(form !== null)
  const severities = (status: string) =>
    checkResponse(form, { ...withItem('must'), status }, expressions).findings.map(({ severity }) => severity)
  assert.deepEqual(severities('completed'), ['error'])
  assert.deepEqual(severities('amended'), ['error'])
  assert.deepEqual(severities('in-progress'), ['information'])
})

test('a finding never holds an answer', () => {
  const secret = 'secretword'
  for (const [linkId] of Object.entries(Object.fromEntries(sound.map((one) => [one.linkId, 0])))) {
    const values = [
      { valueString: secret },
      { valueCoding: { code: secret, display: secret } },
      { valueDate: secret },
    ]
    for (const value of values) {
      assert.ok(form !== null)
      const told = JSON.stringify(checkResponse(form, answered(linkId, value), expressions).findings)
      assert.doesNotMatch(told, /secretword/, linkId)
    }
  }
})

test('items nested without end are told, not followed', () => {
  let nested: Json = says('ok', { valueBoolean: true })
  for (let depth = 0; depth < 5000; depth++) nested = { linkId: 'x', item: [nested] }
  assert.ok(findings(added(nested)).length <= 60)
})

test('law: checking is stable, changes nothing, and tells every hidden answer', () => {
  fc.assert(
    fc.property(anyForm({ repeats: true, forward: true }), ({ questionnaire: any, response: given }) => {
      const before = JSON.stringify(given)
      const made = importQuestionnaire(any, expressions.check).form
      if (made === null) return
      const first = checkResponse(made, given, expressions)
      // The compiled form survives a trip through JSON.
      const second = checkResponse(JSON.parse(JSON.stringify(made)), given, expressions)
      assert.deepEqual(first.findings, second.findings)
      assert.equal(JSON.stringify(given), before)
      const hidden = first.findings.filter((one) => one.code === 'hidden-answered').length
      const answers = (text: string) => text.split('"answer":').length - 1
      assert.equal(answers(before), answers(JSON.stringify(first.enablement.resource)) + hidden)
      // What is left after hiding has nothing hidden in it.
      const again = checkResponse(made, first.enablement.resource, expressions)
      assert.equal(again.findings.filter((one) => one.code === 'hidden-answered').length, 0)
      const structural = [
        'link-id-unknown',
        'item-misplaced',
        'item-out-of-order',
        'item-repeated',
        'wrong-type',
      ]
      assert.deepEqual(
        first.findings.filter((one) => structural.includes(one.code)),
        [],
      )
    }),
    { numRuns: 500 },
  )
})

test('law: any JSON is checked without throwing', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 6 })), fc.jsonValue(), (list, status) => {
      const item = list.map((one) =>
        typeof one === 'object' && one !== null ? { linkId: 'pain', ...one } : one,
      )
      for (const given of [item, list])
        assert.ok(Array.isArray(findings({ ...response, status, item: given })))
      assert.ok(
        Array.isArray(findings({ ...response, item: [{ linkId: 'pain', answer: list, item: list }] })),
      )
    }),
    { numRuns: 300 },
  )
})

function omit(object: Json, member: string): Json {
  const { [member]: _gone, ...rest } = object
  return rest
}
