// Finds the answers in what a caller hands over: our answers object, a whole submission or response, a FHIR
// QuestionnaireResponse, a plain map, or a list in the order of the form. Gives them by the names they came under.
import { asObject, type Json, objectsOf } from '../fhir-json.ts'

/** One answer under the name it came with; `at` is where it was found, for messages. */
export type GivenAnswer = { readonly name: string; readonly value: unknown; readonly text?: string }

/** The answers, or why none could be found. */
export type GatheredAnswers =
  | { readonly kind: 'answers' | 'questionnaire-response' | 'list'; readonly given: readonly GivenAnswer[] }
  | { readonly kind: 'refused'; readonly message: string }

/** Members that hold the answers where something else stands beside them. */
const holders = ['answers', 'items', 'responses', 'response', 'data', 'values'] as const

/** Looks at the shape only; names and values are judged later. */
export function gatherAnswers(document: unknown): GatheredAnswers {
  if (Array.isArray(document)) return fromList(document)
  const object = asObject(document)
  if (object === undefined)
    return {
      kind: 'refused',
      message: 'hand over an object of answers by item, or a list in the form’s order',
    }
  if (object.resourceType === 'QuestionnaireResponse')
    return { kind: 'questionnaire-response', given: [...responseItems(object)] }
  if (object.resourceType === 'Bundle') return fromBundle(object)
  if (object.resourceType !== undefined)
    return {
      kind: 'refused',
      message: `a ${String(object.resourceType)} holds no answers; hand over a QuestionnaireResponse`,
    }
  const inner = holders.map((one) => object[one]).find((one) => typeof one === 'object' && one !== null)
  if (Array.isArray(inner)) return fromList(inner)
  const answers = asObject(inner) ?? object
  return {
    kind: 'answers',
    given: Object.entries(answers).map(([name, value]) => ({ name, value })),
  }
}

const ofOneAnswer = [
  'linkId',
  'item',
  'question',
  'answer',
  'value',
  'response',
  'score',
  'code',
  'display',
  'skipped',
]

/** A line of a table, such as a CSV file gives it: its members are the items, not one answer. */
const isLine = (one: unknown): one is Json => {
  const members = Object.keys(asObject(one) ?? {})
  return members.length > 1 && !members.some((member) => ofOneAnswer.includes(member))
}

/** Plain values stand for items 1, 2, 3 …; objects name their item. A list of one line of a table is that line. */
function fromList(list: readonly unknown[]): GatheredAnswers {
  const [line] = list
  if (list.length > 0 && list.every(isLine))
    return list.length === 1
      ? gatherAnswers(line)
      : { kind: 'refused', message: `the list holds ${list.length} lines of a table; hand over one` }
  const given = list.map((value, index): GivenAnswer => {
    const object = asObject(value)
    const name =
      object?.linkId ?? object?.item ?? object?.question ?? object?.id ?? object?.name ?? object?.number
    if (object === undefined || (typeof name !== 'string' && typeof name !== 'number'))
      return { name: String(index + 1), value }
    return {
      name: String(name),
      value: object.answer ?? object.value ?? object.response ?? object.score ?? object.code ?? null,
    }
  })
  return { kind: 'list', given }
}

function fromBundle(bundle: Json): GatheredAnswers {
  const responses = objectsOf(bundle.entry)
    .map((entry) => asObject(entry.resource))
    .filter((one): one is Json => one?.resourceType === 'QuestionnaireResponse')
  const [only] = responses
  if (only === undefined || responses.length > 1)
    return {
      kind: 'refused',
      message: `the Bundle holds ${responses.length} QuestionnaireResponses; hand over one`,
    }
  return { kind: 'questionnaire-response', given: [...responseItems(only)] }
}

/** Every answered item at any depth; an item without an answer is given with null. */
function* responseItems(parent: Json): Generator<GivenAnswer> {
  for (const item of objectsOf(parent.item)) {
    const answers = objectsOf(item.answer)
    const name = typeof item.linkId === 'string' ? item.linkId : ''
    const text = typeof item.text === 'string' ? { text: item.text } : {}
    const values = answers.map(answerOf)
    if (answers.length > 0 || item.item === undefined)
      yield { name, value: values.length > 1 ? values : (values[0] ?? absentReason(item)), ...text }
    yield* responseItems(item)
    for (const answer of answers) yield* responseItems(answer)
  }
}

const ordinalUrls = [
  'http://hl7.org/fhir/StructureDefinition/ordinalValue',
  'http://hl7.org/fhir/StructureDefinition/itemWeight',
  'http://hl7.org/fhir/StructureDefinition/iso21090-CO-value',
]

/** The value of a FHIR answer. A Coding brings the number it carries itself as `value`. */
function answerOf(answer: Json): unknown {
  const coding = asObject(answer.valueCoding)
  if (coding !== undefined) {
    const weight = [...objectsOf(coding.extension), ...objectsOf(answer.extension)].find((one) =>
      ordinalUrls.includes(String(one.url)),
    )
    return { code: coding.code, display: coding.display, value: weight?.valueDecimal ?? weight?.valueInteger }
  }
  const quantity = asObject(answer.valueQuantity)
  if (quantity !== undefined) return quantity.value
  const [member] = Object.keys(answer).filter((key) => key.startsWith('value'))
  return member === undefined ? null : answer[member]
}

function absentReason(item: Json): unknown {
  const reason = objectsOf(item.extension).find((one) => String(one.url).endsWith('/data-absent-reason'))
  return typeof reason?.valueCode === 'string' ? { skipped: reason.valueCode } : null
}
