// A form as read from a FHIR R4 Questionnaire: everything that decides what is asked, when, and which answers fit.
// Plain JSON, so that it is stored by its hash, sent to a device and read back without loss. The Questionnaire
// itself stays the source, byte for byte; nothing here is ever edited by hand.
import type { Json } from '../fhir-json.ts'

/** A text in the Questionnaire's own language, and its translations by BCP 47 tag. */
export type Words = { readonly text: string; readonly in?: Readonly<Record<string, string>> }

/** FHIR's value[x] types that a Questionnaire or its answers may use, by their suffix. */
export type ValueType =
  | 'Boolean'
  | 'Decimal'
  | 'Integer'
  | 'Date'
  | 'DateTime'
  | 'Time'
  | 'String'
  | 'Uri'
  | 'Attachment'
  | 'Coding'
  | 'Quantity'
  | 'Reference'

/** A typed value: `value` is the JSON of FHIR's value[x]. */
export type FhirValue = { readonly type: ValueType; readonly value: unknown }

/** R4's item types; `question` is abstract in R4 and refused. */
export type ItemType =
  | 'group'
  | 'display'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'date'
  | 'dateTime'
  | 'time'
  | 'string'
  | 'text'
  | 'url'
  | 'choice'
  | 'open-choice'
  | 'attachment'
  | 'reference'
  | 'quantity'

/** R4's questionnaire-enable-operator. */
export type Operator = 'exists' | '=' | '!=' | '>' | '<' | '>=' | '<='

/** One `enableWhen`; with `exists` the answer is a Boolean. */
export type EnableWhen = {
  readonly question: string
  readonly operator: Operator
  readonly answer: FhirValue
}

/** One allowed answer. `exclusive`: no other may stand beside it (questionnaire-optionExclusive). */
export type FormOption = {
  readonly value: FhirValue
  readonly words?: Words
  readonly ordinal?: number
  readonly exclusive?: true
}

/** A named FHIRPath expression, visible to expressions of the same item and of the items inside it. */
export type Variable = { readonly name: string; readonly expression: string }

/** An invariant (questionnaire-constraint or SDC targetConstraint): `expression` must be true. */
export type Constraint = {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly human: string
  readonly expression: string
}

/** Limits of one answer; absent means unlimited. */
export type Limits = {
  /** Inclusive; a number, date, time or quantity. */
  readonly min?: FhirValue
  readonly max?: FhirValue
  /** In Unicode characters. */
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxDecimals?: number
  /** ECMAScript (Unicode mode), matched against the whole text. */
  readonly pattern?: string
  readonly minOccurs?: number
  readonly maxOccurs?: number
  /** Bytes of an attachment. */
  readonly maxSize?: number
  readonly mimeTypes?: readonly string[]
  readonly referenceTypes?: readonly string[]
  /** Units a quantity may have (system and code). Empty or absent: any. */
  readonly units?: readonly Json[]
  /** A closed list of answers; with `optionsOpen`, free text too. */
  readonly options?: readonly FormOption[]
  readonly optionsOpen?: true
  /** A value set whose members are not known here: its codes cannot be verified. */
  readonly optionsFrom?: string
}

/** How an item is shown; hints only, they never change what an answer means. */
export type Presentation = {
  /** Code of questionnaire-itemControl, e.g. `radio-button`, `slider`, `page`. */
  readonly control?: string
  readonly orientation?: string
  readonly sliderStep?: number
  readonly displayCategory?: string
  readonly entryFormat?: Words
  readonly media?: Json
}

/** One item. Sub-items of a question belong to each of its answers. */
export type FormItem = Limits &
  Presentation & {
    readonly linkId: string
    readonly type: ItemType
    readonly text?: Words
    readonly prefix?: Words
    readonly required?: true
    readonly repeats?: true
    readonly readOnly?: true
    /** questionnaire-hidden: takes part, is never shown. */
    readonly hidden?: true
    /** Our extension: the patient may decline, and that is kept as a data point. */
    readonly skippable?: true
    /** Unit of a number (questionnaire-unit). */
    readonly unit?: Json
    readonly initial?: readonly FhirValue[]
    readonly enableWhen?: readonly EnableWhen[]
    /** Present where there is more than one `enableWhen`. */
    readonly enableBehavior?: 'all' | 'any'
    readonly enableExpression?: string
    readonly calculated?: string
    readonly variables?: readonly Variable[]
    readonly constraints?: readonly Constraint[]
    readonly items?: readonly FormItem[]
  }

/** A whole form. */
export type FormDefinition = {
  readonly id?: string
  readonly url?: string
  readonly version?: string
  readonly title?: Words
  /** BCP 47 tag of the texts themselves. */
  readonly language?: string
  readonly subjectTypes?: readonly string[]
  /** SDC entryMode: `sequential`, `prior-edit` (the standard here) or `random`. */
  readonly entryMode?: string
  readonly variables?: readonly Variable[]
  readonly constraints?: readonly Constraint[]
  readonly items: readonly FormItem[]
}

/** The types of value[x] that an answer to an item of that type may have (R4, Questionnaire item type). */
export const answerTypes: Readonly<Record<ItemType, readonly ValueType[]>> = {
  group: [],
  display: [],
  boolean: ['Boolean'],
  decimal: ['Decimal'],
  integer: ['Integer'],
  date: ['Date'],
  dateTime: ['DateTime'],
  time: ['Time'],
  string: ['String'],
  text: ['String'],
  url: ['Uri'],
  choice: ['Coding'],
  'open-choice': ['Coding', 'String'],
  attachment: ['Attachment'],
  reference: ['Reference'],
  quantity: ['Quantity'],
}

/**
 * The answer types of an item: a choice among values of another type (answerOption of integers, dates …) is answered
 * with that type; an open choice with a string besides.
 */
export function answerTypesOf(item: FormItem): readonly ValueType[] {
  if (item.type !== 'choice' && item.type !== 'open-choice') return answerTypes[item.type]
  const types = new Set<ValueType>(item.options?.map((option) => option.value.type))
  if (types.size === 0) types.add('Coding')
  if (item.type === 'open-choice' || item.optionsOpen === true) types.add('String')
  return [...types]
}

/** Visits every item in the form's order, parents first. */
export function eachItem(
  items: readonly FormItem[],
  visit: (item: FormItem, parents: readonly FormItem[]) => void,
  parents: readonly FormItem[] = [],
): void {
  for (const item of items) {
    visit(item, parents)
    if (item.items !== undefined) eachItem(item.items, visit, [...parents, item])
  }
}
