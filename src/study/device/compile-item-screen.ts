// How one item of a form is asked on a phone: its widget, its words in one language, its limits.
import { asObject, extensionOf, extensionUrls, type Json, objectsOf } from '../fhir-json.ts'
import type { FormItem } from '../form/definition.ts'
import { wordsIn } from '../form/import-words.ts'
import type { ItemPlan } from '../plan.ts'
import { nearestTag, textIn } from '../text.ts'
import type { DeviceItem, Widget } from './device-form.ts'

/** More options than these do not fit on a screen; they are searched by typing. */
const mostOptionsShown = 12
/** Choices of questionnaire-item-control that ask for a list to search in. */
const listControls = new Set(['autocomplete', 'lookup', 'drop-down'])

/** The item of a screen in that language. */
export function deviceItemOf(item: FormItem, plan: ItemPlan, language: string): DeviceItem {
  const { linkId, kind, required, skippable, repeats, minLength, maxLength, maxDecimals } = plan
  const control = (name: string) =>
    item.items?.find((one) => one.type === 'display' && one.control === name && one.hidden !== true)
  const wordsOf = (one: FormItem | undefined) =>
    one?.text === undefined ? undefined : wordsIn(one.text, language)
  const format = item.entryFormat === undefined ? [] : [wordsIn(item.entryFormat, language)]
  const helps = [...(item.items ?? []).filter(isHelp).map((one) => wordsOf(one)), ...format]
  const codes = plan.options === undefined ? undefined : [...plan.options.values()]
  const options = codes?.map(({ code, text }) => ({
    code,
    text: textIn(text, language),
    ...(plan.exclusive?.has(code) === true && { exclusive: true as const }),
  }))
  const asked = textIn(plan.text, language)
  const widget = widgetOf(item, plan)
  return {
    linkId,
    widget,
    kind,
    text: item.prefix === undefined ? asked : `${wordsIn(item.prefix, language)} ${asked}`,
    required,
    skippable,
    repeats,
    ...given({
      help: helps.length === 0 ? undefined : helps.join('\n'),
      min: plan.min,
      max: plan.max,
      step: item.sliderStep ?? (widget === 'vas' ? 1 : undefined),
      maxDecimals,
      minLength,
      maxLength,
      pattern: plan.pattern?.source,
      earliest: plan.earliest,
      latest: plan.latest,
      minAnswers: plan.minAnswers,
      maxAnswers: plan.maxAnswers,
      unit: unitIn(item, language),
      options,
      open: plan.open === true ? (true as const) : undefined,
      lower: wordsOf(control('lower')),
      upper: wordsOf(control('upper')),
      orientation:
        item.orientation === 'horizontal' || item.orientation === 'vertical' ? item.orientation : undefined,
    }),
  }
}

/** Whether a display item inside a question belongs to the question's own screen. */
export function isAttached(item: FormItem): boolean {
  return item.control === 'lower' || item.control === 'upper' || isHelp(item)
}

/** A display without a condition of its own explains the question it stands in. */
function isHelp(item: FormItem): boolean {
  const { type, hidden, control, enableWhen, enableExpression } = item
  if (type !== 'display' || hidden === true || control === 'lower' || control === 'upper') return false
  return enableWhen === undefined && enableExpression === undefined
}

function widgetOf(item: FormItem, plan: ItemPlan): Widget {
  switch (plan.kind) {
    case 'boolean':
      return 'yes-no'
    case 'choice':
      return choiceWidget(item, plan)
    case 'integer':
    case 'decimal':
      return numberWidget(item, plan)
    case 'string':
      return 'text'
    case 'text':
      return 'long-text'
    case 'dateTime':
      return 'date-time'
    default:
      return plan.kind
  }
}

function choiceWidget({ control }: FormItem, { options, repeats }: ItemPlan): Widget {
  const count = options?.size ?? 0
  if (count > mostOptionsShown || (control !== undefined && listControls.has(control))) return 'list'
  return repeats ? 'multi' : 'single'
}

/**
 * A slider of 100 steps is a VAS, whatever its unit of length. Whole numbers 0 to 10, or up to eleven with both ends
 * named or with a slider, are an NRS. With a unit, a number is an amount and is typed.
 */
function numberWidget(item: FormItem, { kind, min, max, repeats }: ItemPlan): Widget {
  if (min === undefined || max === undefined || repeats) return 'number'
  const slider = item.control === 'slider'
  if (slider && Math.round((max - min) / (item.sliderStep ?? 1)) === 100) return 'vas'
  const steps = max - min
  if (kind !== 'integer' || item.unit !== undefined || steps < 1 || steps > 10) return 'number'
  const named = ['lower', 'upper'].every((end) => item.items?.some(({ control }) => control === end))
  return (min === 0 && max === 10) || slider || named ? 'nrs' : 'number'
}

/** The unit as the form shows it; a coding's display may be translated. */
function unitIn(item: FormItem, language: string): string | undefined {
  const unit = item.unit ?? item.units?.[0]
  if (unit === undefined) return undefined
  const translated = translationIn(asObject(unit._display), language)
  const shown = translated ?? unit.display ?? unit.code
  return typeof shown === 'string' ? shown : undefined
}

function translationIn(sibling: Json | undefined, language: string): string | undefined {
  const texts = new Map<string, string>()
  for (const extension of objectsOf(sibling?.extension)) {
    if (extension.url !== extensionUrls.translation) continue
    const tag = extensionOf(extension, 'lang')?.valueCode
    const content = extensionOf(extension, 'content')?.valueString
    if (typeof tag === 'string' && typeof content === 'string') texts.set(tag, content)
  }
  const near = nearestTag([...texts.keys()], language)
  return near === undefined ? undefined : texts.get(near)
}

/** Without the members that are undefined. */
function given<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never
}
