// Programs of rules say what CEL says: on every rule of the studies, on the cases of the rules' own tests, and on
// expressions and answers made at random.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanAnswers } from '../clean-answers.ts'
import { compileStudy } from '../compile-study.ts'
import { type Dice, diceOf } from '../form/testing/form-arbitraries.ts'
import type { Answers, FormPlan } from '../plan.ts'
import { createDeviceJudge, deviceRulesOf } from '../rules/device-rules.ts'
import { item, option, skippable, small } from '../testing/small-study.ts'
import { ruleProgramsOf } from './compile-rule-program.ts'
import { ruleHolds } from './rule-program.ts'

type Json = Record<string, unknown>

const items = [
  item('pain', 'integer', { extension: [skippable] }),
  item('temp', 'decimal'),
  item('ok', 'boolean'),
  item('note', 'text', { extension: [skippable] }),
  item('places', 'string', { repeats: true }),
  item('counts', 'integer', { repeats: true }),
  item('mood', 'choice', { answerOption: [option('good'), option('bad')] }),
  item('med-list', 'group', {
    repeats: true,
    item: [
      item('dose', 'decimal'),
      item('name', 'string'),
      item('times', 'group', { repeats: true, item: [item('hour', 'integer'), item('gave', 'boolean')] }),
    ],
  }),
]

function formWith(when: string): FormPlan {
  const check = `checks: [{ id: c, version: "1", form: small, when: ${JSON.stringify(when)}, text: { en: x, zh: x }, prompt: { en: y, zh: y } }]\n`
  return small(items as never, check).form
}

/** By the programs and by CEL, for each of the answers; through JSON, as it reaches the phone. */
function both(form: FormPlan, list: readonly Answers[]): [readonly string[], readonly string[]] {
  const { rules, leftOut } = ruleProgramsOf(form, 'en')
  assert.deepEqual(leftOut, [])
  const programs: typeof rules = JSON.parse(JSON.stringify(rules))
  const judge = createDeviceJudge(deviceRulesOf(form))
  const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id).join()
  return [
    list.map((answers) => ids(programs.filter((rule) => ruleHolds(rule, answers)))),
    list.map((answers) => ids(judge(answers))),
  ]
}

const studies = new URL('../../../studies/', import.meta.url)

for (const study of readdirSync(studies))
  test(`${study}: every rule that belongs on a phone is a program and says the same there`, () => {
    const folder = new URL(`${study}/`, studies)
    const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /\.\w+$/.test(name))
    const plan = compileStudy(
      new Map(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')])),
    )
    for (const form of plan.forms.values()) {
      const list = Array.from({ length: 100 }, (_, seed) => anyAnswersTo(form, diceOf(seed)))
      const [here, there] = both(form, list)
      assert.deepEqual(here, there, form.id)
      for (const { id } of deviceRulesOf(form).rules)
        assert.ok(
          there.some((ids) => ids.split(',').includes(id)),
          `${id} holds sometimes`,
        )
    }
  })

function anyAnswersTo(form: FormPlan, dice: Dice): Answers {
  const raw: Json = {}
  for (const { linkId, kind, options, max = 30 } of form.items) {
    if (dice.chance(0.1)) continue
    if (kind === 'boolean') raw[linkId] = dice.chance(0.5)
    else if (kind === 'choice') raw[linkId] = dice.oneOf([...(options?.keys() ?? [])])
    else if (kind === 'integer' || kind === 'decimal')
      raw[linkId] = dice.chance(0.4) ? 0 : dice.below(max + 1)
    else raw[linkId] = '07:45'
  }
  return cleanAnswers(form, raw)
}

const written: readonly string[] = [
  'answers.med_list.exists(m, m.dose > 10)',
  'answers.med_list.exists(m, m.name == "a" && !has(m.dose))',
  'answers.med_list.all(m, m.times.exists(t, t.hour < 6 || t.gave))',
  'answers.med_list.exists_one(m, m.name == "b")',
  'sum(answers.med_list.map(m, m.dose)) == 25',
  'answers.med_list.map(m, m.dose > 2, m.dose).size() == 1',
  'answers.med_list.filter(m, has(m.name)).exists(x, x.dose > 3)',
  'greatest(answers.counts.map(c, c * 2)) - least(answers.counts) >= 4',
  '!has(answers.pain) && "knee" in answers.places',
  'answers["pain"] in [1, 2] ? answers.temp > 37 : answers.temp < 36.5',
  '1 + answers.pain == 3',
  '7 / 2 == 3 && -7 % 3 == -1 && 7.0 / 2.0 == 3.5',
  '9223372036854775807 + 1 > 0 || answers.ok',
  '1 / (answers.places.size() - 1) == 1',
  'answers.places[1] == "back"',
  'answers.places.size() + 1 > 2 && answers.places != ["knee"]',
  'answers.places + ["x"] == ["knee", "x"]',
  'answers.note.matches("f[ae]ll")',
  'answers.note.startsWith("I") || answers.note.endsWith("n") || answers.note.contains("\\u00e9")',
  'size(answers.note) < 8',
  'answers.note + "!" >= "I fell!"',
  'answers.counts.exists(c, 6 / c > 1.0)',
  'has(answers.note)',
  'has(answers.places) && !has(answers.mood)',
  'double(size(answers.places)) * 1.5 == 3.0',
  'answers.counts.all(c, answers.counts.exists(d, d >= c))',
]

test('programs and CEL agree on each part of the language', () => {
  const list = Array.from({ length: 300 }, (_, seed) => randomAnswers(diceOf(seed)))
  for (const when of written) {
    const [here, there] = both(formWith(when), list)
    assert.deepEqual(here, there, when)
  }
})

function randomAnswers(dice: Dice): Answers {
  const maybe = (make: () => unknown) => (dice.chance(0.8) ? make() : undefined)
  const some = (most: number, make: () => unknown) =>
    Array.from({ length: dice.below(most + 1) }, make).filter((one) => one !== undefined)
  const number = () => dice.oneOf([0, 1, 2, 3, 5, 20, -1, 2.5, 36.6, 37.5, 1e15])
  const whole = () => dice.oneOf([0, 1, 2, 3, 5, 11])
  const text = () => dice.oneOf(['a', 'b', 'knee', 'back', 'I fell', 'down 😀', 'é', 'x'.repeat(2500)])
  const long = () => (dice.chance(0.1) ? 'a'.repeat(12_000) : text())
  const time = () => ({ hour: maybe(whole), gave: maybe(() => dice.chance(0.5)) })
  const drug = () => ({ dose: maybe(number), name: maybe(text), times: maybe(() => some(3, time)) })
  const raw = {
    pain: maybe(() => (dice.chance(0.2) ? { skipped: 'asked-declined' } : whole())),
    temp: maybe(number),
    ok: maybe(() => dice.chance(0.5)),
    note: maybe(long),
    places: maybe(() => some(3, text)),
    counts: maybe(() => some(4, whole)),
    mood: maybe(() => dice.oneOf(['good', 'bad'])),
    'med-list': maybe(() => some(3, drug)),
  }
  return cleanAnswers(plainForm, raw)
}

const plainForm = small(items as never).form

/** A condition of CEL that fits the form, as text. */
function condition(dice: Dice, depth: number, scope: readonly string[]): string {
  const inner = () => condition(dice, depth - 1, scope)
  if (depth > 0 && dice.chance(0.55))
    return dice.oneOf([
      () => `(${inner()} && ${inner()})`,
      () => `(${inner()} || ${inner()})`,
      () => `!(${inner()})`,
      () => `(${inner()} ? ${inner()} : ${inner()})`,
      () => overGroup(dice, depth - 1, scope),
    ])()
  return dice.oneOf([
    () => `${number(dice, 1, scope)} ${dice.oneOf(['<', '<=', '>', '>='])} ${number(dice, 1, scope)}`,
    () => `${number(dice, 1, scope)} == ${dice.oneOf(['1.0', '3.0', '2.5', 'answers.temp'])}`,
    () => `answers.pain ${dice.oneOf(['==', '!=', '>', '<='])} ${dice.below(6)}`,
    () => `answers.pain in [${dice.below(4)}, ${dice.below(9)}]`,
    () => `"${dice.oneOf(['knee', 'a', 'é'])}" in answers.places`,
    () => `answers.places.${dice.oneOf(['exists', 'all', 'exists_one'])}(p, p.contains("a"))`,
    () => `${text(dice)} ${dice.oneOf(['==', '!=', '<', '>='])} ${text(dice)}`,
    () => `has(answers.${dice.oneOf(['pain', 'note', 'places', 'mood', 'temp'])})`,
    () => `answers.med_list.size() ${dice.oneOf(['==', '>', '<'])} ${dice.below(4)}`,
    () => 'answers.ok',
    ...scope.map((name) => () => `${name}.dose > ${dice.below(4)}.5`),
    ...scope.map((name) => () => `has(${name}.name)`),
    ...scope.map((name) => () => `${name}.times.exists(t, t.gave || t.hour > ${dice.below(9)})`),
  ])()
}

function overGroup(dice: Dice, depth: number, scope: readonly string[]): string {
  const name = `m${scope.length}`
  const body = condition(dice, depth, [...scope, name])
  return dice.oneOf([
    `answers.med_list.${dice.oneOf(['exists', 'all', 'exists_one'])}(${name}, ${body})`,
    `answers.med_list.filter(${name}, ${body}).size() > ${dice.below(3)}`,
    `sum(answers.med_list.map(${name}, ${body}, ${name}.dose)) > 3.0`,
  ])
}

function number(dice: Dice, depth: number, scope: readonly string[]): string {
  if (depth > 0 && dice.chance(0.4))
    return `(${number(dice, 0, scope)} ${dice.oneOf(['+', '-', '*', '/'])} ${number(dice, 0, scope)})`
  return dice.oneOf([
    'answers.pain',
    'answers.temp',
    `${dice.below(40)}.0`,
    '-2.5',
    'sum(answers.counts)',
    'greatest(answers.counts)',
    ...scope.map((name) => `${name}.dose`),
  ])
}

const text = (dice: Dice): string => dice.oneOf(['answers.note', 'answers.mood', '"good"', '"I fell"', '"é"'])

test('law: programs and CEL agree on any condition and any answers', () => {
  let held = 0
  let compared = 0
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const dice = diceOf(seed)
      const when = condition(dice, 3, [])
      let form: FormPlan
      try {
        form = formWith(when)
      } catch {
        return
      }
      const list = Array.from({ length: 25 }, () => randomAnswers(dice))
      const [here, there] = both(form, list)
      assert.deepEqual(here, there, when)
      compared += 1
      held += there.filter((ids) => ids !== '').length
    }),
    { numRuns: 250 },
  )
  assert.ok(compared > 150, `only ${compared} conditions were compared`)
  assert.ok(held > compared * 2 && held < compared * 23, `${held} of ${compared * 25} hold`)
})

test('what a program cannot say is named, and stays with the server', () => {
  const left = (when: string, more = items) => {
    const check = `checks: [{ id: c, version: "1", form: small, when: ${JSON.stringify(when)}, text: { en: x, zh: x }, prompt: { en: y, zh: y } }]\n`
    const { rules, leftOut } = ruleProgramsOf(small(more as never, check).form, 'en')
    assert.deepEqual(rules, [])
    return leftOut.map(({ rule, what }) => `${rule}: ${what}`).join()
  }
  assert.equal(left('answers.note.lowerAscii() == "x"'), 'c: lowerAscii()')
  assert.equal(left('timestamp(answers.note).getHours() > 1'), 'c: timestamp()')
  assert.equal(left('int(answers.temp) == 3'), 'c: int()')
  assert.equal(left('{"a": 1.0} == {"a": answers.temp}'), 'c: a map')
  const mixed = [
    item('mix', 'choice', {
      answerOption: [option('a'), { valueInteger: 3 }],
    }),
  ]
  assert.match(left('answers.mix != "a"', mixed as never), /codes of two types \(mix\)/)
})
