// The allowed answers of a choice: answerOption, a value set contained in the form, or one that is known here.
// A value set whose members cannot be listed stays a name: its codes are accepted and marked as not verifiable.
import { asObject, extensionUrls, type Json, numberExtension, objectsOf } from '../fhir-json.ts'
import { compareValues } from './compare-values.ts'
import type { FhirValue, FormOption } from './definition.ts'
import { oneValueOf, shapeFault } from './fhir-value.ts'
import type { ImportReport, Place, ReasonCode } from './import-report.ts'
import { wordsOf } from './import-words.ts'
import { knownValueSet } from './known-value-sets.ts'

/** What an item may be answered with, and the options that the form selects in advance. */
export type Options = {
  readonly options?: readonly FormOption[]
  readonly optionsFrom?: string
  readonly preselected: readonly FhirValue[]
}

const ordinals = [
  extensionUrls.ordinalValue,
  'http://hl7.org/fhir/StructureDefinition/itemWeight',
  'http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue',
]
const exclusiveUrl = 'http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive'

/** Reads the options of one item; `contained` are the form's contained resources. */
export function importOptions(
  element: Json,
  place: Place,
  contained: readonly Json[],
  report: ImportReport,
): Options {
  if (element.answerOption !== undefined) return listedOptions(element, place, report)
  if (typeof element.answerValueSet !== 'string') return { preselected: [] }
  const canonical = element.answerValueSet
  const found = membersOf(canonical, contained, 0)
  if (typeof found === 'string') {
    report.refused(place, 'answerValueSet', found, 'publishing', canonical)
    return { optionsFrom: canonical, preselected: [] }
  }
  report.used(place, 'answerValueSet')
  return { options: found.map((concept) => valueSetOption(concept, place, report)), preselected: [] }
}

function listedOptions(element: Json, place: Place, report: ImportReport): Options {
  const options: FormOption[] = []
  const preselected: FhirValue[] = []
  objectsOf(element.answerOption).forEach((option, index) => {
    const here = { ...place, path: `${place.path}.answerOption[${index}]` }
    const value = oneValueOf(option, 'value')
    if (value === undefined || shapeFault(value) !== null) {
      report.refused(here, 'value[x]', 'option-invalid', 'everything')
      return
    }
    if (options.some((one) => one.value.type === value.type && sameOption(one.value, value)))
      report.refused(here, 'value[x]', 'option-twice', 'publishing')
    report.used(here, `value${value.type}`)
    for (const extension of objectsOf(option.extension)) noteExtension(extension, here, report)
    if (option.initialSelected === true) preselected.push(value)
    if (option.modifierExtension !== undefined)
      report.refused(here, 'modifierExtension', 'modifier-extension', 'everything')
    options.push(optionOf(value, option, here, report))
  })
  if (options.length === 0) report.refused(place, 'answerOption', 'options-missing', 'publishing')
  return { options, preselected }
}

function optionOf(value: FhirValue, option: Json, place: Place, report: ImportReport): FormOption {
  const coding = value.type === 'Coding' ? asObject(value.value) : undefined
  const holder = coding ?? option
  const words = wordsOf(holder, coding === undefined ? 'valueString' : 'display', place, report)
  const ordinal = ordinals.map((url) => numberExtension(option, url) ?? numberExtension(coding, url))
  const weight = ordinal.find((one) => one !== undefined)
  const exclusive = objectsOf(option.extension).some(
    (one) => one.url === exclusiveUrl && one.valueBoolean === true,
  )
  return {
    value: { type: value.type, value: coding === undefined ? value.value : plainCoding(coding) },
    ...(words === undefined ? {} : { words }),
    ...(weight === undefined ? {} : { ordinal: weight }),
    ...(exclusive ? { exclusive: true as const } : {}),
  }
}

function valueSetOption(concept: Json, place: Place, report: ImportReport): FormOption {
  return optionOf({ type: 'Coding', value: concept }, concept, place, report)
}

/** What identifies a code; the display stands in the words. */
function plainCoding({ system, code, display }: Json): Json {
  return {
    ...(system === undefined ? {} : { system }),
    ...(code === undefined ? { display } : { code }),
  }
}

function sameOption(a: FhirValue, b: FhirValue): boolean {
  if (a.type !== 'Coding') return compareValues(a, b) === 0
  const [left, right] = [asObject(a.value), asObject(b.value)]
  return left?.system === right?.system && left?.code === right?.code && left?.code !== undefined
}

function noteExtension(extension: Json, place: Place, report: ImportReport): void {
  const url = typeof extension.url === 'string' ? extension.url : ''
  if (ordinals.includes(url) || url === exclusiveUrl) report.used(place, `extension(${url})`)
  else report.ignored(place, `extension(${url})`, 'extension-unknown', url)
}

/** The codings of a value set as FHIR concepts with their system, or why they cannot be listed. */
function membersOf(
  canonical: string,
  contained: readonly Json[],
  depth: number,
): readonly Json[] | ReasonCode {
  const valueSet = contained.find(
    (one) =>
      one.resourceType === 'ValueSet' &&
      (`#${one.id}` === canonical || (one.url !== undefined && one.url === canonical.split('|')[0])),
  )
  if (valueSet === undefined) return knownValueSet(canonical) ?? 'value-set-unknown'
  const expansion = asObject(valueSet.expansion)
  if (expansion !== undefined) {
    const listed = expanded(expansion)
    if (listed.length > 0) return listed
  }
  const compose = asObject(valueSet.compose)
  if (compose === undefined || depth > 5) return 'value-set-open'
  const members: Json[] = []
  for (const include of objectsOf(compose.include)) {
    const part = includedIn(include, contained, depth)
    if (typeof part === 'string') return part
    members.push(...part)
  }
  const gone: Json[] = []
  for (const exclude of objectsOf(compose.exclude)) {
    const part = includedIn(exclude, contained, depth)
    if (typeof part === 'string') return part
    gone.push(...part)
  }
  return members.filter((one) => !gone.some((no) => sameConcept(no, one)))
}

/** R4, ValueSet.compose.include: what a system and all value sets named beside it have in common. */
function includedIn(include: Json, contained: readonly Json[], depth: number): readonly Json[] | ReasonCode {
  if (include.filter !== undefined) return 'value-set-open'
  const { system } = include
  const parts: (readonly Json[])[] = []
  const concepts = objectsOf(include.concept)
  if (system !== undefined || concepts.length > 0) {
    const listed = concepts.length > 0 ? concepts : conceptsOf(system, contained)
    if (listed === null) return 'value-set-open'
    parts.push(listed.map((concept) => memberOf(concept, system)))
  }
  for (const canonical of Array.isArray(include.valueSet) ? include.valueSet : []) {
    if (typeof canonical !== 'string') return 'value-set-open'
    const members = membersOf(canonical, contained, depth + 1)
    if (typeof members === 'string') return members
    parts.push(members)
  }
  const [first, ...others] = parts
  if (first === undefined) return 'value-set-open'
  return first.filter((one) => others.every((part) => part.some((other) => sameConcept(one, other))))
}

const sameConcept = (a: Json, b: Json) => a.system === b.system && a.code === b.code

function memberOf(concept: Json, system: unknown): Json {
  const { code, display, _display, extension } = withDesignations(concept)
  return {
    ...(system === undefined ? {} : { system }),
    code,
    ...(display === undefined ? {} : { display }),
    ...(_display === undefined ? {} : { _display }),
    ...(extension === undefined ? {} : { extension }),
  }
}

/** All concepts of a code system that the form contains in full, or null. */
function conceptsOf(system: unknown, contained: readonly Json[]): Json[] | null {
  const found = contained.find((one) => one.resourceType === 'CodeSystem' && one.url === system)
  if (found?.content !== 'complete') return null
  return flat(found, 'concept')
}

/** Everything inside, at any depth, in document order; with its own stack, for what nests without end. */
function flat(holder: Json, member: 'concept' | 'contains'): Json[] {
  const found: Json[] = []
  const waiting = [...objectsOf(holder[member])].reverse()
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    found.push(one)
    for (const inner of objectsOf(one[member]).toReversed()) waiting.push(inner)
  }
  return found
}

function expanded(expansion: Json): Json[] {
  return flat(expansion, 'contains')
    .filter((one) => one.code !== undefined && one.abstract !== true)
    .map(withDesignations)
}

const shownUses = new Set<unknown>([undefined, 'display', 'preferredForLanguage'])

/** A concept's words in other languages (ValueSet designation), as the translations that a display has elsewhere. */
function withDesignations(concept: Json): Json {
  const translations = objectsOf(concept.designation)
    .filter(({ language, value, use }) => {
      const texts = typeof language === 'string' && typeof value === 'string'
      return texts && shownUses.has(asObject(use)?.code)
    })
    .map(({ language, value }) => ({
      url: extensionUrls.translation,
      extension: [
        { url: 'lang', valueCode: language },
        { url: 'content', valueString: value },
      ],
    }))
  if (translations.length === 0) return concept
  const beside = asObject(concept._display)
  return {
    ...concept,
    _display: { ...beside, extension: [...objectsOf(beside?.extension), ...translations] },
  }
}
