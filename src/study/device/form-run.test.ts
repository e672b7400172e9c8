// The laws that bind phone and server: what a phone shows is what the server holds visible, what it sends gives no
// finding for being hidden and loses nothing, and what it calls wrong is what the server calls wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkAnswers } from '../check-answers.ts'
import { cleanAnswers } from '../clean-answers.ts'
import { judgeEnablement } from '../form/enablement.ts'
import { createExpressions } from '../form/expressions.ts'
import { ResponseFindings } from '../form/response-finding.ts'
import { answersOfResponse, responseOfAnswers } from '../form/response-of-answers.ts'
import { layResponse } from '../form/response-tree.ts'
import { anyForm, diceOf } from '../form/testing/form-arbitraries.ts'
import { asStudyForm } from '../form/testing/study-form.ts'
import { visibleItems } from '../form/visible-items.ts'
import type { FormPlan, StudyPlan } from '../plan.ts'
import { judgeByTree } from '../read-answers-by-tree.ts'
import { demoForm, demoPlan, ordinaryMorning } from '../testing/demo-plan.ts'
import { item, option, skippable, small } from '../testing/small-study.ts'
import {
  answerAt,
  type RawAnswer,
  type RawAnswers,
  withAnswer,
  withoutRepetition,
  withRepetition,
} from './answers-at.ts'
import { deviceFormOf } from './compile-device-form.ts'
import { createFormRun, type FormRun } from './form-run.ts'
import { createTreeJudge } from './form-tree.ts'

type Json = Record<string, unknown>
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'
const anyStudy = { languages: ['en', 'zh'], doses: [] } as unknown as StudyPlan
const expressions = createExpressions(null)

/** Through JSON, as it reaches the phone. */
function runOf(form: FormPlan, plan: StudyPlan = anyStudy): FormRun {
  const made = JSON.parse(JSON.stringify(deviceFormOf(plan, form, 'en'))) as ReturnType<typeof deviceFormOf>
  return createFormRun(made, made.needsTree === true ? createTreeJudge(made) : undefined)
}

/** What an independent judgement of the whole response holds visible, with groups that do not repeat left out. */
function visibleOn(form: FormPlan, answers: RawAnswers): Set<string> {
  const read = cleanAnswers({ ...form, onePass: false, definition: withoutConditions(form) }, answers)
  const response = responseOfAnswers(form.definition, read)
  const { places } = visibleItems(form.definition, response, expressions)
  const plain = new Set<string>()
  const lists = new Set<string>()
  const walk = (items: FormPlan['definition']['items']): void => {
    for (const one of items) {
      if (one.type === 'group') (one.repeats === true ? lists : plain).add(one.linkId)
      walk(one.items ?? [])
    }
  }
  walk(form.definition.items)
  const short = (place: string) => {
    const parts = place.split('/')
    const isList = (part: string) => lists.has(part.replace(/\[\d+\]$/, ''))
    return parts.filter((part, at) => isList(part) || (at === parts.length - 1 && !plain.has(part))).join('/')
  }
  const shown = places
    .filter(({ linkId }) => !plain.has(linkId))
    .map(({ place }) => short(place).replace(/\[\d+\]$/, ''))
  return new Set(shown)
}

function withoutConditions(form: FormPlan): FormPlan['definition'] {
  const strip = (one: FormPlan['definition']['items'][number]): typeof one => {
    const { enableWhen: _when, enableExpression: _expression, items, ...rest } = one
    return { ...rest, ...(items !== undefined && { items: items.map(strip) }) }
  }
  return { ...form.definition, items: form.definition.items.map(strip) }
}

/** An expression may look at an item that looks back at it, and find no rest: nobody can say what such a form shows. */
function findsRest(form: FormPlan, answers: RawAnswers): boolean {
  const { level } = judgeByTree(form, answers)
  const response = responseOfAnswers(form.definition, level.answers)
  const tree = layResponse(form.definition, response, new ResponseFindings())
  return judgeEnablement(form.definition, tree, response, expressions).failed.length === 0
}

/** Whether there was something to compare. */
function assertLaws(form: FormPlan, answers: RawAnswers): boolean {
  if (!form.onePass && !findsRest(form, answers)) return false
  const run = runOf(form)
  const steps = run.steps(answers)
  const shown = visibleOn(form, answers)
  const questions = steps.filter(({ screen }) => screen.kind !== 'repeat')
  assert.deepEqual(
    new Set(steps.map(({ id }) => id)),
    // A list that is not there has places inside; they are no steps until a repetition is added.
    new Set([...shown].filter((id) => isThere(id, answers))),
  )
  const sent = run.toSend(answers)
  assert.equal(JSON.stringify(cleanAnswers(form, sent)), JSON.stringify(cleanAnswers(form, answers)))
  const findings = checkAnswers(form, sent)
  assert.ok(!findings.some(({ code }) => code === 'hidden-answered' || code === 'item-unknown'))
  const here = new Set<string>()
  for (const step of questions) {
    const [asked] = run.asked(step, answers)
    if (asked === undefined) continue
    for (const code of run.faults(step, answerAt(answers, step.path, asked.linkId)))
      here.add(`${code} ${asked.linkId}`)
  }
  const lists = new Set(steps.filter(({ screen }) => screen.kind === 'repeat').map(({ id }) => id))
  const there = findings.filter((one) => !lists.has(one.item ?? '')).map((one) => `${one.code} ${one.item}`)
  assert.deepEqual(here, new Set(there))
  assert.deepEqual(run.toSend(sent), sent)
  return true
}

/** Whether every numbered repetition in the id stands in the answers. */
function isThere(id: string, answers: RawAnswers): boolean {
  let level: RawAnswers | undefined = answers
  for (const part of id.split('/').slice(0, -1)) {
    const [, linkId = '', index = ''] = /^(.*)\[(\d+)\]$/.exec(part) ?? [undefined, part, '0']
    level = (level[linkId] as readonly RawAnswers[] | undefined)?.[Number(index)]
    if (level === undefined) return false
  }
  return !id.split('/').at(-1)?.includes('[')
}

for (const [name, traits, least] of [
  ['in one pass', { repeats: false, forward: false }, 200],
  ['by the tree', { repeats: true, forward: true }, 200],
] as const)
  test(`law: phone and server agree on forms judged ${name}`, () => {
    let compared = 0
    fc.assert(
      fc.property(anyForm(traits), ({ questionnaire, response }) => {
        const form = asStudyForm(questionnaire)
        if (form === null) return
        if (assertLaws(form, answersOfResponse(form.definition, response) as RawAnswers)) compared += 1
      }),
      { numRuns: 500 },
    )
    assert.ok(compared > least, `only ${compared} forms were compared`)
  })

test('law: they agree on conditions that are FHIRPath, in repeating groups too', () => {
  let compared = 0
  fc.assert(
    fc.property(
      anyForm({ repeats: true, forward: true }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      ({ questionnaire, response }, seed) => {
        const form = asStudyForm(withExpressions(questionnaire as Json, seed))
        if (form === null) return
        const told = assertLaws(form, answersOfResponse(form.definition, response) as RawAnswers)
        if (told && JSON.stringify(form.definition).includes('enableExpression')) compared += 1
      },
    ),
    { numRuns: 300 },
  )
  assert.ok(compared > 60, `only ${compared} forms had an expression`)
})

function withExpressions(questionnaire: Json, seed: number): Json {
  const dice = diceOf(seed)
  const add = (one: Json): Json => {
    const expression = dice.oneOf([
      `%resource.repeat(item).where(linkId='q${1 + dice.below(9)}').answer.exists()`,
      `%resource.item.where(linkId='q${1 + dice.below(4)}').answer.value.count() > 0`,
      `%resource.repeat(item).where(text = 'q${1 + dice.below(9)}').answer.exists().not()`,
    ])
    const value = { language: 'text/fhirpath', expression }
    const extension = [{ url: `${sdc}enableWhenExpression`, valueExpression: value }]
    return {
      ...one,
      ...(dice.chance(0.3) && one.enableWhen === undefined && { extension }),
      ...(one.item !== undefined && { item: (one.item as Json[]).map(add) }),
    }
  }
  return { ...questionnaire, item: (questionnaire.item as Json[]).map(add) }
}

const odd: fc.Arbitrary<RawAnswer> = fc.oneof(
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.constantFrom<RawAnswer>(-1, 0, 3, 10, 11, 4.123),
  fc.constantFrom<RawAnswer>('', ' mild ', 'AB', 'none', '07:45', '2026-01-31', 'x'.repeat(30)),
  fc.constantFrom<RawAnswer>({ skipped: 'asked-declined' }, { skipped: 'why' }),
  fc.constantFrom<RawAnswer>([], ['a'], ['none', 'a'], ['a', 'b', 'a'], [{ drug: 'x' }, {}]),
)

test('law: the same findings for any answer, of the demo diary and of every limit', () => {
  const plan = demoPlan()
  const limit = (name: string, value: Json) => ({
    url: `http://hl7.org/fhir/StructureDefinition/${name}`,
    ...value,
  })
  const exclusive = {
    ...option('none'),
    extension: [limit('questionnaire-optionExclusive', { valueBoolean: true })],
  }
  const limits = small([
    item('code', 'string', {
      maxLength: 5,
      extension: [limit('regex', { valueString: '[A-Z]{2}' }), limit('minLength', { valueInteger: 2 })],
    }),
    item('since', 'date', { extension: [limit('maxValue', { valueDate: '2026-01-30' }), skippable] }),
    item('clock', 'time', { required: true, extension: [limit('minValue', { valueTime: '08:00:00' })] }),
    item('at', 'dateTime'),
    item('where', 'choice', {
      repeats: true,
      extension: [limit('questionnaire-minOccurs', { valueInteger: 2 })],
      answerOption: [option('a'), option('b'), exclusive],
    }),
    item('mood', 'open-choice', { answerOption: [option('good')] }),
  ])
  const diary = demoForm(plan, 'daily-diary')
  for (const [study, form] of [
    [plan, diary],
    [limits.plan, limits.form],
  ] as const) {
    const run = runOf(form, study)
    const keys = form.items.map(({ linkId }) => linkId)
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), odd, { noNullPrototype: true }), (answers) => {
        const sent = run.toSend(answers)
        const there = checkAnswers(form, sent).map(({ code, item }) => `${code} ${item}`)
        const here = run
          .steps(answers)
          .flatMap((step) => run.asked(step, answers))
          .flatMap((asked) =>
            run.faultsOf(asked, answers[asked.linkId]).map((code) => `${code} ${asked.linkId}`),
          )
        assert.deepEqual(new Set(here), new Set(there))
        assert.equal(JSON.stringify(cleanAnswers(form, sent)), JSON.stringify(cleanAnswers(form, answers)))
      }),
      { numRuns: 400 },
    )
  }
})

test('U21: a medicine asks for the time where it was taken, for a reason where it was not', () => {
  const plan = demoPlan()
  const run = runOf(demoForm(plan, 'daily-diary'), plan)
  const answers = ordinaryMorning as RawAnswers
  const ids = (of: RawAnswers) => run.steps(of).map(({ id }) => id)
  const taken = ['pain', 'fatigue', 'nausea', 'dose-taken', 'pack-number', 'rescue-taken', 'sleep-hours']
  assert.deepEqual(ids(answers), taken)
  const step = run.steps(answers)[3]!
  const asked = (of: RawAnswers) => run.asked(step, of).map(({ linkId }) => linkId)
  assert.deepEqual(asked({}), ['dose-taken'])
  assert.deepEqual(asked(answers), ['dose-taken', 'dose-time'])
  const not = { ...answers, 'dose-taken': false, 'not-taken-why': 'forgot' }
  assert.deepEqual(asked(not), ['dose-taken', 'not-taken-why'])
  assert.equal(run.toSend(not)['dose-time'], undefined)
  assert.equal(run.toSend(not)['not-taken-why'], 'forgot')
  assert.deepEqual(run.faults(step, undefined), ['required-missing'])
  assert.deepEqual(run.faults(step, true), [])
})

test('U19: the crisis text of the PHQ-9 holds at once, without a network; prompts name their question', () => {
  const plan = demoPlan()
  const phq = runOf(demoForm(plan, 'phq-9'), plan)
  assert.deepEqual(phq.messages({ 'phq9-9': 'not-at-all' }), [])
  assert.deepEqual(phq.messages({ 'phq9-9': { skipped: 'asked-declined' } }), [])
  const [told] = phq.messages({ 'phq9-9': 'several-days' })
  assert.equal(told?.rule, 'phq-9-item-9')
  assert.match(told?.text ?? '', /call your emergency number/)
  assert.deepEqual(phq.prompts({ 'phq9-9': 'several-days' }), [])
  const diary = runOf(demoForm(plan, 'daily-diary'), plan)
  const [asked] = diary.prompts({ 'sleep-hours': 20 })
  assert.deepEqual([asked?.rule, asked?.item], ['sleep-very-long', 'sleep-hours'])
  assert.deepEqual(diary.prompts({ 'sleep-hours': 18 }), [])
})

test('a repeating group: its questions come before its list, and repetitions are added and removed', () => {
  const { plan, form } = small([
    item('drugs', 'group', {
      repeats: true,
      required: true,
      extension: [
        { url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs', valueInteger: 2 },
      ],
      item: [
        item('name', 'string', { required: true }),
        item('helped', 'boolean'),
        item('how', 'text', { enableWhen: [{ question: 'helped', operator: '=', answerBoolean: true }] }),
      ],
    }),
    item('note', 'text'),
  ])
  const run = runOf(form, plan)
  const ids = (of: RawAnswers) => run.steps(of).map(({ id }) => id)
  assert.deepEqual(ids({}), ['drugs', 'note'])
  const one = withRepetition({}, [], 'drugs')
  assert.deepEqual(ids(one), ['drugs[0]/name', 'drugs[0]/helped', 'drugs', 'note'])
  const path = [{ linkId: 'drugs', index: 0 }]
  const helped = withAnswer(withAnswer(one, path, 'helped', true), path, 'how', 'well')
  assert.deepEqual(ids(helped).slice(0, 3), ['drugs[0]/name', 'drugs[0]/helped', 'drugs[0]/how'])
  assert.deepEqual(run.steps(helped)[2]?.path, path)
  assert.deepEqual(run.toSend(withAnswer(helped, path, 'helped', false)), { drugs: [{ helped: false }] })
  const list = run.steps(one).find(({ id }) => id === 'drugs')!
  assert.deepEqual(run.faults(list, undefined), ['required-missing'])
  assert.deepEqual(run.faults(list, [{}, {}, {}]), ['too-many-answers'])
  assert.deepEqual(run.faults(list, [{}]), [])
  assert.deepEqual(withoutRepetition(helped, [], 'drugs', 0), {})
  assert.deepEqual(one, { drugs: [{}] }, 'answers are not changed in place')
})

test('a form that needs the tree is not run without it', () => {
  const { plan, form } = small([item('g', 'group', { repeats: true, item: [item('x', 'string')] })])
  const made = deviceFormOf(plan, form, 'en')
  assert.equal(made.needsTree, true)
  assert.throws(() => createFormRun(made), TypeError)
  assert.doesNotMatch(JSON.stringify(made.definition), /Text of/)
  const { form: simple } = small([item('x', 'string')])
  assert.throws(() => createTreeJudge(deviceFormOf(plan, simple, 'en')), TypeError)
})
