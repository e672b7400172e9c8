// Reads `enableWhen` of one item; what it refers to is checked once all items are known.
// Source: FHIR R4 Questionnaire.item.enableWhen, invariants que-7 and que-12.
import { type Json, objectsOf } from '../fhir-json.ts'
import { answerTypesOf, type EnableWhen, eachItem, type FhirValue, type FormItem } from './definition.ts'
import { oneValueOf, shapeFault } from './fhir-value.ts'
import type { ImportReport, Place, ReasonCode } from './import-report.ts'

const operators = new Set(['exists', '=', '!=', '>', '<', '>=', '<='])

/** The item's own conditions. What cannot be read stops everything: skipping it would show or hide by guess. */
export function importConditions(element: Json, place: Place, report: ImportReport): EnableWhen[] {
  const found: EnableWhen[] = []
  const list = objectsOf(element.enableWhen)
  for (const [index, when] of list.entries()) {
    const here = { ...place, path: `${place.path}.enableWhen[${index}]` }
    const { question, operator } = when
    const answer = oneValueOf(when, 'answer')
    const fault = faultOf(when, answer)
    if (fault !== null) {
      const [member, reason, detail] = fault
      report.refused(here, member, reason, 'everything', detail)
      continue
    }
    report.used(here, 'enableWhen')
    found.push({ question, operator, answer } as EnableWhen)
  }
  const { enableBehavior } = element
  if (list.length > 1 && enableBehavior !== 'all' && enableBehavior !== 'any')
    report.refused(place, 'enableBehavior', 'que-12', 'everything')
  return found
}

type Fault = readonly [member: string, reason: ReasonCode, detail?: string]

function faultOf(when: Json, answer: FhirValue | undefined): Fault | null {
  const { question, operator } = when
  if (when.modifierExtension !== undefined) return ['modifierExtension', 'modifier-extension']
  if (typeof question !== 'string') return ['question', 'missing']
  if (typeof operator !== 'string') return ['operator', 'missing']
  if (!operators.has(operator)) return ['operator', 'operator-unknown', operator]
  if (answer === undefined) return ['answer[x]', 'missing']
  if (shapeFault(answer) !== null) return [`answer${answer.type}`, 'wrong-json']
  const exists = operator === 'exists' && answer.type !== 'Boolean'
  return exists ? [`answer${answer.type}`, 'que-7'] : null
}

/** Refuses conditions on items that do not exist, that take no answer, or that lead in a circle. */
export function checkReferences(items: readonly FormItem[], report: ImportReport): void {
  const byId = new Map<string, FormItem>()
  eachItem(items, (item) => byId.set(item.linkId, item))
  eachItem(items, (item) => {
    item.enableWhen?.forEach((when, index) => {
      const place = {
        path: `Questionnaire.descendants().where(linkId='${item.linkId}').enableWhen[${index}]`,
        linkId: item.linkId,
      }
      const question = byId.get(when.question)
      if (question === undefined)
        report.refused(place, 'question', 'question-unknown', 'everything', when.question)
      else if (question.type === 'group' || question.type === 'display')
        report.refused(place, 'question', 'question-takes-no-answer', 'publishing', when.question)
      else if (when.operator !== 'exists' && !canMeet(question, when))
        report.refused(place, `answer${when.answer.type}`, 'answer-never-fits', 'publishing', when.question)
    })
  })
  for (const linkId of circles(items, byId))
    report.refused(
      { path: `Questionnaire.descendants().where(linkId='${linkId}')`, linkId },
      'enableWhen',
      'enable-circle',
      'everything',
    )
}

/** Whether an answer of the question can be compared with what the condition waits for. */
function canMeet(question: FormItem, { answer }: EnableWhen): boolean {
  const like: Record<string, string> = {
    Integer: 'Number',
    Decimal: 'Number',
    Date: 'Date',
    DateTime: 'Date',
    Uri: 'String',
  }
  const kind = (type: string) => like[type] ?? type
  return answerTypesOf(question).some(
    (type) => kind(type) === kind(answer.type) || (type === 'Quantity' && kind(answer.type) === 'Number'),
  )
}

/** Items whose being enabled depends on itself: through conditions, and through the items around questions. */
function circles(items: readonly FormItem[], byId: ReadonlyMap<string, FormItem>): string[] {
  const needs = new Map<string, Set<string>>()
  eachItem(items, (item, parents) => {
    const own = new Set(item.enableWhen?.map((when) => when.question).filter((id) => byId.has(id)))
    const parent = parents.at(-1)
    if (parent !== undefined) own.add(parent.linkId)
    needs.set(item.linkId, own)
  })
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  for (const first of needs.keys()) {
    if (state.has(first)) continue
    // A stack of its own: thousands of items may hang on one another.
    const open = [{ linkId: first, rest: [...(needs.get(first) ?? [])] }]
    state.set(first, 'open')
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.rest.pop()
      if (next === undefined) {
        state.set(top.linkId, 'done')
        open.pop()
      } else if (state.get(next) === 'open') found.push(top.linkId)
      else if (!state.has(next)) {
        state.set(next, 'open')
        open.push({ linkId: next, rest: [...(needs.get(next) ?? [])] })
      }
    }
  }
  return found
}
