// Compiles a FHIR R4 Questionnaire to the items that the pure steps evaluate. What cannot be evaluated exactly is
// refused with its reason; groups and displays only lend their conditions to the items inside them.
import { compileCondition } from './compile-condition.ts'
import { compileItem } from './compile-item.ts'
import { asObject, extensionOf, type Json, objectsOf, textOf } from './fhir-json.ts'
import type { Condition, ItemPlan, Text } from './plan.ts'
import type { Faults } from './study-invalid.ts'

/** A form without what study.yaml adds to it. */
export type CompiledForm = {
  readonly id: string
  readonly version: string
  readonly title: Text
  readonly items: readonly ItemPlan[]
  readonly itemById: ReadonlyMap<string, ItemPlan>
}

/** Where a form's faults are reported: at the line of the file that holds a linkId. */
export type FormFaults = { at(linkId: string | undefined, message: string): void }

/** @returns null with faults added where the file cannot be used. */
export function compileForm(file: string, text: string, faults: Faults): CompiledForm | null {
  const questionnaire = parse(file, text, faults)
  if (questionnaire === null) return null
  let sound = true
  const at: FormFaults['at'] = (linkId, message) => {
    sound = false
    const line = lineOf(text, linkId === undefined ? '"resourceType"' : JSON.stringify(linkId))
    faults.add(file, line, linkId === undefined ? message : `item ${linkId}: ${message}`)
  }
  const { url, version } = questionnaire
  const id = typeof url === 'string' ? (url.split('/').at(-1) ?? '') : ''
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id))
    at(undefined, 'give a url whose last part is the form id')
  if (typeof version !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(version))
    at(undefined, 'give a version of letters, digits, . _ -')
  const title = textOf(questionnaire, 'title')
  if (title === undefined) at(undefined, 'give a title and its zh-CN translation (translation extension)')
  const items = compileItems(questionnaire, { at })
  if (!sound || title === undefined) return null
  return { id, version: version as string, title, items, itemById: new Map(items.map((i) => [i.linkId, i])) }
}

function parse(file: string, text: string, faults: Faults): Json | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    faults.add(file, undefined, `correct the JSON: ${(error as Error).message}`)
    return null
  }
  const questionnaire = asObject(value)
  if (questionnaire?.resourceType === 'Questionnaire') return questionnaire
  faults.add(file, 1, 'this must be a FHIR R4 Questionnaire ("resourceType": "Questionnaire")')
  return null
}

function compileItems(questionnaire: Json, faults: FormFaults): ItemPlan[] {
  const items: ItemPlan[] = []
  const seen = new Map<string, ItemPlan | null>()
  const names = new Set<string>()
  const walk = (elements: readonly Json[], inherited: readonly Condition[]): void => {
    for (const element of elements) {
      const linkId = linkIdOf(element, seen, faults)
      if (linkId === null) continue
      if (textOf(element, 'text') === undefined && (element.text !== undefined || element.type !== 'group'))
        faults.at(linkId, 'give a text and its zh-CN translation (translation extension)')
      const condition = compileCondition(element, seen, (message) => faults.at(linkId, message))
      const conditions = condition === null ? inherited : [...inherited, condition]
      if (element.type !== 'group' && element.type !== 'display') {
        const item = compileItem(element, linkId, conditions, (message) => faults.at(linkId, message))
        if (names.has(item.ruleName))
          faults.at(linkId, `rules cannot tell it from another item: ${item.ruleName}`)
        names.add(item.ruleName)
        items.push(item)
        seen.set(linkId, item)
      } else if (element.repeats === true)
        faults.at(linkId, 'repeating groups are not supported; repeat the item')
      walk(objectsOf(element.item), conditions)
    }
  }
  walk(objectsOf(questionnaire.item), [])
  if (items.length === 0) faults.at(undefined, 'give at least one item that takes an answer')
  return items
}

function linkIdOf(element: Json, seen: Map<string, ItemPlan | null>, faults: FormFaults): string | null {
  const { linkId } = element
  if (typeof linkId !== 'string' || linkId.trim() === '') {
    faults.at(undefined, 'give every item a linkId')
    return null
  }
  if (seen.has(linkId)) {
    faults.at(linkId, 'linkIds must be unique within a form')
    return null
  }
  if (linkId === '__proto__') faults.at(linkId, 'choose another linkId')
  if (element.modifierExtension !== undefined)
    faults.at(linkId, 'modifier extensions change meaning in unknown ways; remove them')
  const expression = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression'
  if (extensionOf(element, expression) !== undefined)
    faults.at(linkId, 'enableWhenExpression is not supported; use enableWhen')
  seen.set(linkId, null)
  return linkId
}

function lineOf(text: string, needle: string): number | undefined {
  const index = text.indexOf(needle)
  return index < 0 ? undefined : text.slice(0, index).split('\n').length
}
