// A submission's answers as a FHIR R4 QuestionnaireResponse that official validators accept, and back. Answers stand
// by linkId in a submission; a response nests them as the form does. Nothing is lost either way.
import { answerMoment } from '../answer-moment.ts'
import { asObject, type Json, objectsOf } from '../fhir-json.ts'
import type { Answers } from '../plan.ts'
import { isSkip } from '../skip-reasons.ts'
import type { FhirValue, FormDefinition, FormItem, FormOption, ValueType, Words } from './definition.ts'
import { oneValueOf } from './fhir-value.ts'
import { wordsIn } from './import-words.ts'
import { hasReason } from './response-tree.ts'

const absentUrl = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

/** What a response says besides its items; all optional members of R4's QuestionnaireResponse are welcome. */
export type ResponseHead = Json

/**
 * The response to cleaned or raw answers. Skipped items carry data-absent-reason; codes get system and display from
 * the form, times their seconds, quantities the form's unit. Members that the form does not know are left out.
 * Texts are in `language` (BCP 47) where the form has them in it, else in the form's own.
 */
export function responseOfAnswers(
  form: FormDefinition,
  answers: Answers | Readonly<Record<string, unknown>>,
  head: ResponseHead = {},
  language?: string,
): Json {
  const items = itemsOf(form.items, answers, language)
  const canonical = form.url === undefined ? {} : { questionnaire: canonicalOf(form) }
  return {
    resourceType: 'QuestionnaireResponse',
    ...canonical,
    status: 'completed',
    ...head,
    ...(items.length > 0 && { item: items }),
  }
}

/** The form's canonical with its version. */
export function canonicalOf({ url, version }: FormDefinition): string {
  return version === undefined ? `${url}` : `${url}|${version}`
}

type Level = Readonly<Record<string, unknown>>

function itemsOf(items: readonly FormItem[], answers: Level, language: string | undefined): Json[] {
  return items.flatMap((item) => itemOf(item, answers, language))
}

const inLanguage = (words: Words, language: string | undefined): string =>
  language === undefined ? words.text : wordsIn(words, language)

function itemOf(item: FormItem, answers: Level, language: string | undefined): Json[] {
  const { linkId, items = [] } = item
  const given = Object.hasOwn(answers, linkId) ? answers[linkId] : undefined
  const text = item.text === undefined ? {} : { text: inLanguage(item.text, language) }
  if (item.type === 'display') return []
  if (item.type === 'group') {
    // An empty repetition keeps its place; an empty group that does not repeat is left out.
    if (item.repeats === true)
      return objectsOf(given).map((level) => groupOf(linkId, text, itemsOf(items, level, language)))
    const inside = itemsOf(items, answers, language)
    return inside.length === 0 ? [] : [groupOf(linkId, text, inside)]
  }
  const inside = itemsOf(items, answers, language)
  if (isSkip(given) && typeof given.skipped === 'string') {
    const extension = [{ url: absentUrl, valueCode: given.skipped }]
    return [{ extension, linkId, ...text, ...(inside.length > 0 && { answer: [{ item: inside }] }) }]
  }
  const list = given === undefined || given === null ? [] : Array.isArray(given) ? given : [given]
  const values = list.map((one) => fhirAnswer(item, one, language)).filter((one) => one !== null)
  if (values.length === 0 && inside.length === 0) return []
  const answer: Json[] = values.length === 0 ? [{}] : values
  return [
    {
      linkId,
      ...text,
      answer: answer.map((one, index) => (index === 0 && inside.length > 0 ? { ...one, item: inside } : one)),
    },
  ]
}

function groupOf(linkId: string, text: Json, inside: readonly Json[]): Json {
  return { linkId, ...text, ...(inside.length > 0 && { item: inside }) }
}

const simple: Readonly<Partial<Record<FormItem['type'], ValueType>>> = {
  boolean: 'Boolean',
  integer: 'Integer',
  decimal: 'Decimal',
  string: 'String',
  text: 'String',
  url: 'Uri',
  date: 'Date',
  dateTime: 'DateTime',
  time: 'Time',
}

function fhirAnswer(item: FormItem, answer: unknown, language: string | undefined): Json | null {
  if (typeof answer !== 'string' && typeof answer !== 'number' && typeof answer !== 'boolean') return null
  if (item.type === 'choice' || item.type === 'open-choice') return chosen(item, answer, language)
  if (item.type === 'quantity') {
    const unit = item.unit ?? item.units?.[0]
    const { code, system, display } = unit ?? {}
    const known = Object.fromEntries(
      Object.entries({ unit: display ?? code, system, code }).filter(([, one]) => one !== undefined),
    )
    return { valueQuantity: { value: answer, ...known } }
  }
  const type = simple[item.type]
  if (type === undefined) return null
  const moment = type === 'Time' || type === 'DateTime'
  return { [`value${type}`]: moment ? answerMoment(String(answer)) : answer }
}

function chosen(item: FormItem, answer: string | number | boolean, language: string | undefined): Json {
  const option = item.options?.find((one) => submittedAs(one) === answer)
  if (option === undefined) return { valueString: String(answer) }
  const { type, value } = option.value
  if (type !== 'Coding') return { [`value${type}`]: value }
  const display = option.words === undefined ? undefined : inLanguage(option.words, language)
  return { valueCoding: { ...asObject(value), ...(display === undefined ? {} : { display }) } }
}

function submittedAs({ value }: FormOption): unknown {
  return asObject(value.value)?.code ?? value.value
}

/**
 * The answers of a response by linkId, as a submission has them; what does not fit the form is left out (check the
 * response to hear of it). Of items inside a repeating question only those of the first answer can be kept.
 */
export function answersOfResponse(form: FormDefinition, response: Json): Record<string, unknown> {
  return answersOf(form.items, objectsOf(response.item))
}

function answersOf(items: readonly FormItem[], list: readonly Json[]): Record<string, unknown> {
  const answers: Record<string, unknown> = {}
  for (const item of items) {
    const found = list.filter((one) => one.linkId === item.linkId)
    const [first] = found
    if (first === undefined || item.type === 'display') continue
    const inner = item.items ?? []
    if (item.type === 'group' && item.repeats === true)
      answers[item.linkId] = found.map((one) => answersOf(inner, objectsOf(one.item)))
    else if (item.type === 'group') Object.assign(answers, answersOf(inner, objectsOf(first.item)))
    else {
      const given = objectsOf(first.answer)
      const values = given
        .map((one) => submittedValue(oneValueOf(one, 'value')))
        .filter((one) => one !== undefined)
      const reason = hasReason(first)
      if (values.length > 0) answers[item.linkId] = item.repeats === true ? values : values[0]
      else if (reason !== undefined) answers[item.linkId] = { skipped: reason }
      Object.assign(answers, answersOf(inner, objectsOf(given[0]?.item)))
    }
  }
  return answers
}

function submittedValue(value: FhirValue | undefined): unknown {
  if (value === undefined) return undefined
  const object = asObject(value.value)
  if (object === undefined) return value.value
  return value.type === 'Coding'
    ? (object.code ?? object.display)
    : value.type === 'Quantity'
      ? object.value
      : object
}
