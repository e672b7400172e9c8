// enableWhen as FHIR R4 says it: tables for what the words of the standard leave to read closely, and laws against a
// slow reference and against the same conditions written as FHIRPath.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4/index.js'
import type { FormDefinition } from './definition.ts'
import { fromJson } from './expression/items.ts'
import { createExpressions, type Expressions } from './expressions.ts'
import { importQuestionnaire } from './import-questionnaire.ts'
import { anyForm } from './testing/form-arbitraries.ts'
import { slowVisible } from './testing/slow-visible.ts'
import { visibleItems } from './visible-items.ts'

type Json = Record<string, unknown>
const expressions = createExpressions(null)

function formOf(questionnaire: Json): FormDefinition | null {
  return importQuestionnaire(questionnaire, expressions.check).form
}

/** The places enabled in a form of these items by these response items. */
function enabled(items: readonly Json[], answered: readonly Json[]): string[] {
  const form = formOf({ resourceType: 'Questionnaire', status: 'active', item: items })
  assert.ok(form !== null, 'the form is refused')
  const response = { resourceType: 'QuestionnaireResponse', status: 'completed', item: answered }
  return visibleItems(form, response, expressions).places.map(({ place }) => place)
}

const when = (question: string, operator: string, answer: Json) => ({
  enableWhen: [{ question, operator, ...answer }],
})
const says = (linkId: string, ...answer: Json[]) => ({ linkId, answer })
const isShown = (type: string, operator: string, answer: Json, given: Json[], more: Json = {}) =>
  enabled(
    [
      { linkId: 'q', type, repeats: true, ...more },
      { linkId: 'then', type: 'display', ...when('q', operator, answer) },
    ],
    given.length === 0 ? [] : [says('q', ...given)],
  ).includes('then')

const coding = (code: string, system?: string) => ({ valueCoding: { code, ...(system && { system }) } })
const wanted = (code: string, system?: string) => ({ answerCoding: { code, ...(system && { system }) } })
const quantity = (value: number, code: string) => ({
  value,
  unit: code,
  system: 'http://unitsofmeasure.org',
  code,
})

/** [type, operator, answer of the form, answers given, whether the item is shown] */
const cases: readonly [string, string, Json, Json[], boolean][] = [
  ['boolean', 'exists', { answerBoolean: true }, [{ valueBoolean: false }], true],
  ['boolean', 'exists', { answerBoolean: true }, [], false],
  ['boolean', 'exists', { answerBoolean: false }, [], true],
  ['boolean', 'exists', { answerBoolean: false }, [{ valueBoolean: false }], false],
  ['boolean', '=', { answerBoolean: false }, [{ valueBoolean: false }], true],
  ['boolean', '=', { answerBoolean: false }, [], false],
  ['boolean', '!=', { answerBoolean: true }, [{ valueBoolean: false }], true],
  ['boolean', '!=', { answerBoolean: true }, [], false],
  ['boolean', '>', { answerBoolean: false }, [{ valueBoolean: true }], false],
  ['integer', '=', { answerInteger: 3 }, [{ valueInteger: 3 }], true],
  ['integer', '=', { answerDecimal: 3.0 }, [{ valueInteger: 3 }], true],
  ['integer', '>', { answerInteger: 3 }, [{ valueInteger: 3 }], false],
  ['integer', '>', { answerInteger: 3 }, [{ valueInteger: 4 }], true],
  ['integer', '>=', { answerInteger: 3 }, [{ valueInteger: 3 }], true],
  ['integer', '<', { answerInteger: 3 }, [{ valueInteger: 3 }], false],
  ['integer', '<=', { answerInteger: 3 }, [{ valueInteger: 3 }], true],
  ['integer', '>', { answerInteger: 3 }, [], false],
  ['integer', '>', { answerInteger: 3 }, [{ valueInteger: 1 }, { valueInteger: 5 }], true],
  ['integer', '=', { answerInteger: 3 }, [{ valueInteger: 1 }, { valueInteger: 3 }], true],
  ['integer', '!=', { answerInteger: 3 }, [{ valueInteger: 1 }, { valueInteger: 3 }], false],
  ['integer', '!=', { answerInteger: 3 }, [{ valueInteger: 1 }, { valueInteger: 4 }], true],
  ['decimal', '<', { answerDecimal: 37.5 }, [{ valueDecimal: 37.4 }], true],
  ['string', '=', { answerString: 'a' }, [{ valueString: 'A' }], false],
  ['string', '>', { answerString: 'a' }, [{ valueString: 'b' }], true],
  ['date', '>', { answerDate: '2026-01-31' }, [{ valueDate: '2026-02' }], true],
  ['date', '>', { answerDate: '2026-02-03' }, [{ valueDate: '2026-02' }], false],
  ['date', '<', { answerDate: '2026-02-03' }, [{ valueDate: '2026-02' }], false],
  ['date', '!=', { answerDate: '2026-02-03' }, [{ valueDate: '2026-02' }], false],
  [
    'dateTime',
    '=',
    { answerDateTime: '2026-02-03T10:00:00Z' },
    [{ valueDateTime: '2026-02-03T11:00:00+01:00' }],
    true,
  ],
  ['dateTime', '>', { answerDate: '2026-02-02' }, [{ valueDateTime: '2026-02-03T00:30:00+01:00' }], true],
  ['time', '>=', { answerTime: '08:00:00' }, [{ valueTime: '08:00:00.5' }], true],
  ['quantity', '>', { answerQuantity: quantity(1, 'kg') }, [{ valueQuantity: quantity(1500, 'g') }], true],
  ['quantity', '=', { answerQuantity: quantity(1, 'kg') }, [{ valueQuantity: quantity(1000, 'g') }], true],
  ['quantity', '>', { answerQuantity: quantity(1, 'kg') }, [{ valueQuantity: quantity(9, 'm') }], false],
  ['quantity', '!=', { answerQuantity: quantity(1, 'kg') }, [{ valueQuantity: quantity(1, 'm') }], true],
]

for (const [type, operator, answer, given, shown] of cases)
  test(`enableWhen ${operator} ${JSON.stringify(Object.values(answer)[0])} on ${type} answered ${JSON.stringify(given)}`, () =>
    assert.equal(isShown(type, operator, answer, given), shown))

test('codes: system and code decide; a form without system leaves the system open', () => {
  const more = { answerOption: [coding('x', 'urn:1'), coding('y', 'urn:1')] }
  const choice = (operator: string, answer: Json, given: Json[]) =>
    isShown('choice', operator, answer, given, more)
  assert.equal(choice('=', wanted('x', 'urn:1'), [coding('x', 'urn:1')]), true)
  assert.equal(choice('=', wanted('x', 'urn:1'), [coding('x', 'urn:2')]), false)
  assert.equal(choice('=', wanted('x', 'urn:1'), [coding('x')]), false)
  assert.equal(choice('=', wanted('x'), [coding('x', 'urn:1')]), true)
  assert.equal(choice('=', wanted('x', 'urn:1'), [coding('y', 'urn:1'), coding('x', 'urn:1')]), true)
  assert.equal(choice('!=', wanted('x', 'urn:1'), [coding('y', 'urn:1'), coding('x', 'urn:1')]), false)
  assert.equal(choice('>', wanted('x', 'urn:1'), [coding('y', 'urn:1')]), false)
})

const bool = (linkId: string, more: Json = {}) => ({ linkId, type: 'boolean', ...more })
const yes = { valueBoolean: true }
const isYes = { answerBoolean: true }

test('a disabled question counts as unanswered, also for the next in the chain', () => {
  const items = [
    bool('a'),
    bool('b', when('a', '=', isYes)),
    bool('c', when('b', '=', isYes)),
    bool('d', when('c', 'exists', { answerBoolean: false })),
  ]
  assert.deepEqual(enabled(items, [says('a', yes), says('b', yes), says('c', yes)]), ['a', 'b', 'c'])
  assert.deepEqual(enabled(items, [says('a', { valueBoolean: false }), says('b', yes), says('c', yes)]), [
    'a',
    'd',
  ])
})

test('what stands inside a disabled group is disabled, whatever its own condition says', () => {
  const items = [
    bool('a'),
    {
      linkId: 'g',
      type: 'group',
      ...when('a', '=', isYes),
      item: [bool('in'), bool('always', when('a', 'exists', isYes))],
    },
    bool('after', when('in', '=', isYes)),
  ]
  const inside = { linkId: 'g', item: [says('in', yes), says('always', yes)] }
  assert.deepEqual(enabled(items, [says('a', { valueBoolean: false }), inside]), ['a'])
  assert.deepEqual(enabled(items, [says('a', yes), inside]), ['a', 'g', 'g/in', 'g/always', 'after'])
})

test('enableBehavior: all and any', () => {
  const both = (enableBehavior: string) => [
    bool('a'),
    bool('b'),
    bool('c', {
      enableBehavior,
      enableWhen: [
        { question: 'a', operator: '=', answerBoolean: true },
        { question: 'b', operator: '=', answerBoolean: true },
      ],
    }),
  ]
  assert.deepEqual(enabled(both('any'), [says('b', yes)]), ['a', 'b', 'c'])
  assert.deepEqual(enabled(both('all'), [says('b', yes)]), ['a', 'b'])
  assert.deepEqual(enabled(both('all'), [says('a', yes), says('b', yes)]), ['a', 'b', 'c'])
})

test('inside a repeating group a condition means the question of the same repetition', () => {
  const items = [
    {
      linkId: 'drug',
      type: 'group',
      repeats: true,
      item: [bool('dose', when('taken', '=', isYes)), bool('taken')],
    },
    bool('last', when('taken', '=', isYes)),
  ]
  const drug = (...item: Json[]) => ({ linkId: 'drug', item })
  const no = { valueBoolean: false }
  assert.deepEqual(
    enabled(items, [
      drug(says('taken', yes)),
      drug(says('dose', yes)),
      drug(says('taken', no)),
      drug(says('taken', yes)),
    ]),
    [
      'drug[0]',
      'drug[0]/dose',
      'drug[0]/taken',
      'drug[1]',
      'drug[1]/taken',
      'drug[2]',
      'drug[2]/taken',
      'drug[3]',
      'drug[3]/dose',
      'drug[3]/taken',
      'last',
    ],
  )
  // From outside, the nearest before: the last repetition.
  assert.ok(!enabled(items, [drug(says('taken', yes)), drug(says('taken', no))]).includes('last'))
})

test('a condition may look at a later item and at the question it stands in', () => {
  assert.deepEqual(enabled([bool('a', when('b', '=', isYes)), bool('b')], [says('b', yes)]), ['a', 'b'])
  const nested = [bool('q', { item: [bool('why', when('q', '=', isYes))] })]
  assert.deepEqual(enabled(nested, [says('q', { valueBoolean: true })]), ['q', 'q/why'])
  assert.deepEqual(enabled(nested, [says('q', { valueBoolean: false })]), ['q'])
  assert.deepEqual(enabled(nested, []), ['q'])
})

test('law: the evaluation says what the slow reference says', () => {
  let judged = 0
  fc.assert(
    fc.property(anyForm({ repeats: true, forward: true }), ({ questionnaire, response }) => {
      const form = formOf(questionnaire)
      // Conditions in a circle are refused by the importer.
      if (form === null) return
      judged += 1
      const found = visibleItems(form, response, expressions)
      assert.deepEqual(
        found.places.map(({ place }) => place),
        slowVisible(questionnaire, response),
      )
    }),
    { numRuns: 1500 },
  )
  assert.ok(judged > 500, `only ${judged} forms were judged`)
})

/** Every expression by the full engine, none by the subset. */
const engine: Expressions = {
  check: () => 'server',
  questionnaire: null,
  evaluate(text, focus, names) {
    const known = Object.fromEntries(Object.entries(names).map(([name, items]) => [name, items[0]?.value]))
    const path = { base: 'QuestionnaireResponse.item', expression: text }
    return (fhirpath.evaluate(structuredClone(focus), path, structuredClone(known), r4) as unknown[]).flatMap(
      fromJson,
    )
  },
}

test('law: conditions written as FHIRPath enable what the same enableWhen enable, also by the full engine', () => {
  fc.assert(
    fc.property(anyForm({ repeats: false, forward: true }), ({ questionnaire, response }) => {
      const form = formOf(questionnaire)
      if (form === null) return
      const written = formOf(asExpressions(questionnaire))
      assert.ok(written !== null)
      const expected = visibleItems(form, response, expressions).enabled
      assert.deepEqual(visibleItems(written, response, expressions).enabled, expected)
      assert.deepEqual(visibleItems(written, response, engine).enabled, expected)
    }),
    { numRuns: 300 },
  )
})

test('conditions that lead in a circle are refused; expressions in a circle end, and are told', () => {
  const circle = [bool('a', when('b', '=', isYes)), bool('b', when('a', '=', isYes))]
  assert.equal(formOf({ resourceType: 'Questionnaire', status: 'active', item: circle }), null)
  const inside = [{ linkId: 'g', type: 'group', ...when('in', '=', isYes), item: [bool('in')] }]
  assert.equal(formOf({ resourceType: 'Questionnaire', status: 'active', item: inside }), null)
  const form = formOf({
    resourceType: 'Questionnaire',
    status: 'active',
    item: [bool('a', expression("%resource.item.where(linkId='a').answer.empty()"))],
  })
  const response = { resourceType: 'QuestionnaireResponse', item: [says('a', yes)] }
  assert.ok(form !== null)
  const { hidden, enabled: on } = visibleItems(form, response, expressions)
  assert.equal(hidden.length + on.length, 1)
})

const expression = (text: string) => ({
  extension: [
    {
      url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression',
      valueExpression: { language: 'text/fhirpath', expression: text },
    },
  ],
})

/** The same questionnaire with every enableWhen as an expression. */
function asExpressions(questionnaire: Json): Json {
  const rewrite = (one: Json): Json => {
    const { enableWhen, enableBehavior, item, ...rest } = one
    const clauses = ((enableWhen ?? []) as Json[]).map(clauseText)
    const text = clauses.map((clause) => `(${clause})`).join(enableBehavior === 'any' ? ' or ' : ' and ')
    return {
      ...rest,
      ...(clauses.length > 0 && expression(text)),
      ...(item !== undefined && { item: (item as Json[]).map(rewrite) }),
    }
  }
  return { ...questionnaire, item: (questionnaire.item as Json[]).map(rewrite) }
}

function clauseText({ question, operator, ...answer }: Json): string {
  const [[name, value]] = Object.entries(answer) as [[string, unknown]]
  const answers = `%resource.descendants().where(linkId='${question}').answer.value`
  if (operator === 'exists') return `${answers}.exists() = ${value}`
  const literal =
    name === 'answerString'
      ? `'${value}'`
      : name === 'answerDate'
        ? `@${value}`
        : name === 'answerTime'
          ? `@T${value}`
          : name === 'answerCoding'
            ? `'${(value as Json).code}'`
            : String(value)
  const member = name === 'answerCoding' ? '$this.code' : '$this'
  return operator === '!='
    ? `${answers}.exists() and ${answers}.all(${member} != ${literal})`
    : `${answers}.exists(${member} ${operator} ${literal})`
}

test('thousands of items that hang on one another, each on the next, are judged and end', () => {
  const chain = Array.from({ length: 5000 }, (_, i) => ({
    linkId: `i${i}`,
    type: 'boolean',
    ...(i < 4999 && when(`i${i + 1}`, '=', { answerBoolean: true })),
  }))
  const all = chain.map(({ linkId }) => says(linkId, { valueBoolean: true }))
  assert.equal(enabled(chain, all).length, 5000)
  assert.equal(enabled(chain, all.slice(0, -1)).length, 1)
})

test('%questionnaire and %qitem are the source of the form, and beyond a device that does not hold it', () => {
  const holds = (linkId: string, expression: string) => ({
    linkId,
    type: 'string',
    extension: [
      {
        url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression',
        valueExpression: { language: 'text/fhirpath', expression },
      },
    ],
  })
  const item = [
    {
      linkId: 'g',
      type: 'group',
      item: [holds('a', "%qitem.linkId = 'a'"), holds('b', "%qitem.linkId = 'a'")],
    },
    holds('c', "%questionnaire.version = '7' and '%nobody'.exists()"),
    holds('d', "%questionnaire.version = '8'"),
  ]
  const source = { resourceType: 'Questionnaire', status: 'active', version: '7', item }
  const withSource = createExpressions(null, source)
  const { form, report } = importQuestionnaire(source, withSource.check)
  assert.ok(form !== null)
  assert.equal(report.entries.filter(({ reason }) => reason === 'condition-beyond-device').length, 4)
  const response = { resourceType: 'QuestionnaireResponse', status: 'completed' }
  assert.deepEqual(visibleItems(form, response, withSource).enabled, ['g', 'a', 'c'])
})
