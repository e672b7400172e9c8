// Which answers and scores a CEL expression reads, found in its syntax tree: the basis of "a rule that reads an
// answer the patient did not give does not apply", and of refusing names that no form has (has() lets any name pass).

/** Names as rules write them. `tested` (`answers.x`) stand in a `has()`; `whole` are used without a member. */
export type References = {
  readonly answers: readonly string[]
  readonly scores: readonly string[]
  readonly tested: readonly string[]
  readonly whole: readonly string[]
}

type Node = { readonly op: string; readonly args: unknown }

/** The references of a parsed expression, each name once. */
export function referencesOf(ast: unknown): References {
  const found = { answers: new Set<string>(), scores: new Set<string>(), tested: new Set<string>() }
  const whole = new Set<string>()
  const walk = (value: unknown, inHas: boolean): void => {
    if (Array.isArray(value)) {
      for (const one of value) walk(one, inHas)
      return
    }
    if (!isNode(value)) return
    const member = memberOf(value)
    if (member !== null) {
      found[member.of].add(member.name)
      if (inHas) found.tested.add(`${member.of}.${member.name}`)
      return
    }
    if (value.op === 'id' && (value.args === 'answers' || value.args === 'scores')) whole.add(value.args)
    const has = value.op === 'call' && Array.isArray(value.args) && value.args[0] === 'has'
    walk(value.args, inHas || has)
  }
  walk(ast, false)
  return {
    answers: [...found.answers],
    scores: [...found.scores],
    tested: [...found.tested],
    whole: [...whole],
  }
}

/** `answers.x` or `answers["x"]`. */
function memberOf(node: Node): { of: 'answers' | 'scores'; name: string } | null {
  if ((node.op !== '.' && node.op !== '[]') || !Array.isArray(node.args)) return null
  const [left, right] = node.args as unknown[]
  if (!isNode(left) || left.op !== 'id' || (left.args !== 'answers' && left.args !== 'scores')) return null
  if (typeof right === 'string') return { of: left.args, name: right }
  if (isNode(right) && right.op === 'value' && typeof right.args === 'string')
    return { of: left.args, name: right.args }
  return null
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).op === 'string'
}
