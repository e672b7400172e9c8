// Which items of a form are enabled by the answers of one response, and why the others are not.
// FHIR R4 Questionnaire.item.enableWhen: a disabled item counts as unanswered; what stands inside a disabled item is
// disabled; a question that stands several times means the nearest one, first around the item, then before it, then
// after it. Operators: R4 questionnaire-enable-operator; `!=` holds where there is an answer and none of the answers
// equals. `exists` alone can hold for an unanswered question.
import type { Json } from '../fhir-json.ts'
import { compareValues, satisfies } from './compare-values.ts'
import type { EnableWhen, FormDefinition } from './definition.ts'
import { isTrue, type Names } from './expression/evaluate.ts'
import { createScopes } from './expression-names.ts'
import type { Expressions } from './expressions.ts'
import { childrenOf, eachInstance, type Instance, type ResponseTree, type Scope } from './response-tree.ts'

/** Why an item is disabled. */
export type DisabledBecause =
  | { readonly by: 'parent'; readonly parent: string }
  | {
      readonly by: 'enableWhen'
      readonly behaviour: 'all' | 'any'
      readonly clauses: readonly ClauseResult[]
    }
  | { readonly by: 'enableWhenExpression'; readonly failed: boolean }

/** One `enableWhen` with what came out. `answered` says whether its question has an answer that counts. */
export type ClauseResult = EnableWhen & { readonly holds: boolean; readonly answered: boolean }

/** The judgement on a whole response. */
export type Enablement = {
  isEnabled(instance: Instance): boolean
  /** Undefined where the item is enabled. */
  reason(instance: Instance): DisabledBecause | undefined
  /** The response without disabled items: what expressions see. */
  readonly resource: Json
  /** Instances whose condition could not be evaluated (they count as disabled), or keeps changing with itself. */
  readonly failed: readonly Instance[]
}

/** Judges every instance. Conditions that are expressions are evaluated until nothing changes any more. */
export function judgeEnablement(
  form: FormDefinition,
  tree: ResponseTree,
  response: Json,
  expressions: Expressions,
): Enablement {
  const conditional: Instance[] = []
  eachInstance(tree.roots, (instance) => {
    if (instance.item.enableExpression !== undefined) conditional.push(instance)
  })
  let truths = new Map<Instance, boolean>(conditional.map((instance) => [instance, true]))
  const failed = new Set<Instance>()
  for (let round = 0; ; round++) {
    const isEnabled = byConditions(tree, truths)
    if (conditional.length === 0) return finish(tree, truths, isEnabled, response, failed)
    const scopes = createScopes(form, pruned(response, tree, isEnabled), expressions)
    const next = new Map<Instance, boolean>()
    failed.clear()
    for (const instance of conditional)
      next.set(instance, holds(instance, scopes(instance), expressions, failed))
    const moved = conditional.filter((instance) => next.get(instance) !== truths.get(instance))
    if (moved.length === 0) return finish(tree, truths, isEnabled, response, failed)
    truths = next
    // Conditions that do not lead in a circle settle after as many rounds as there are of them.
    if (round > conditional.length + 1) {
      for (const instance of moved) failed.add(instance)
      return finish(tree, truths, byConditions(tree, truths), response, failed)
    }
  }
}

function holds(
  instance: Instance,
  { focus, names }: { focus: unknown; names: Names },
  expressions: Expressions,
  failed: Set<Instance>,
): boolean {
  try {
    return isTrue(expressions.evaluate(instance.item.enableExpression as string, focus, names))
  } catch {
    failed.add(instance)
    return false
  }
}

function finish(
  tree: ResponseTree,
  truths: ReadonlyMap<Instance, boolean>,
  isEnabled: (instance: Instance) => boolean,
  response: Json,
  failed: ReadonlySet<Instance>,
): Enablement {
  let resource: Json | undefined
  return {
    isEnabled,
    get resource() {
      resource ??= pruned(response, tree, isEnabled)
      return resource
    },
    failed: [...failed],
    reason(instance) {
      if (isEnabled(instance)) return undefined
      const { parent, item } = instance
      if (parent !== null && !isEnabled(parent)) return { by: 'parent', parent: parent.item.linkId }
      if (truths.get(instance) === false) return { by: 'enableWhenExpression', failed: failed.has(instance) }
      const clauses = (item.enableWhen ?? []).map((when) =>
        judgeClause(when, questionOf(when, instance, tree), isEnabled),
      )
      return { by: 'enableWhen', behaviour: item.enableBehavior ?? 'all', clauses }
    },
  }
}

/** Enabled by parents, enableWhen and the given truths of expressions; remembered for each instance. */
function byConditions(
  tree: ResponseTree,
  truths: ReadonlyMap<Instance, boolean>,
): (instance: Instance) => boolean {
  const known = new Map<Instance, boolean>()
  return (instance) => known.get(instance) ?? settle(instance, tree, truths, known)
}

/** An instance that waits for others to be judged: its parent (`next` −1), then the questions of its `enableWhen`. */
type Open = {
  readonly instance: Instance
  readonly questions: readonly (Instance | undefined)[]
  next: number
}

const noQuestions: Open['questions'] = []

/** Keeps its own stack: a form may hang thousands of items on one another, each on the next. */
function settle(
  first: Instance,
  tree: ResponseTree,
  truths: ReadonlyMap<Instance, boolean>,
  known: Map<Instance, boolean>,
): boolean {
  const open: Open[] = []
  const enter = (instance: Instance) => {
    // The importer refuses circles; should one come through, the item counts as disabled for itself.
    known.set(instance, false)
    const questions = instance.item.enableWhen?.map((when) => questionOf(when, instance, tree))
    open.push({ instance, questions: questions ?? noQuestions, next: -1 })
  }
  enter(first)
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next < top.questions.length) {
      const wanted = top.next < 0 ? top.instance.parent : top.questions[top.next]
      top.next += 1
      if (wanted !== undefined && wanted !== null && !known.has(wanted)) enter(wanted)
      continue
    }
    open.pop()
    known.set(top.instance, enabledWith(top, truths, known))
  }
  return known.get(first) === true
}

/** Judges an instance of which all that it waits for is judged. */
function enabledWith(
  { instance, questions }: Open,
  truths: ReadonlyMap<Instance, boolean>,
  known: ReadonlyMap<Instance, boolean>,
): boolean {
  const { item, parent } = instance
  if ((parent !== null && known.get(parent) !== true) || truths.get(instance) === false) return false
  if (item.enableWhen === undefined) return true
  const isEnabled = (one: Instance) => known.get(one) === true
  const clause = (when: EnableWhen, index: number) => judgeClause(when, questions[index], isEnabled).holds
  return item.enableBehavior === 'any' ? item.enableWhen.some(clause) : item.enableWhen.every(clause)
}

function questionOf({ question }: EnableWhen, instance: Instance, tree: ResponseTree): Instance | undefined {
  return nearest(instance, tree.byLinkId.get(question) ?? [])
}

function judgeClause(
  when: EnableWhen,
  question: Instance | undefined,
  isEnabled: (instance: Instance) => boolean,
): ClauseResult {
  const given = question === undefined || !isEnabled(question) ? [] : question.answers
  const answers = given.map((answer) => answer.value).filter((value) => value !== null)
  const answered = answers.length > 0
  const { operator } = when
  if (operator === 'exists') return { ...when, answered, holds: answered === when.answer.value }
  const one = (value: (typeof answers)[number]) => satisfies(compareValues(value, when.answer), operator)
  const met = operator === '!=' ? answered && answers.every(one) : answers.some(one)
  return { ...when, answered, holds: met }
}

/**
 * The occurrence nearest to an item: around it, else in the smallest part around it the last before it, else the first
 * after it. Occurrences are in document order, so that a group repeated thousands of times is searched by halving.
 */
function nearest(instance: Instance, occurrences: readonly Instance[]): Instance | undefined {
  if (occurrences.length <= 1) return occurrences[0]
  const { linkId } = (occurrences[0] as Instance).item
  const here = instance.scope.start
  const next = firstFrom(here, occurrences)
  const before = occurrences[next - 1]
  const after = occurrences[occurrences[next] === instance ? next + 1 : next]
  for (let scope: Scope | null = instance.scope.parent; scope !== null; scope = scope.parent) {
    if (scope.instance?.item.linkId === linkId) return scope.instance
    if (before !== undefined && before.scope.start >= scope.start) return before
    if (after !== undefined && after.scope.start <= scope.end) return after
  }
  return undefined
}

/** The index of the first occurrence that does not begin before that moment of the document's order. */
function firstFrom(start: number, occurrences: readonly Instance[]): number {
  let [low, high] = [0, occurrences.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((occurrences[middle] as Instance).scope.start < start) low = middle + 1
    else high = middle
  }
  return low
}

/** The response with only what is enabled and belongs to the form; nothing else of it is changed. */
export function pruned(response: Json, tree: ResponseTree, isEnabled: (instance: Instance) => boolean): Json {
  const items = (instances: readonly Instance[]): Json[] =>
    instances.filter((one) => one.json !== null && isEnabled(one)).map(item)
  const item = (instance: Instance): Json => {
    const { answer: _answer, item: _item, ...rest } = instance.json as Json
    const answers = instance.answers.map(({ json, children }) => {
      const { item: _inside, ...own } = json
      const inside = items(children)
      return inside.length === 0 ? own : { ...own, item: inside }
    })
    const inside = instance.answers.length === 0 ? items(instance.children) : []
    return {
      ...rest,
      ...(answers.length > 0 && { answer: answers }),
      ...(inside.length > 0 && { item: inside }),
    }
  }
  const { item: _item, ...rest } = response
  const top = items(tree.roots)
  return top.length === 0 ? rest : { ...rest, item: top }
}

/** Whether the instance or anything enabled inside it has an answer. */
export function isAnswered(instance: Instance, isEnabled: (instance: Instance) => boolean): boolean {
  if (!isEnabled(instance)) return false
  return (
    instance.answers.some((answer) => answer.value !== null) ||
    childrenOf(instance).some((child) => isAnswered(child, isEnabled))
  )
}
