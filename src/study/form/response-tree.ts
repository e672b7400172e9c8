// Lays a QuestionnaireResponse over its form: one instance for each item of the form at each place where it stands or
// could stand, in the form's order. What does not fit anywhere becomes a finding and takes no further part.
import { asObject, type Json, objectsOf } from '../fhir-json.ts'
import type { FhirValue, FormDefinition, FormItem } from './definition.ts'
import { eachItem } from './definition.ts'
import { valuesOf } from './fhir-value.ts'
import type { ResponseFindings } from './response-finding.ts'

/** A stretch of the tree in document order, from `start` to `end`, both inclusive; the root's parent is null. */
export type Scope = {
  readonly parent: Scope | null
  readonly instance: Instance | null
  readonly start: number
  end: number
}

/** One answer of a question with the items inside it. `value` is null where none, or no single one, is given. */
export type Answered = {
  readonly value: FhirValue | null
  readonly path: string
  readonly json: Json
  readonly children: readonly Instance[]
}

/**
 * An item of the form at one place of the response. `json` is null where the response lacks it: such instances carry
 * what could be answered there, so that conditions and required items are judged for them too.
 */
export type Instance = {
  readonly item: FormItem
  readonly parent: Instance | null
  readonly scope: Scope
  readonly path: string
  /** By linkIds, with the number of a repetition from 0: `medicines[1]/dose`. */
  readonly place: string
  readonly json: Json | null
  readonly answers: readonly Answered[]
  /** The items inside: of a group, or of a question without answers. */
  readonly children: readonly Instance[]
}

/** The whole response. `byLinkId` lists instances in document order. */
export type ResponseTree = {
  readonly roots: readonly Instance[]
  readonly byLinkId: ReadonlyMap<string, readonly Instance[]>
}

/** Every instance inside, answers before answers, in document order. */
export function childrenOf(instance: Instance): readonly Instance[] {
  return instance.answers.length === 0
    ? instance.children
    : [...instance.answers.flatMap((answer) => answer.children), ...instance.children]
}

/** Visits every instance, parents first. */
export function eachInstance(instances: readonly Instance[], visit: (instance: Instance) => void): void {
  for (const instance of instances) {
    visit(instance)
    eachInstance(childrenOf(instance), visit)
  }
}

/** Names that a form's author would give; another linkId may carry anything and is not repeated in a finding. */
export const nameable = /^[\w./:|#-]{1,128}$/

const deepest = 50
const responseItem = new Set(['id', 'extension', 'linkId', 'definition', 'text', 'answer', 'item'])
const valueStem = /^_?value[A-Z]/

/** Builds the tree; structural findings are added in document order. */
export function layResponse(form: FormDefinition, response: Json, findings: ResponseFindings): ResponseTree {
  const known = new Set<string>()
  eachItem(form.items, (item) => known.add(item.linkId))
  const byLinkId = new Map<string, Instance[]>()
  let clock = 0

  const layAll = (
    items: readonly FormItem[],
    list: readonly Json[],
    at: { path: string; place: string; parent: Instance | null; scope: Scope; depth: number },
  ): Instance[] => {
    const found = sortByItem(items, list, at.path, known, findings)
    return items.flatMap((item) => {
      const here = found.get(item.linkId) ?? []
      const kept = keepRepetitions(item, here, findings)
      if (kept.length === 0) {
        const path = `${at.path}.item.where(linkId='${item.linkId}')`
        return [layOne(item, null, path, `${at.place}${item.linkId}`, at)]
      }
      return kept.map(({ json, path }, index) => {
        const number = item.type === 'group' && item.repeats === true ? `[${index}]` : ''
        return layOne(item, json, path, `${at.place}${item.linkId}${number}`, at)
      })
    })
  }

  const layOne = (
    item: FormItem,
    json: Json | null,
    path: string,
    place: string,
    at: { parent: Instance | null; scope: Scope; depth: number },
  ): Instance => {
    const answers: Answered[] = []
    const children: Instance[] = []
    const instance = { item, parent: at.parent, path, place, json, answers, children } as unknown as Instance
    const scope: Scope = { parent: at.scope, instance, start: clock++, end: 0 }
    Object.assign(instance, { scope })
    push(byLinkId, item.linkId, instance)
    const inside = item.items ?? []
    if (json !== null) checkShape(item, json, path, known, findings)
    if (at.depth >= deepest) findings.add('too-deep', path, { linkId: item.linkId })
    else if (item.type === 'group')
      // Not spread into push: a call takes only so many arguments.
      for (const one of layAll(inside, objectsOf(json?.item), {
        path,
        place: `${place}/`,
        parent: instance,
        scope,
        depth: at.depth + 1,
      }))
        children.push(one)
    else if (item.type !== 'display') {
      objectsOf(json?.answer).forEach((answer, index) => {
        const answerPath = `${path}.answer[${index}]`
        const inner: Scope = { parent: scope, instance: null, start: clock++, end: 0 }
        const value = readValue(answer, item, answerPath, findings)
        const one = layAll(inside, objectsOf(answer.item), {
          path: answerPath,
          place: item.repeats === true ? `${place}[${index}]/` : `${place}/`,
          parent: instance,
          scope: inner,
          depth: at.depth + 1,
        })
        inner.end = clock
        answers.push({ value, path: answerPath, json: answer, children: one })
      })
      if (answers.length === 0)
        children.push(
          ...layAll(inside, [], { path, place: `${place}/`, parent: instance, scope, depth: at.depth + 1 }),
        )
    }
    scope.end = clock
    return instance
  }

  const root: Scope = { parent: null, instance: null, start: clock++, end: 0 }
  const path = 'QuestionnaireResponse'
  if (response.item !== undefined) checkList(response.item, `${path}.item`, findings)
  const roots = layAll(form.items, objectsOf(response.item), {
    path,
    place: '',
    parent: null,
    scope: root,
    depth: 0,
  })
  root.end = clock
  return { roots, byLinkId }
}

type Placed = { readonly json: Json; readonly path: string }

/** The response's items by linkId; those that do not belong here are reported and left out. */
function sortByItem(
  items: readonly FormItem[],
  list: readonly Json[],
  path: string,
  known: ReadonlySet<string>,
  findings: ResponseFindings,
): Map<string, Placed[]> {
  const position = new Map(items.map((item, index) => [item.linkId, index]))
  const found = new Map<string, Placed[]>()
  let last = 0
  for (const [index, json] of list.entries()) {
    const here = `${path}.item[${index}]`
    const { linkId } = json
    if (typeof linkId !== 'string' || linkId === '') {
      findings.add('link-id-missing', here)
      continue
    }
    const name = known.has(linkId) || nameable.test(linkId) ? { linkId } : {}
    const order = position.get(linkId)
    if (order === undefined) {
      findings.add(known.has(linkId) ? 'item-misplaced' : 'link-id-unknown', here, name)
      if (!known.has(linkId)) reportStrays(json, here, known, findings)
      continue
    }
    if (order < last) findings.add('item-out-of-order', here, name)
    last = Math.max(last, order)
    push(found, linkId, { json, path: here })
  }
  return found
}

/** What stands inside an item that the form does not know has no place either. */
function reportStrays(
  json: Json,
  path: string,
  known: ReadonlySet<string>,
  findings: ResponseFindings,
  depth = 0,
): void {
  if (depth > deepest) return
  const lists: (readonly [Json, string])[] = [[json, path]]
  objectsOf(json.answer).forEach((answer, index) => {
    lists.push([answer, `${path}.answer[${index}]`])
  })
  for (const [holder, at] of lists)
    for (const [index, inner] of objectsOf(holder.item).entries()) {
      const here = `${at}.item[${index}]`
      const { linkId } = inner
      if (typeof linkId !== 'string' || linkId === '') {
        findings.add('link-id-missing', here)
        continue
      }
      const name = known.has(linkId) || nameable.test(linkId) ? { linkId } : {}
      findings.add(known.has(linkId) ? 'item-misplaced' : 'link-id-unknown', here, name)
      if (!known.has(linkId)) reportStrays(inner, here, known, findings, depth + 1)
    }
}

/** Only groups may stand several times: repeated answers of a question stand in one item. */
function keepRepetitions(
  item: FormItem,
  here: readonly Placed[],
  findings: ResponseFindings,
): readonly Placed[] {
  if (here.length <= 1 || (item.type === 'group' && item.repeats === true)) return here
  for (const { path } of here.slice(1))
    findings.add('item-repeated', path, {
      linkId: item.linkId,
      expected: item.type === 'group' ? '1 item' : '1 item with all answers',
      actual: `${here.length} items`,
    })
  return here
}

function checkShape(
  item: FormItem,
  json: Json,
  path: string,
  known: ReadonlySet<string>,
  findings: ResponseFindings,
): void {
  const { linkId, type } = item
  for (const member of Object.keys(json)) {
    if (member === 'modifierExtension') findings.add('modifier-extension', path, { linkId })
    else if (!responseItem.has(member) && !(member.startsWith('_') && responseItem.has(member.slice(1))))
      findings.add('element-unknown', path, { linkId, ...(nameable.test(member) && { actual: member }) })
  }
  for (const member of ['answer', 'item'] as const)
    if (json[member] !== undefined) checkList(json[member], `${path}.${member}`, findings, linkId)
  if (type === 'group' && json.answer !== undefined) findings.add('group-answered', path, { linkId })
  if (type === 'display' && (json.answer !== undefined || json.item !== undefined))
    findings.add('display-answered', path, { linkId })
  if (type === 'group' || type === 'display' || json.item === undefined) return
  findings.add('items-beside-answer', path, { linkId })
  reportStrays({ item: json.item }, path, known, findings)
}

function checkList(value: unknown, path: string, findings: ResponseFindings, linkId?: string): void {
  const name = linkId === undefined ? {} : { linkId }
  if (!Array.isArray(value))
    findings.add('json-invalid', path, { ...name, expected: 'list', actual: typeof value })
  else if (value.length === 0) findings.add('list-empty', path, name)
  else if (objectsOf(value).length !== value.length)
    findings.add('json-invalid', path, { ...name, expected: 'list of objects' })
}

const answerMembers = new Set(['id', 'extension', 'item'])

function readValue(answer: Json, item: FormItem, path: string, findings: ResponseFindings): FhirValue | null {
  const { linkId } = item
  const { values, foreign } = valuesOf(answer, 'value')
  for (const member of Object.keys(answer)) {
    if (member === 'modifierExtension') findings.add('modifier-extension', path, { linkId })
    else if (!answerMembers.has(member) && !valueStem.test(member))
      findings.add('element-unknown', path, { linkId, ...(nameable.test(member) && { actual: member }) })
  }
  if (answer.item !== undefined) checkList(answer.item, `${path}.item`, findings, linkId)
  for (const member of foreign) findings.add('wrong-type', path, { linkId, actual: member })
  if (values.length > 1) findings.add('answer-several-values', path, { linkId })
  if (
    values.length === 0 &&
    foreign.length === 0 &&
    !hasReason(answer) &&
    objectsOf(answer.item).length === 0
  )
    findings.add('answer-without-value', path, { linkId })
  return values.length === 1 && foreign.length === 0 ? (values[0] as FhirValue) : null
}

const absentUrl = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

/** The code of data-absent-reason on an item or an answer (or its value), or undefined. */
export function hasReason(json: Json | null): string | undefined {
  if (json === null) return undefined
  const holders = [
    json,
    ...Object.entries(json)
      .filter(([name]) => /^_value/.test(name))
      .map(([, one]) => asObject(one)),
  ]
  for (const holder of holders)
    for (const extension of objectsOf(holder?.extension))
      if (extension.url === absentUrl && typeof extension.valueCode === 'string') return extension.valueCode
  return undefined
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
