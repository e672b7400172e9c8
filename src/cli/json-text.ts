// Reads JSON files that strangers hand over. Stricter than the parser, which keeps the last of two members of one name
// and so drops an answer in silence: FHIR R4 json.html has each property once. Says the line, never the text.
import { WronglyCalled } from './failures.ts'

/** The parsed text of a file. `remedy` ends the message. @throws WronglyCalled where it is no JSON, or a member stands twice. */
export function parseJson(file: string, text: string, remedy: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new WronglyCalled(`${file} is not JSON (line ${lineAt(text, readTokens(text).end)}); ${remedy}`)
  }
  const { twice } = readTokens(text)
  if (twice === null) return value
  const name = /^\w{1,64}$/.test(twice.name) ? ` ${twice.name}` : ''
  throw new WronglyCalled(
    `${file} line ${lineAt(text, twice.at)}: the member${name} stands twice in one object; remove one of them`,
  )
}

const lineAt = (text: string, position: number) => text.slice(0, position).split('\n').length

type Tokens = { readonly end: number; readonly twice: { readonly name: string; readonly at: number } | null }

/** What may come next: a value, a member's name, the colon after it, or a comma or the end of what is open. */
type Expected = 'value' | 'name' | 'colon' | 'comma'

/** Walks the tokens up to the first that does not fit (`end`) and notes the first name an object has twice. */
function readTokens(text: string): Tokens {
  const open: (Set<string> | null)[] = []
  let twice: Tokens['twice'] = null
  let expected: Expected = 'value'
  let at = 0
  while (true) {
    while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at += 1
    const token = tokenAt(text, at)
    const names = open.at(-1)
    if (token === null) return { end: at, twice }
    const closes = token === '}' || token === ']'
    if (closes) {
      if (names === undefined || (names === null) !== (token === ']') || expected === 'colon')
        return { end: at, twice }
      open.pop()
      expected = 'comma'
    } else if (expected === 'comma') {
      if (token !== ',' || names === undefined) return { end: at, twice }
      expected = names === null ? 'value' : 'name'
    } else if (expected === 'colon') {
      if (token !== ':') return { end: at, twice }
      expected = 'value'
    } else if (expected === 'name') {
      if (!token.startsWith('"')) return { end: at, twice }
      const name = JSON.parse(token) as string
      if (names?.has(name)) twice ??= { name, at }
      names?.add(name)
      expected = 'colon'
    } else if (token === ',' || token === ':') return { end: at, twice }
    else {
      if (token === '{') open.push(new Set())
      else if (token === '[') open.push(null)
      expected = token === '{' ? 'name' : token === '[' ? 'value' : 'comma'
    }
    at += token.length
  }
}

const word = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y

/** The token that begins there, or null where none does. */
function tokenAt(text: string, at: number): string | null {
  const first = text[at]
  if (first === undefined) return null
  if ('{}[],:'.includes(first)) return first
  if (first !== '"') {
    word.lastIndex = at
    return word.exec(text)?.[0] ?? null
  }
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1
    else if (text[i] === '"') return validText(text.slice(at, i + 1))
  }
  return null
}

function validText(token: string): string | null {
  try {
    JSON.parse(token)
    return token
  } catch {
    return null
  }
}
