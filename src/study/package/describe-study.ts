// A study as a tree of named parts with facts and texts, so that two versions can be compared by what they mean and not
// by their lines. It follows the shape of study.yaml and of the forms, whatever members these have.
import { Type } from 'typebox'
import type { FormDefinition, FormItem, FormOption, Words } from '../form/definition.ts'
import type { FormPlan, StudyPlan } from '../plan.ts'
import { readYaml } from '../read-yaml.ts'
import type { StudyFile } from '../study-schema.ts'
import type { Text } from '../text.ts'

/** One part of a study: a site, a form, an item, an alert … */
export type Part = {
  readonly kind: string
  /** Its id among its like; empty where there is one only. */
  readonly id: string
  /** Members that are no texts, as words. */
  readonly facts: Map<string, string>
  readonly texts: Map<string, Text>
  readonly parts: Part[]
}

/** A study that compiled, with its study.yaml as read and all its files. */
export type ReadStudy = {
  readonly plan: StudyPlan
  readonly study: StudyFile
  readonly files: ReadonlyMap<string, string>
}

/** Everything a blinded reader may know of a study, as parts. */
export function describeStudy({ plan, study, files }: ReadStudy): Part {
  const { restricted: _, forms: __, instruments = [], dose, ...shown } = study
  const doses = dose === undefined ? {} : { doses: [dose] }
  const whole = partOf('study', '', { ...shown, ...doses }, plan.languages)
  for (const [index, form] of [...plan.forms.values()].entries())
    whole.parts.push(formPart(form, study.forms[index]!, plan.languages))
  for (const { form, scoring } of instruments) whole.parts.push(instrumentPart(form, scoring, files, plan))
  return whole
}

/** The restricted part, for those who may be told. */
export const describeRestricted = ({ plan, study }: ReadStudy): Part =>
  partOf('restricted', '', study.restricted, plan.languages)

function instrumentPart(
  form: string,
  scoring: string,
  files: ReadonlyMap<string, string>,
  plan: StudyPlan,
): Part {
  const read = readYaml(scoring, files.get(scoring) ?? '', Type.Unknown(), { add() {} })
  const part = partOf('scoring', form, isObject(read?.value) ? read.value : {}, plan.languages)
  part.facts.set('file', scoring)
  return part
}

/** Lists are named in the plural, one of them in the singular. */
const singular = (member: string): string =>
  member === 'doses' ? 'dose' : member.endsWith('s') ? member.slice(0, -1) : member

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text has one string for each of some languages of the study. */
const isText = (value: unknown, languages: readonly string[]): value is Text =>
  isObject(value) &&
  Object.entries(value).length > 0 &&
  Object.entries(value).every(([tag, one]) => languages.includes(tag) && typeof one === 'string')

function partOf(
  kind: string,
  id: string,
  value: Record<string, unknown>,
  languages: readonly string[],
): Part {
  const part: Part = { kind, id, facts: new Map(), texts: new Map(), parts: [] }
  for (const [member, one] of Object.entries(value)) addMember(part, member, one, languages)
  return part
}

function addMember(part: Part, member: string, value: unknown, languages: readonly string[]): void {
  if (isText(value, languages)) part.texts.set(member, value)
  else if (Array.isArray(value) && value.some(isObject))
    for (const [index, one] of value.entries())
      part.parts.push(
        isObject(one)
          ? partOf(singular(member), idOf(one, index), one, languages)
          : partOf(singular(member), String(index + 1), { is: one }, languages),
      )
  else if (Array.isArray(value)) part.facts.set(member, value.map(words).join(', '))
  else if (isObject(value))
    for (const [inner, one] of Object.entries(value)) addMember(part, `${member}.${inner}`, one, languages)
  else part.facts.set(member, words(value))
}

/** What a part of a list is called: its own name, else its place. */
function idOf(one: Record<string, unknown>, index: number): string {
  const name = one.id ?? one.code ?? one.item ?? one.level
  return typeof name === 'string' || typeof name === 'number' ? String(name) : String(index + 1)
}

const words = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function formPart(
  form: FormPlan,
  { file, ...stated }: StudyFile['forms'][number],
  languages: readonly string[],
): Part {
  const { definition, id, version } = form
  const part = partOf('form', id, stated, languages)
  part.facts.set('version', version).set('file', file)
  part.texts.set('title', form.title)
  const own = definition.language ?? languages[0] ?? 'en'
  for (const member of ['entryMode', 'variables', 'constraints'] as const)
    if (definition[member] !== undefined) part.facts.set(member, words(definition[member]))
  for (const item of definition.items) part.parts.push(itemPart(item, own))
  return part
}

function itemPart({ linkId, items = [], options = [], enableWhen, ...rest }: FormItem, own: string): Part {
  const part: Part = { kind: 'item', id: linkId, facts: new Map(), texts: new Map(), parts: [] }
  for (const [member, value] of Object.entries(rest))
    if (isWords(value)) part.texts.set(member, textOf(value, own))
    else part.facts.set(member, words(value))
  if (enableWhen !== undefined)
    part.facts.set(
      'enableWhen',
      enableWhen.map((e) => `${e.question} ${e.operator} ${valueWords(e.answer.value)}`).join('; '),
    )
  for (const option of options) part.parts.push(optionPart(option, own))
  for (const item of items) part.parts.push(itemPart(item, own))
  return part
}

function optionPart({ value, words: shown, ...rest }: FormOption, own: string): Part {
  const part: Part = {
    kind: 'option',
    id: valueWords(value.value),
    facts: new Map(),
    texts: new Map(),
    parts: [],
  }
  for (const [member, one] of Object.entries(rest)) part.facts.set(member, words(one))
  if (shown !== undefined) part.texts.set('text', textOf(shown, own))
  return part
}

const isWords = (value: unknown): value is Words =>
  isObject(value) &&
  typeof value.text === 'string' &&
  Object.keys(value).every((k) => k === 'text' || k === 'in')

const textOf = ({ text, in: others = {} }: Words, own: string): Text => ({ [own]: text, ...others })

/** A coded value by its code. */
const valueWords = (value: unknown): string =>
  isObject(value) && typeof value.code === 'string' ? value.code : words(value)

/** The definition of a form as one text: the same text, the same form. */
export const definitionText = (definition: FormDefinition): string => JSON.stringify(definition)
