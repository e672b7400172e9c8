// Compiles one answerable item of a FHIR R4 Questionnaire: its type, limits, unit and choices.
import {
  asObject,
  extensionOf,
  extensionUrls,
  type Json,
  numberExtension,
  objectsOf,
  textOf,
} from './fhir-json.ts'
import type { AnswerKind, Condition, ItemPlan, OptionPlan, Text } from './plan.ts'
import { ruleName } from './rule-name.ts'

const kinds: ReadonlySet<unknown> = new Set<AnswerKind>([
  'boolean',
  'integer',
  'decimal',
  'string',
  'text',
  'date',
  'time',
  'dateTime',
  'choice',
])

const untold: Text = { en: '', zh: '' }

/** Complains about what is missing or not supported, and returns the item as far as it can be read. */
export function compileItem(
  element: Json,
  linkId: string,
  conditions: readonly Condition[],
  complain: (message: string) => void,
): ItemPlan {
  const { type, maxLength } = element
  if (!kinds.has(type))
    complain(`type ${JSON.stringify(type)} is not supported; use ${[...kinds].join(', ')}`)
  if (type === 'choice' && !Array.isArray(element.answerOption)) complain('give the choices as answerOption')
  if (element.initial !== undefined) complain('remove initial: a patient is never shown a default answer')
  const options = element.answerOption === undefined ? undefined : compileOptions(element, complain)
  const unit = asObject(extensionOf(element, extensionUrls.unit)?.valueCoding)?.code
  const limits = {
    min: numberExtension(element, extensionUrls.minValue),
    max: numberExtension(element, extensionUrls.maxValue),
    maxDecimals: numberExtension(element, extensionUrls.maxDecimalPlaces),
    maxLength: typeof maxLength === 'number' ? maxLength : undefined,
    unit: typeof unit === 'string' ? unit : undefined,
    options,
  }
  if (limits.maxDecimals !== undefined && !(limits.maxDecimals >= 0 && limits.maxDecimals <= 12))
    complain('maxDecimalPlaces must be 0 to 12')
  return {
    linkId,
    ruleName: ruleName(linkId),
    kind: type as AnswerKind,
    text: textOf(element, 'text') ?? untold,
    required: element.required === true,
    repeats: element.repeats === true,
    skippable: extensionOf(element, extensionUrls.skippable)?.valueBoolean === true,
    conditions,
    ...(Object.fromEntries(
      Object.entries(limits).filter(([, value]) => value !== undefined),
    ) as typeof limits),
  } as ItemPlan
}

function compileOptions(
  element: Json,
  complain: (message: string) => void,
): Map<string | number, OptionPlan> {
  const options = new Map<string | number, OptionPlan>()
  for (const option of objectsOf(element.answerOption)) {
    const coding = asObject(option.valueCoding)
    const code = coding === undefined ? (option.valueInteger ?? option.valueString) : coding.code
    if (typeof code !== 'string' && typeof code !== 'number') {
      complain('every answerOption needs valueCoding with a code, valueInteger or valueString')
      continue
    }
    if (options.has(code)) complain(`the choice ${JSON.stringify(code)} is given twice`)
    const text = coding === undefined ? plainText(code) : textOf(coding, 'display')
    if (text === undefined)
      complain(`the choice ${JSON.stringify(code)} needs a display and its zh-CN translation`)
    const ordinal =
      numberExtension(option, extensionUrls.ordinalValue) ??
      numberExtension(coding, extensionUrls.ordinalValue)
    options.set(code, { code, text: text ?? untold, ...(ordinal === undefined ? {} : { ordinal }) })
  }
  return options
}

/** A number reads the same in both languages; a word does not, so words are given as codings. */
function plainText(code: string | number): Text | undefined {
  return typeof code === 'number' ? { en: String(code), zh: String(code) } : undefined
}
