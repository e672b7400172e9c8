// The part of FHIRPath that a device evaluates, as a syntax tree. What the parser does not know is not an error of the
// form: the server's full engine takes it. Grammar and precedence: FHIRPath 2.0 (http://hl7.org/fhirpath/N1).

/** A node of the tree. `on` is what stands before the dot; `null` there means the focus. */
export type Node =
  | { readonly op: 'literal'; readonly type: LiteralType; readonly value: boolean | number | string }
  | { readonly op: 'empty' }
  | { readonly op: 'this' }
  | { readonly op: 'constant'; readonly name: string }
  | { readonly op: 'member'; readonly on: Node | null; readonly name: string }
  | { readonly op: 'call'; readonly on: Node | null; readonly name: string; readonly args: readonly Node[] }
  | { readonly op: 'index'; readonly on: Node; readonly at: Node }
  | { readonly op: 'negate'; readonly of: Node }
  | { readonly op: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }

export type LiteralType = 'boolean' | 'integer' | 'decimal' | 'string' | 'date' | 'dateTime' | 'time'

/** The text is not in the subset; `position` counts characters from 0. */
export class BeyondSubset extends Error {
  readonly position: number

  constructor(position: number) {
    super(`beyond the subset at character ${position}`)
    this.name = 'BeyondSubset'
    this.position = position
  }
}

/** Functions of the subset with the number of arguments each takes. */
export const functions: Readonly<Record<string, readonly [least: number, most: number]>> = {
  where: [1, 1],
  select: [1, 1],
  all: [1, 1],
  exists: [0, 1],
  empty: [0, 0],
  not: [0, 0],
  count: [0, 0],
  sum: [0, 0],
  first: [0, 0],
  last: [0, 0],
  distinct: [0, 0],
  allTrue: [0, 0],
  anyTrue: [0, 0],
  hasValue: [0, 0],
  descendants: [0, 0],
  repeat: [1, 1],
  iif: [2, 3],
  abs: [0, 0],
  round: [0, 1],
  length: [0, 0],
  startsWith: [1, 1],
  endsWith: [1, 1],
  contains: [1, 1],
  lower: [0, 0],
  upper: [0, 0],
  toInteger: [0, 0],
}

const binding: readonly (readonly string[])[] = [
  ['implies'],
  ['or', 'xor'],
  ['and'],
  ['in', 'contains'],
  ['=', '!=', '~', '!~'],
  ['<=', '>=', '<', '>'],
  ['|'],
  ['+', '-', '&'],
  ['*', '/', 'div', 'mod'],
]
const supported = new Set(binding.flat().filter((one) => one !== '~' && one !== '!~'))

type Token = { readonly kind: string; readonly text: string; readonly at: number }

const pattern =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<time>@T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?)|(?<date>@\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)|(?<number>\d+(?:\.\d+)?)|(?<string>'(?:[^'\\]|\\.)*')|(?<constant>%(?:[A-Za-z_]\w*|`[^`]+`))|(?<name>\$?[A-Za-z_]\w*|`[^`]+`)|(?<sign><=|>=|!=|!~|[=~<>|+\-*/&().,[\]{}])/gy

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const found = pattern.exec(text)
    if (found === null) throw new BeyondSubset(at)
    const kind = Object.entries(found.groups ?? {}).find(([, value]) => value !== undefined)?.[0]
    if (kind !== undefined) tokens.push({ kind, text: found[0], at })
  }
  return tokens
}

const mostLength = 4000
const mostDepth = 60

/** Parses an expression. @throws BeyondSubset where it is not in the subset (or not FHIRPath at all). */
export function parseExpression(text: string): Node {
  if (text.length > mostLength) throw new BeyondSubset(mostLength)
  const tokens = tokensOf(text)
  let next = 0
  let depth = 0
  const fail = (): never => {
    throw new BeyondSubset(tokens[next]?.at ?? text.length)
  }
  const peek = (sign: string) => tokens[next]?.text === sign && tokens[next]?.kind !== 'string'
  const take = (sign: string) => {
    const there = peek(sign)
    if (there) next++
    return there
  }
  const want = (sign: string) => take(sign) || fail()

  const parseBinary = (level: number): Node => {
    const operators = binding[level]
    if (operators === undefined) return parseUnary()
    let left = parseBinary(level + 1)
    for (;;) {
      const operator = tokens[next]
      if (operator === undefined || operator.kind === 'string' || !operators.includes(operator.text))
        return left
      if (!supported.has(operator.text)) fail()
      next++
      left = { op: 'binary', operator: operator.text, left, right: parseBinary(level + 1) }
    }
  }
  const parseUnary = (): Node => {
    if (take('-')) return { op: 'negate', of: parseUnary() }
    take('+')
    return parsePath()
  }
  const parsePath = (): Node => {
    let node = parseTerm()
    for (;;) {
      if (take('.')) node = parseInvocation(node)
      else if (take('[')) {
        node = { op: 'index', on: node, at: parseExpressionHere() }
        want(']')
      } else return node
    }
  }
  const parseExpressionHere = (): Node => {
    if (++depth > mostDepth) fail()
    const node = parseBinary(0)
    depth--
    return node
  }
  const parseTerm = (): Node => {
    const token = tokens[next] ?? fail()
    if (take('(')) {
      const node = parseExpressionHere()
      want(')')
      return node
    }
    if (take('{')) {
      want('}')
      return { op: 'empty' }
    }
    const literal = literalOf(token)
    if (literal !== null) {
      next++
      // A quantity literal (`4 days`, `5 'mg'`) is beyond the subset.
      if (literal.type !== 'string' && tokens[next]?.kind === 'string') fail()
      return literal
    }
    if (token.kind === 'constant') {
      next++
      return { op: 'constant', name: bare(token.text.slice(1)) }
    }
    return parseInvocation(null)
  }
  const parseInvocation = (on: Node | null): Node => {
    const token = tokens[next] ?? fail()
    if (token.kind !== 'name') fail()
    next++
    if (token.text === '$this') return on === null ? { op: 'this' } : fail()
    if (token.text.startsWith('$')) fail()
    if (!take('(')) return { op: 'member', on, name: bare(token.text) }
    const args: Node[] = []
    while (!take(')')) {
      if (args.length > 0) want(',')
      args.push(parseExpressionHere())
    }
    const arity = Object.hasOwn(functions, token.text) ? functions[token.text] : undefined
    if (arity === undefined || args.length < arity[0] || args.length > arity[1]) fail()
    return { op: 'call', on, name: token.text, args }
  }
  const node = parseExpressionHere()
  if (next < tokens.length) fail()
  return node
}

const bare = (name: string) => (name.startsWith('`') ? name.slice(1, -1) : name)

type Literal = Extract<Node, { op: 'literal' }>

function literalOf({ kind, text }: Token): Literal | null {
  if (kind === 'number') {
    const whole = !text.includes('.')
    return { op: 'literal', type: whole ? 'integer' : 'decimal', value: Number(text) }
  }
  if (kind === 'string') return { op: 'literal', type: 'string', value: unescaped(text.slice(1, -1)) }
  if (kind === 'time') return { op: 'literal', type: 'time', value: text.slice(2) }
  if (kind === 'date') {
    const value = text.slice(1)
    return value.includes('T')
      ? { op: 'literal', type: 'dateTime', value: value.replace(/T$/, '') }
      : { op: 'literal', type: 'date', value }
  }
  if (kind === 'name' && (text === 'true' || text === 'false'))
    return { op: 'literal', type: 'boolean', value: text === 'true' }
  return null
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex?: string, one?: string) =>
    hex === undefined
      ? (escapes[one as string] ?? (one as string))
      : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
