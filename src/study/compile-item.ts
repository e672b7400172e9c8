// Compiles the items of an imported form for submissions, whose answers stand by linkId: groups flatten, repeating
// groups become lists, and what an answer by linkId cannot hold is refused with its reason.
import { compileCondition } from './compile-condition.ts'
import type { FormFaults, TextMaker } from './compile-form.ts'
import { asObject } from './fhir-json.ts'
import type { FormDefinition, FormItem, ItemType } from './form/definition.ts'
import { compilePattern } from './form/pattern.ts'
import type { AnswerKind, Condition, FormPlan, GroupPlan, ItemPlan, OptionPlan } from './plan.ts'
import { ruleName } from './rule-name.ts'
import type { Text } from './text.ts'

const kinds: Readonly<Partial<Record<ItemType, AnswerKind>>> = {
  boolean: 'boolean',
  integer: 'integer',
  decimal: 'decimal',
  quantity: 'decimal',
  string: 'string',
  text: 'text',
  url: 'string',
  date: 'date',
  time: 'time',
  dateTime: 'dateTime',
  choice: 'choice',
  'open-choice': 'choice',
}

type Level = { readonly items: ItemPlan[]; readonly groups: GroupPlan[] }

/** The plans of all items; complains about what a study's form lacks or cannot have. */
export function compileItems(
  form: FormDefinition,
  inLanguages: TextMaker,
  faults: FormFaults,
): Pick<FormPlan, 'items' | 'itemById' | 'groups' | 'onePass'> {
  const seen = new Map<string, ItemPlan>()
  const names = new Set<string>()
  let onePass = true
  const walk = (
    list: readonly FormItem[],
    inherited: readonly Condition[],
    level: Level,
    inside: boolean,
  ): void => {
    for (const item of list) {
      const { linkId } = item
      const complain = (message: string) => faults.at(linkId, message)
      if (linkId === '__proto__') complain('choose another linkId')
      const text = textOf(item, inLanguages, complain)
      const condition = compileCondition(item, seen, complain)
      if (condition === 'later' || inside || item.enableExpression !== undefined) onePass = false
      const own = condition === null || condition === 'later' ? [] : [condition]
      const conditions = [...inherited, ...own]
      const repeating = item.repeats === true && item.items !== undefined
      if (item.type === 'group' && item.repeats === true) {
        const inner: Level = { items: [], groups: [] }
        onePass = false
        walk(item.items ?? [], conditions, inner, true)
        level.groups.push(groupPlan(item, text, inner))
        continue
      }
      if (item.type !== 'group' && item.type !== 'display') {
        if (repeating)
          complain('items inside a repeating question have no place in a submission; use a repeating group')
        const plan = compileItem(item, text, inLanguages, conditions, complain)
        if (names.has(plan.ruleName)) complain(`rules cannot tell it from another item: ${plan.ruleName}`)
        names.add(plan.ruleName)
        level.items.push(plan)
        if (!inside) seen.set(linkId, plan)
      }
      walk(item.items ?? [], conditions, level, inside)
    }
  }
  const top: Level = { items: [], groups: [] }
  walk(form.items, [], top, false)
  if (top.items.length + top.groups.length === 0)
    faults.at(undefined, 'give at least one item that takes an answer')
  return { ...top, itemById: new Map(top.items.map((one) => [one.linkId, one])), onePass }
}

/** What a patient reads must be there in every language; a group may be without words, a hidden item is not read. */
function textOf(item: FormItem, inLanguages: TextMaker, complain: (message: string) => void): Text {
  const made = inLanguages.of(item.text)
  if ('text' in made) return made.text
  if (item.hidden !== true && (item.text !== undefined || item.type !== 'group'))
    complain(`give a text and its translation to ${made.missing} (translation extension)`)
  return inLanguages.same(item.text?.text ?? '')
}

function groupPlan(item: FormItem, text: Text, { items, groups }: Level): GroupPlan {
  const { linkId, required = false, minOccurs, maxOccurs } = item
  return { linkId, text, required, ...given({ minAnswers: minOccurs, maxAnswers: maxOccurs }), items, groups }
}

function compileItem(
  item: FormItem,
  text: Text,
  inLanguages: TextMaker,
  conditions: readonly Condition[],
  complain: (message: string) => void,
): ItemPlan {
  const { linkId, type, options, maxLength, minLength, maxDecimals, minOccurs, maxOccurs } = item
  const kind = kinds[type]
  if (kind === undefined) complain(`type ${JSON.stringify(type)} has no place in a submission`)
  if (type === 'choice' && options === undefined)
    complain('its choices are in a value set that is not known here; list them as answerOption')
  if (maxDecimals !== undefined && !(maxDecimals >= 0 && maxDecimals <= 12))
    complain('maxDecimalPlaces must be 0 to 12')
  const limits = {
    ...boundsOf(item),
    maxDecimals,
    maxLength,
    minLength,
    pattern: item.pattern === undefined ? undefined : (compilePattern(item.pattern) ?? undefined),
    minAnswers: minOccurs,
    maxAnswers: maxOccurs,
    unit: unitOf(item, complain),
    options: options === undefined ? undefined : compileOptions(item, inLanguages, complain),
    open: type === 'open-choice' ? true : undefined,
    exclusive: exclusiveOf(item),
  }
  return {
    linkId,
    ruleName: ruleName(linkId),
    kind: kind as AnswerKind,
    text,
    required: item.required === true,
    repeats: item.repeats === true,
    skippable: item.skippable === true,
    conditions,
    ...given(limits),
  }
}

/** A quantity is sent as a number, so its unit must be settled by the form. */
function unitOf(item: FormItem, complain: (message: string) => void): string | undefined {
  const units = item.unit === undefined ? (item.units ?? []) : [item.unit]
  if (item.type === 'quantity' && units.length !== 1)
    complain('give the one unit that its number is in (questionnaire-unit)')
  const code = units[0]?.code
  return typeof code === 'string' ? code : undefined
}

function boundsOf({ min, max }: FormItem): Partial<Pick<ItemPlan, 'min' | 'max' | 'earliest' | 'latest'>> {
  const number = (limit: FormItem['min']) => {
    const value = limit?.type === 'Quantity' ? asObject(limit.value)?.value : limit?.value
    return typeof value === 'number' ? value : undefined
  }
  const moment = (limit: FormItem['min']) => (typeof limit?.value === 'string' ? limit.value : undefined)
  return given({ min: number(min), max: number(max), earliest: moment(min), latest: moment(max) })
}

function compileOptions(
  item: FormItem,
  inLanguages: TextMaker,
  complain: (message: string) => void,
): Map<string | number, OptionPlan> {
  const options = new Map<string | number, OptionPlan>()
  for (const { value, words, ordinal } of item.options ?? []) {
    const code = optionCode(value.value)
    if (code === undefined) {
      complain('every answerOption needs valueCoding with a code, valueInteger or valueString')
      continue
    }
    if (options.has(code)) complain(`the choice ${JSON.stringify(code)} is given twice`)
    // A number reads the same in every language.
    const made =
      typeof code === 'number' && words === undefined
        ? { text: inLanguages.same(String(code)) }
        : inLanguages.of(words)
    if ('missing' in made)
      complain(`the choice ${JSON.stringify(code)} needs a display and its translation to ${made.missing}`)
    const text = 'text' in made ? made.text : inLanguages.same(words?.text ?? '')
    options.set(code, { code, text, ...given({ ordinal }) })
  }
  return options
}

/** How a submission names an option: the code of a coding, or the value itself. */
export function optionCode(value: unknown): string | number | undefined {
  const code = asObject(value)?.code ?? value
  return typeof code === 'string' || typeof code === 'number' ? code : undefined
}

function exclusiveOf({ options = [] }: FormItem): ReadonlySet<string | number> | undefined {
  const codes = options.filter((one) => one.exclusive === true).map((one) => optionCode(one.value.value))
  return codes.length === 0 ? undefined : new Set(codes.filter((code) => code !== undefined))
}

/** Without the members that are undefined. */
function given<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never
}
