// Reads the syntax tree of a rule with the meaning its names have: which answers, scores and earlier values it reads,
// what it asks with has(), how much work it is, and where a macro must pass over repetitions that lack an answer.
import type { ItemPlan } from '../plan.ts'
import { patternFault } from './rule-patterns.ts'
import type { Holder, RuleGroup, RuleShapes } from './rule-shapes.ts'
import { fixedSteps, lengthOf, plus, times, type Work } from './rule-work.ts'
import { didYouMean, nearestName } from './suggest.ts'

/** What the analysis must know of the form. */
export type Names = {
  readonly form: string
  readonly shapes: RuleShapes
  readonly items: ReadonlyMap<string, ItemPlan>
  readonly members: Readonly<Record<Holder, readonly string[]>>
  /** Entries that a look-back can reach at most. */
  readonly mostEarlier: number
  /** As many answers as an item ever has. */
  readonly mostRepeats: number
}

/** Names as rules write them, by the object they are members of. */
export type Analysis = {
  readonly reads: Readonly<Record<Holder, ReadonlySet<string>>>
  /** Of these, those that stand in a has(). */
  readonly tested: Readonly<Record<Holder, ReadonlySet<string>>>
  readonly groups: ReadonlySet<RuleGroup>
  readonly missed: boolean
  readonly entries: boolean
  readonly work: Work
  /** Texts to put into the source, each before a position, and lengths to leave out there. */
  readonly edits: readonly Edit[]
  readonly faults: readonly string[]
}
export type Edit = { readonly at: number; readonly remove: number; readonly insert: string }

/** A node of CEL's syntax tree. */
export type SyntaxNode = {
  readonly op: string
  readonly args: unknown
  readonly start: number
  readonly end: number
}
type Node = SyntaxNode
type Shape =
  | { readonly is: 'holder'; readonly of: Holder }
  | { readonly is: 'repetition'; readonly group: RuleGroup; readonly name: string; readonly lacks: Lacks }
  | { readonly is: 'list'; readonly of: Shape; readonly length: Work }
  | { readonly is: 'value' }
/** What a macro's body reads of a repetition, and asks of it. */
type Lacks = { readonly reads: Set<string>; readonly tested: Set<string> }
type Scope = ReadonlyMap<string, Shape>
type Seen = { readonly shape: Shape; readonly work: Work }

const value: Shape = { is: 'value' }
const holders: readonly Holder[] = [
  'answers',
  'scores',
  'earlier',
  'earlier_scores',
  'baseline',
  'baseline_answers',
]
const macros = new Set(['exists', 'all', 'exists_one', 'filter', 'map'])
/** Parts of a timestamp in a zone (`getHours('Asia/Shanghai')`) ask the calendar, which is slow. */
const stepsOfCalendar = 200
const searches = new Set(['sum', 'least', 'greatest', 'size', 'in', '==', '!='])

/** The analysis of a parsed rule; `source` is its text. */
export function analyse(ast: unknown, source: string, names: Names): Analysis {
  const sets = () => Object.fromEntries(holders.map((name) => [name, new Set<string>()]))
  const reads = sets() as Record<Holder, Set<string>>
  const tested = sets() as Record<Holder, Set<string>>
  const groups = new Set<RuleGroup>()
  const edits: Edit[] = []
  const faults: string[] = []
  const flags = { missed: false, entries: false }
  const complain = (message: string) => {
    if (!faults.includes(message)) faults.push(message)
  }

  const visitAll = (list: readonly Node[], scope: Scope): Work[] => list.map((one) => visit(one, scope).work)

  const visit = (node: Node, scope: Scope, asked = false): Seen => {
    const member = memberOf(node)
    if (member !== null) return visitMember(member, scope, asked)
    if (node.op === 'id') return { shape: named(String(node.args), scope), work: fixedSteps(1) }
    if (node.op === 'call') return visitCall(node, scope)
    if (node.op === 'rcall') return visitMethod(node, scope)
    if (node.op === '[]') return visitIndex(node, scope)
    const parts = nodesIn(node.args)
    const seen = parts.map((one) => visit(one, scope))
    for (const { shape } of seen) refuseWhole(shape)
    const own = searches.has(node.op) ? seen.map(({ shape }) => lengthIn(shape)) : []
    const work = plus([fixedSteps(1), ...seen.map((one) => one.work), ...own])
    if (node.op === 'list')
      return { shape: { is: 'list', of: value, length: fixedSteps(parts.length) }, work }
    const lists = seen.flatMap(({ shape }) => (shape.is === 'list' ? [shape] : []))
    if (node.op === '+' && lists.length > 0)
      return { shape: { is: 'list', of: value, length: plus(lists.map((one) => one.length)) }, work }
    return { shape: value, work }
  }

  const named = (name: string, scope: Scope): Shape => {
    const bound = scope.get(name)
    if (bound !== undefined) return bound
    if (name === 'missed') flags.missed = true
    if (name === 'earlier_entries') {
      flags.entries = true
      return earlierList()
    }
    return holders.includes(name as Holder) ? { is: 'holder', of: name as Holder } : value
  }
  const earlierList = (): Shape => ({ is: 'list', of: value, length: lengthOf('earlier', names.mostEarlier) })

  const visitMember = ([left, name]: [Node, string], scope: Scope, asked: boolean): Seen => {
    const { shape, work } = visit(left, scope)
    const done = (of: Shape): Seen => ({ shape: of, work: plus([work, fixedSteps(1)]) })
    if (shape.is === 'holder') return done(visitHolder(shape.of, name, asked))
    if (shape.is === 'repetition') return done(visitRepetition(shape, name, asked))
    if (shape.is === 'list')
      complain(`.${name}: a list has no members; use exists(x, …), filter(x, …) or map(x, …)`)
    if (asked && shape.is === 'value')
      complain(`has(): ask it of answers, scores, baseline or a repetition, e.g. has(answers.${name})`)
    return done(value)
  }

  const visitHolder = (holder: Holder, name: string, asked: boolean): Shape => {
    if (!names.members[holder].includes(name)) {
      complain(unknownMember(holder, name, names))
      return value
    }
    reads[holder].add(name)
    if (holder === 'earlier' || holder === 'earlier_scores') {
      if (asked) complain(`has(${holder}.${name}) is always true; ask ${holder}.${name}.size() > 0`)
      return earlierList()
    }
    if (holder === 'answers') {
      const group = names.shapes.groups.find((one) => one.ruleName === name)
      if (group !== undefined) return repetitions(group, `answers.${name}`, asked)
      if (names.items.get(name)?.repeats === true && !asked)
        return { is: 'list', of: value, length: lengthOf(name, names.mostRepeats) }
    }
    if (asked) tested[holder].add(name)
    return value
  }

  const repetitions = (group: RuleGroup, written: string, asked: boolean): Shape => {
    groups.add(group)
    if (asked) complain(`has(${written}) is always true; ask ${written}.size() > 0`)
    return {
      is: 'list',
      of: { is: 'repetition', group, name: '', lacks: { reads: new Set(), tested: new Set() } },
      length: lengthOf(group.path, group.most),
    }
  }

  const visitRepetition = (
    { group, name: variable, lacks }: Extract<Shape, { is: 'repetition' }>,
    name: string,
    asked: boolean,
  ): Shape => {
    const inner = group.groups.find((one) => one.ruleName === name)
    if (inner !== undefined) return repetitions(inner, `${variable}.${name}`, asked)
    const item = group.items.find((one) => one.ruleName === name)
    if (item === undefined) {
      const known = [...group.items, ...group.groups].map((one) => one.ruleName)
      complain(
        `${variable}.${name}: group ${group.linkId} has no ${name}${didYouMean(name, known, `${variable}.`)}`,
      )
      return value
    }
    lacks.reads.add(name)
    if (asked) lacks.tested.add(name)
    return item.repeats && !asked ? { is: 'list', of: value, length: fixedSteps(names.mostRepeats) } : value
  }

  const visitCall = (node: Node, scope: Scope): Seen => {
    const [name, args] = node.args as [string, Node[]]
    const asks = name === 'has'
    const seen = args.map((one) => visit(one, scope, asks))
    if (!asks) for (const { shape } of seen) refuseWhole(shape)
    const own = searches.has(name) ? seen.map(({ shape }) => lengthIn(shape)) : []
    return { shape: value, work: plus([fixedSteps(1), ...seen.map((one) => one.work), ...own]) }
  }

  const visitMethod = (node: Node, scope: Scope): Seen => {
    const [name, receiver, args] = node.args as [string, Node, Node[]]
    if (name === 'bind') {
      complain('cel.bind is not available in rules; write the expression out')
      return { shape: value, work: fixedSteps(1) }
    }
    if (macros.has(name) && args.length > 1) return visitMacro(name, receiver, args, scope)
    const seen = visit(receiver, scope)
    refuseWhole(seen.shape)
    if (name === 'matches') limitPattern(receiver, args)
    const own = name.startsWith('get') ? stepsOfCalendar : 1
    return { shape: value, work: plus([fixedSteps(own), seen.work, ...visitAll(args, scope)]) }
  }

  const limitPattern = (receiver: Node, args: readonly Node[]): void => {
    const [pattern] = args
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
      complain('matches(): write the pattern as a text in quotes')
      return
    }
    const fault = patternFault(pattern.args)
    if (fault !== null) complain(`matches(): ${fault}`)
    const at = source.indexOf('matches', receiver.end)
    edits.push({ at: at + 'matches'.length, remove: 0, insert: '_within' })
  }

  const visitMacro = (name: string, receiver: Node, args: readonly Node[], scope: Scope): Seen => {
    const { shape, work } = visit(receiver, scope)
    const variable = String((args[0] as Node).args)
    if (shape.is !== 'list') {
      complain(`${name}(): runs over repetitions, lists of answers and earlier values only`)
      return { shape: value, work }
    }
    const lacks: Lacks = { reads: new Set(), tested: new Set() }
    const element: Shape = shape.of.is === 'repetition' ? { ...shape.of, name: variable, lacks } : shape.of
    const inner = new Map(scope).set(variable, element)
    const bodies = args.slice(1).map((one) => visit(one, inner))
    for (const one of bodies) refuseWhole(one.shape)
    passOver(receiver, variable, lacks)
    const each = plus([fixedSteps(2 + lacks.reads.size), ...bodies.map((one) => one.work)])
    const whole = plus([work, times(shape.length, each)])
    if (name !== 'filter' && name !== 'map') return { shape: value, work: whole }
    const of = name === 'filter' ? shape.of : (bodies.at(-1) as Seen).shape
    return { shape: { is: 'list', of, length: shape.length }, work: whole }
  }

  /** Repetitions without an answer that the body reads are passed over, as a rule without one does not apply. */
  const passOver = (receiver: Node, variable: string, { reads: read, tested: asked }: Lacks): void => {
    const needed = [...read].filter((name) => !asked.has(name))
    if (needed.length === 0) return
    const insert = `.filter(${variable}, ${needed.map((name) => `has(${variable}.${name})`).join(' && ')})`
    edits.push({ at: receiver.end, remove: 0, insert })
  }

  const visitIndex = (node: Node, scope: Scope): Seen => {
    const [left, index] = node.args as [Node, Node]
    const seen = visit(left, scope)
    const work = plus([fixedSteps(1), seen.work, visit(index, scope).work])
    refuseWhole(seen.shape)
    if (seen.shape.is !== 'list') return { shape: value, work }
    if (seen.shape.of.is === 'repetition')
      complain('repetitions have no numbers; use exists(x, …), filter(x, …) or map(x, …)')
    return { shape: seen.shape.of, work }
  }

  const refuseWhole = (shape: Shape): void => {
    if (shape.is === 'holder') complain(`name a member of ${shape.of}, e.g. ${shape.of}.x`)
    if (shape.is === 'repetition') complain(`name a member of ${shape.name}, e.g. ${shape.name}.x`)
  }

  const root = visit(ast as Node, new Map())
  const { missed, entries } = flags
  return { reads, tested, groups, missed, entries, work: root.work, edits, faults }
}

/** The source with the edits made. */
export function edited(source: string, edits: readonly Edit[]): string {
  let text = source
  for (const { at, remove, insert } of [...edits].sort((a, b) => b.at - a.at))
    text = text.slice(0, at) + insert + text.slice(at + remove)
  return text
}

function unknownMember(holder: Holder, name: string, { form, members, shapes }: Names): string {
  const known = didYouMean(name, members[holder], `${holder}.`)
  if (known !== '') return `form ${form} has no ${holder}.${name}${known}`
  const inside = shapes.groups.find(
    (group) =>
      nearestName(
        name,
        group.items.map((item) => item.ruleName),
      ) !== undefined,
  )
  if (holder === 'answers' && inside !== undefined)
    return `form ${form} has no answers.${name}; it stands in a repeating group: answers.${inside.ruleName}.exists(x, x.${nearestName(
      name,
      inside.items.map((item) => item.ruleName),
    )} …)`
  const all = members[holder].slice(0, 12).join(', ')
  return `form ${form} has no ${holder}.${name}${all === '' ? '' : `; there are ${all}`}`
}

/** `x.name` or `x["name"]`. */
function memberOf(node: Node): [Node, string] | null {
  if (node.op !== '.' && node.op !== '[]') return null
  const [left, right] = node.args as [Node, Node | string]
  if (typeof right === 'string') return [left, right]
  return right.op === 'value' && typeof right.args === 'string' ? [left, right.args] : null
}

const lengthIn = (shape: Shape): Work => (shape.is === 'list' ? shape.length : fixedSteps(0))

/** The nodes directly below, in order. */
export function nodesIn(args: unknown): Node[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn)
  return typeof args === 'object' && args !== null && typeof (args as Node).op === 'string'
    ? [args as Node]
    : []
}
