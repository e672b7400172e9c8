// Compiles the rules that run on a phone from CEL's syntax tree to programs (rule-program.ts). Knows which of CEL the
// programs can say; a rule beyond that stays with the server, and its author is told.
import type { FormPlan, GroupPlan, ItemPlan } from '../plan.ts'
import { ruleName as ruleNameOf } from '../rule-name.ts'
import { type DeviceRule, deviceRulesOf, patientTextOf, serverNameIn } from '../rules/device-rules.ts'
import type { SyntaxNode } from '../rules/rule-analysis.ts'
import { createRuleEnvironment } from '../rules/rule-environment.ts'
import { celTypeOf } from '../rules/rule-shapes.ts'
import { textIn } from '../text.ts'
import type { DeviceRuleProgram, Expression } from './rule-program.ts'

/** A rule that cannot run on a phone; `what` names the part of CEL, or the name, that is missing there. */
export type RuleLeftOut = { readonly rule: string; readonly kind: DeviceRule['kind']; readonly what: string }

/** The rules with a text for the patient that phones cannot evaluate. */
export function rulesLeftOut(form: FormPlan): readonly RuleLeftOut[] {
  const environment = createRuleEnvironment(form, form.scores, form.ruleShapes)
  const unknown = form.rules.flatMap((rule): RuleLeftOut[] => {
    const what = patientTextOf(rule) === undefined ? undefined : serverNameIn(rule, environment)
    if (what === undefined) return []
    return [{ rule: rule.id, kind: rule.kind === 'check' ? 'prompt' : 'message', what }]
  })
  return [...unknown, ...ruleProgramsOf(form, '').leftOut]
}

/** The programs of a form's rules in one language, and the rules that cannot be one. */
export function ruleProgramsOf(
  form: FormPlan,
  language: string,
): { readonly rules: readonly DeviceRuleProgram[]; readonly leftOut: readonly RuleLeftOut[] } {
  const environment = createRuleEnvironment(form, form.scores, form.ruleShapes)
  const rules: DeviceRuleProgram[] = []
  const leftOut: RuleLeftOut[] = []
  for (const { when, text, ...rule } of deviceRulesOf(form).rules) {
    try {
      const program = compile(environment.parse(when).ast as unknown as SyntaxNode, {
        level: form,
        scope: {},
      })
      rules.push({ ...rule, text: textIn(text, language), program })
    } catch (error) {
      if (!(error instanceof Beyond)) throw error
      leftOut.push({ rule: rule.id, kind: rule.kind, what: error.message })
    }
  }
  return { rules, leftOut }
}

/** What a program cannot say. */
class Beyond extends Error {}

type Level = Pick<GroupPlan, 'items' | 'groups'>
/** `scope`: macro variables, and of which group they are a repetition; null for plain values. */
type Within = { readonly level: Level; readonly scope: Readonly<Record<string, GroupPlan | null>> }

const binary = new Set(['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'in', '&&', '||'])
const macros = new Set(['exists', 'all', 'exists_one', 'filter', 'map'])
const functions = new Set(['size', 'sum', 'least', 'greatest', 'double'])
const methods = new Set(['size', 'startsWith', 'endsWith', 'contains'])

function compile(node: SyntaxNode, within: Within): Expression {
  const { op, args } = node
  const inner = (one: unknown): Expression => compile(one as SyntaxNode, within)
  const list = args as readonly unknown[]
  if (op === 'value') return literal(args)
  if (op === 'id') return variable(String(args), within)
  if (op === '.' || op === '[]') return member(list[0] as SyntaxNode, list[1], within)
  if (op === 'list') return ['[', ...list.map(inner)]
  if (op === '!_') return ['!', inner(args)]
  if (op === '-_') return ['neg', inner(args)]
  if (op === '?:' || binary.has(op)) return [op, ...list.map(inner)]
  if (op === 'call') return call(list as [string, SyntaxNode[]], within)
  if (op === 'rcall') return method(list as [string, SyntaxNode, SyntaxNode[]], within)
  throw new Beyond(op === 'map' ? 'a map' : op)
}

function literal(value: unknown): Expression {
  if (typeof value === 'bigint') {
    const plain = Number(value)
    return ['i', Number.isSafeInteger(plain) ? plain : String(value)]
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Beyond('a literal of another type than number, text, true or false')
}

function variable(name: string, { scope }: Within): Expression {
  if (Object.hasOwn(scope, name)) return ['v', name]
  throw new Beyond(name)
}

/** `x.name`, `x["name"]`, or an element of a list. */
function member(holder: SyntaxNode, right: unknown, within: Within): Expression {
  const of = right as SyntaxNode
  const name = typeof right === 'string' ? right : of.op === 'value' && of.args
  if (typeof name !== 'string') return ['at', compile(holder, within), compile(of, within)]
  const { level, from } = levelOf(holder, within)
  const group = level.groups.find(({ linkId }) => ruleNameOf(linkId) === name)
  if (group !== undefined) return ['g', group.linkId, ...from]
  const item = level.items.find(({ ruleName }) => ruleName === name)
  if (item === undefined) throw new Beyond(name)
  refuseMixed(item)
  return ['a', item.linkId, ...from]
}

/** The answers themselves, or a repetition that a macro's variable stands for. */
function levelOf(holder: SyntaxNode, within: Within): { level: Level; from: readonly Expression[] } {
  const name = holder.op === 'id' ? String(holder.args) : ''
  const group = Object.hasOwn(within.scope, name) ? within.scope[name] : undefined
  if (group) return { level: group, from: [['v', name]] }
  if (group === undefined && name === 'answers') return { level: within.level, from: [] }
  throw new Beyond(name === '' ? 'a member of what is no name' : name)
}

/** A choice answered with numbers and texts fails in CEL where it has the other type; programs know no types. */
function refuseMixed(item: ItemPlan): void {
  const codes = [...(item.options?.keys() ?? [])].map((code) => typeof code)
  const type = celTypeOf(item)
  if (codes.some((code) => code !== (type === 'double' ? 'number' : 'string')) && codes.length > 0)
    throw new Beyond(`an item with codes of two types (${item.linkId})`)
  if (item.open === true && type === 'double') throw new Beyond(`numbers or free text (${item.linkId})`)
}

function call([name, args]: readonly [string, readonly SyntaxNode[]], within: Within): Expression {
  if (name === 'has') {
    const asked = compile(args[0] as SyntaxNode, within)
    if (typeof asked === 'object' && asked[0] === 'a') return ['has', ...asked.slice(1)]
    throw new Beyond('has() of what is no answer')
  }
  if (!functions.has(name)) throw new Beyond(`${name}()`)
  // double("1e3") and the like: texts of numbers are CEL's own matter.
  if (name === 'double' && args[0]?.op !== 'rcall' && args[0]?.op !== 'call') throw new Beyond('double()')
  return [name, ...args.map((one) => compile(one, within))]
}

function method(
  [name, receiver, args]: readonly [string, SyntaxNode, readonly SyntaxNode[]],
  within: Within,
): Expression {
  const of = compile(receiver, within)
  if (macros.has(name) && args.length > 1) return macro(name, of, receiver, args, within)
  if (name === 'matches_within') return ['matches', of, compile(args[0] as SyntaxNode, within)]
  if (!methods.has(name)) throw new Beyond(`${name}()`)
  return [name, of, ...args.map((one) => compile(one, within))]
}

function macro(
  name: string,
  of: Expression,
  receiver: SyntaxNode,
  args: readonly SyntaxNode[],
  within: Within,
): Expression {
  const variable = String((args[0] as SyntaxNode).args)
  const inside: Within = { ...within, scope: { ...within.scope, [variable]: groupIn(receiver, within) } }
  const bodies = args.slice(1).map((one) => compile(one, inside))
  // map(x, condition, value) is a filter before a map.
  return bodies.length === 2
    ? ['map', ['filter', of, variable, bodies[0]], variable, bodies[1]]
    : [name, of, variable, bodies[0]]
}

/** The group whose repetitions a list holds; null for a list of values. */
function groupIn(list: SyntaxNode, within: Within): GroupPlan | null {
  if (list.op === '.' || list.op === '[]') {
    const [holder, right] = list.args as [SyntaxNode, unknown]
    const name = typeof right === 'string' ? right : (right as SyntaxNode).args
    return levelOf(holder, within).level.groups.find(({ linkId }) => ruleNameOf(linkId) === name) ?? null
  }
  if (list.op !== 'rcall') return null
  const [name, receiver] = list.args as [string, SyntaxNode]
  return name === 'filter' ? groupIn(receiver, within) : null
}
