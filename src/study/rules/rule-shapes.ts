// What rules can read, as classes and types of CEL: CEL knows a typed object by its class. One set for each form,
// shared by its open and its restricted rules.
import type { CompiledForm } from '../compile-form.ts'
import type { AnswerKind, GroupPlan, ItemPlan } from '../plan.ts'
import { ruleName } from '../rule-name.ts'
import type { ScorePlan } from '../scoring/score-plan.ts'

/** A repeating group as rules see it: a list of objects of its class. */
export type RuleGroup = {
  readonly linkId: string
  readonly ruleName: string
  /** Where it stands, by rule names: `medications/doses`. */
  readonly path: string
  /** The type's name in CEL. */
  readonly type: string
  readonly items: readonly ItemPlan[]
  readonly groups: readonly RuleGroup[]
  /** As many repetitions as the form allows. */
  readonly most: number
  readonly Repetition: new () => object
}

/** An earlier value; `hours_before` counts back from this entry's completion. */
export type EarlierValue = { date: string; hours_before: number; value?: unknown }

/** The classes of one form. */
export type RuleShapes = {
  readonly AnswersForRules: new () => object
  readonly ScoresForRules: new () => object
  readonly EarlierForRules: new () => object
  readonly EarlierScoresForRules: new () => object
  readonly BaselineForRules: new () => object
  readonly BaselineAnswersForRules: new () => object
  /** By the type of its value in CEL; `entry` has no value. */
  readonly Earlier: Readonly<Record<EarlierType, new () => object>>
  readonly groups: readonly RuleGroup[]
}
export type EarlierType = 'double' | 'string' | 'bool' | 'entry'

/** Fresh classes for one form. `mostRepeats` is how many repetitions are ever read. */
export function createRuleShapes(form: CompiledForm, mostRepeats: number): RuleShapes {
  let count = 0
  const groupOf = (group: GroupPlan, above: string): RuleGroup => {
    const name = ruleName(group.linkId)
    const path = above === '' ? name : `${above}/${name}`
    count += 1
    return {
      linkId: group.linkId,
      ruleName: name,
      path,
      type: `Repetition${count}`,
      items: group.items,
      groups: group.groups.map((inner) => groupOf(inner, path)),
      most: Math.min(group.maxAnswers ?? mostRepeats, mostRepeats),
      Repetition: class Repetition {},
    }
  }
  return {
    AnswersForRules: class AnswersForRules {},
    ScoresForRules: class ScoresForRules {},
    EarlierForRules: class EarlierForRules {},
    EarlierScoresForRules: class EarlierScoresForRules {},
    BaselineForRules: class BaselineForRules {},
    BaselineAnswersForRules: class BaselineAnswersForRules {},
    Earlier: {
      double: class EarlierNumber {},
      string: class EarlierText {},
      bool: class EarlierTruth {},
      entry: class EarlierEntry {},
    },
    groups: form.groups.map((group) => groupOf(group, '')),
  }
}

const celTypes: Readonly<Record<AnswerKind, Exclude<EarlierType, 'entry'>>> = {
  boolean: 'bool',
  integer: 'double',
  decimal: 'double',
  string: 'string',
  text: 'string',
  date: 'string',
  time: 'string',
  dateTime: 'string',
  choice: 'string',
}

/** The type of one answer to an item. */
export function celTypeOf(item: ItemPlan): Exclude<EarlierType, 'entry'> {
  const coded =
    item.options !== undefined && [...item.options.keys()].every((code) => typeof code === 'number')
  return coded ? 'double' : celTypes[item.kind]
}

/** An object's members: rule name → CEL type. */
type Fields = Readonly<Record<string, string>>

const answerFields = (items: readonly ItemPlan[], groups: readonly RuleGroup[]): Fields => ({
  ...Object.fromEntries(
    items.map((item) => [item.ruleName, item.repeats ? `list<${celTypeOf(item)}>` : celTypeOf(item)]),
  ),
  ...Object.fromEntries(groups.map((group) => [group.ruleName, `list<${group.type}>`])),
})

/** Every type that rules of a form know, inner ones first, and the variables that hold one. */
export function celTypesOf(form: CompiledForm, scores: readonly ScorePlan[], shapes: RuleShapes) {
  const types: { name: string; ctor: new () => object; fields: Fields }[] = []
  for (const [value, ctor] of Object.entries(shapes.Earlier)) {
    const fields = { date: 'string', hours_before: 'double' }
    types.push({
      name: `Earlier${value}`,
      ctor,
      fields: value === 'entry' ? fields : { ...fields, value },
    })
  }
  const addGroup = (group: RuleGroup): void => {
    group.groups.forEach(addGroup)
    types.push({ name: group.type, ctor: group.Repetition, fields: answerFields(group.items, group.groups) })
  }
  shapes.groups.forEach(addGroup)
  const single = earlierItems(form)
  const of = <T>(list: readonly T[], nameOf: (one: T) => string, typeOf: (one: T) => string): Fields =>
    Object.fromEntries(list.map((one) => [nameOf(one), typeOf(one)]))
  const scoreName = (score: ScorePlan) => ruleName(score.id)
  const itemName = (item: ItemPlan) => item.ruleName
  const holders: Readonly<Record<string, [type: string, ctor: new () => object, fields: Fields]>> = {
    answers: ['Answers', shapes.AnswersForRules, answerFields(form.items, shapes.groups)],
    scores: ['Scores', shapes.ScoresForRules, of(scores, scoreName, () => 'double')],
    earlier: [
      'EarlierAnswers',
      shapes.EarlierForRules,
      of(single, itemName, (item) => `list<Earlier${celTypeOf(item)}>`),
    ],
    earlier_scores: [
      'EarlierScores',
      shapes.EarlierScoresForRules,
      of(scores, scoreName, () => 'list<Earlierdouble>'),
    ],
    baseline: ['Baseline', shapes.BaselineForRules, of(scores, scoreName, () => 'double')],
    baseline_answers: ['BaselineAnswers', shapes.BaselineAnswersForRules, of(single, itemName, celTypeOf)],
  }
  for (const [name, ctor, fields] of Object.values(holders)) types.push({ name, ctor, fields })
  return {
    types,
    variables: Object.fromEntries(Object.entries(holders).map(([name, [type]]) => [name, type])),
    members: Object.fromEntries(
      Object.entries(holders).map(([name, [, , fields]]) => [name, Object.keys(fields)]),
    ) as unknown as Readonly<Record<Holder, readonly string[]>>,
  }
}
/** Variables that are objects with members. */
export type Holder = 'answers' | 'scores' | 'earlier' | 'earlier_scores' | 'baseline' | 'baseline_answers'

/** Items whose earlier answers rules can read: those that take one answer. */
export const earlierItems = (form: Pick<CompiledForm, 'items'>): readonly ItemPlan[] =>
  form.items.filter((item) => !item.repeats)
