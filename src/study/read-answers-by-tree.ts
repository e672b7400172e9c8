// Reads the answers of a form that one pass cannot judge: repeating groups, conditions on later items, FHIRPath.
// All answers are read first, laid over the form as a FHIR response, judged as a whole, and then kept or dropped in
// the form's order. Same promises as the fast path; slower, and only for such forms.

import { asObject } from './fhir-json.ts'
import type { Finding } from './finding.ts'
import { judgeEnablement } from './form/enablement.ts'
import { createExpressions } from './form/expressions.ts'
import type { ResponseFindings } from './form/response-finding.ts'
import { responseOfAnswers } from './form/response-of-answers.ts'
import { childrenOf, type Instance, layResponse } from './form/response-tree.ts'
import type { Answer, Answers, FormPlan, GroupPlan, ItemPlan } from './plan.ts'
import { AnswerRecord, complain, isValue, mostRepeats, readItem } from './read-item.ts'

const expressions = createExpressions(null)
/** The response is made from the answers here, so its structure fits; what is wrong with an answer is told of the answer. */
const unheard: ResponseFindings = { list: [], add() {} }

/** Answers of one level as read, before anything is hidden, with what is wrong with each. */
type Level = {
  readonly raw: Readonly<Record<string, unknown>>
  readonly answers: { [linkId: string]: Answer }
  readonly findings: Map<string, Finding[]>
  readonly items: ReadonlyMap<string, ItemPlan>
  readonly groups: ReadonlyMap<string, { readonly plan: GroupPlan; readonly levels: readonly Level[] }>
}

/** As much of a form as its judgement needs. */
export type TreeForm = Pick<FormPlan, 'items' | 'groups' | 'definition'>

/** A form's answers laid over it, and what of it they enable. */
export type JudgedTree = {
  readonly level: Level
  readonly roots: readonly Instance[]
  readonly isEnabled: (instance: Instance) => boolean
}

/** As `readAnswers`. */
export function readAnswersByTree(
  form: TreeForm,
  raw: Readonly<Record<string, unknown>>,
  findings: Finding[] | null,
): Answers {
  return keepAnswers(judgeByTree(form, raw), findings)
}

/** Reads and judges all answers, hidden ones too. */
export function judgeByTree(form: TreeForm, raw: Readonly<Record<string, unknown>>): JudgedTree {
  const level = readLevel(form, raw, 0)
  const response = responseOfAnswers(form.definition, level.answers)
  const tree = layResponse(form.definition, response, unheard)
  const { isEnabled } = judgeEnablement(form.definition, tree, response, expressions)
  return { level, roots: tree.roots, isEnabled }
}

/** The cleaned answers that are enabled; what is wrong is added to `findings`. */
export function keepAnswers({ roots, level, isEnabled }: JudgedTree, findings: Finding[] | null): Answers {
  return keep(roots, level, isEnabled, findings)
}

const deepest = 10

function readLevel(
  { items, groups }: Pick<GroupPlan, 'items' | 'groups'>,
  raw: Readonly<Record<string, unknown>>,
  depth: number,
): Level {
  const answers = new AnswerRecord()
  const findings = new Map<string, Finding[]>()
  for (const item of items) {
    const own: Finding[] = []
    const given = Object.hasOwn(raw, item.linkId) ? raw[item.linkId] : undefined
    const answer = given === undefined || given === null ? undefined : readItem(item, given, own)
    if (answer !== undefined) answers[item.linkId] = answer
    if (own.length > 0) findings.set(item.linkId, own)
  }
  const inner = new Map<string, { plan: GroupPlan; levels: Level[] }>()
  for (const plan of groups) {
    const own: Finding[] = []
    const list = depth < deepest ? repetitionsOf(plan, raw, own) : []
    const levels = list.map((one) => readLevel(plan, one, depth + 1))
    inner.set(plan.linkId, { plan, levels })
    if (levels.length > 0) answers[plan.linkId] = levels.map((one) => one.answers)
    if (own.length > 0) findings.set(plan.linkId, own)
  }
  return { raw, answers, findings, items: new Map(items.map((one) => [one.linkId, one])), groups: inner }
}

/** A single object counts as one repetition. */
function repetitionsOf(
  plan: GroupPlan,
  raw: Readonly<Record<string, unknown>>,
  findings: Finding[],
): readonly Readonly<Record<string, unknown>>[] {
  const given = Object.hasOwn(raw, plan.linkId) ? raw[plan.linkId] : undefined
  if (given === undefined || given === null) return []
  const list = Array.isArray(given) ? given : [given]
  if (list.length > mostRepeats) {
    complain(findings, 'too-many-answers', plan)
    return []
  }
  const objects = list.map(asObject)
  if (objects.includes(undefined)) complain(findings, 'wrong-type', plan)
  const kept = objects.filter((one) => one !== undefined)
  for (const one of kept)
    for (const key of Object.keys(one))
      if (
        !plan.items.some((item) => item.linkId === key) &&
        !plan.groups.some((group) => group.linkId === key)
      )
        complain(findings, 'item-unknown', plan)
  return kept
}

function keep(
  instances: readonly Instance[],
  level: Level,
  isEnabled: (instance: Instance) => boolean,
  findings: Finding[] | null,
): Answers {
  const answers = new AnswerRecord()
  const walk = (list: readonly Instance[], at: Level, into: AnswerRecord): void => {
    const counts = new Map<string, number>()
    for (const instance of list) {
      const { linkId } = instance.item
      const group = at.groups.get(linkId)
      if (group === undefined) {
        const item = at.items.get(linkId)
        if (item !== undefined) keepItem(item, at, isEnabled(instance), into, findings)
        walk(childrenOf(instance), at, into)
        continue
      }
      const index = counts.get(linkId) ?? 0
      counts.set(linkId, index + 1)
      if (index === 0) tellGroup(group.plan, group.levels.length, at, isEnabled(instance), findings)
      const inner = group.levels[index]
      if (inner === undefined) continue
      const own = new AnswerRecord()
      walk(childrenOf(instance), inner, own)
      // A repetition of which nothing is left keeps its place: conditions elsewhere look at the nearest one.
      if (isEnabled(instance))
        into[linkId] = [...((into[linkId] as readonly Answers[] | undefined) ?? []), own]
    }
  }
  walk(instances, level, answers)
  return answers
}

function keepItem(
  item: ItemPlan,
  level: Level,
  shown: boolean,
  into: AnswerRecord,
  findings: Finding[] | null,
): void {
  const { linkId } = item
  if (!shown) {
    const given = Object.hasOwn(level.raw, linkId) ? level.raw[linkId] : undefined
    if (isValue(given)) complain(findings, 'hidden-answered', item)
    return
  }
  const found = level.findings.get(linkId)
  const answer = level.answers[linkId]
  if (findings !== null && found !== undefined) findings.push(...found)
  if (answer !== undefined) into[linkId] = answer
  else if (item.required && found === undefined) complain(findings, 'required-missing', item)
}

/** What is said once of a repeating group, however often it stands there. */
function tellGroup(
  plan: GroupPlan,
  count: number,
  level: Level,
  shown: boolean,
  findings: Finding[] | null,
): void {
  if (findings === null) return
  if (!shown) {
    if (count > 0) complain(findings, 'hidden-answered', plan)
    return
  }
  findings.push(...(level.findings.get(plan.linkId) ?? []))
  if (count === 0 && plan.required) complain(findings, 'required-missing', plan)
  else if (plan.minAnswers !== undefined && count < plan.minAnswers)
    complain(findings, 'too-few-answers', plan)
  if (plan.maxAnswers !== undefined && count > plan.maxAnswers) complain(findings, 'too-many-answers', plan)
}
