// What a stranger's answer to one item means on its scale: codes, words in either language, numbers and numbers
// written as text are understood; anything else is left as it is and found unreadable or out of range.
import type { Answer } from '../plan.ts'
import type { ScoringItem } from './compile-scoring.ts'
import { plainName } from './item-names.ts'

/** An answer in the form evaluation takes. `undefined`: there is none. */
export type Understood = {
  readonly answer: Answer | undefined
  /** Whether words that usually mean "no answer" were taken as that. */
  readonly readAsMissing?: true
}

const nothing: Understood = { answer: undefined }
const wordsForNothing = new Set(['', 'na', 'null', 'none', 'missing', 'nan', '缺失'])
const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)$/

/** The answer on the item's scale. Objects other than `{skipped}` and lists other than of one are not understood. */
export function understandAnswer(item: ScoringItem, given: unknown): Understood {
  if (given === undefined || given === null) return nothing
  if (Array.isArray(given)) {
    if (given.length === 0) return nothing
    return given.length === 1 ? understandAnswer(item, given[0]) : { answer: JSON.stringify(given) }
  }
  if (typeof given === 'object') return understandObject(item, given as Readonly<Record<string, unknown>>)
  if (typeof given === 'number') return { answer: given }
  if (typeof given === 'boolean') return { answer: codeOf(item, given ? 'yes' : 'no') ?? given }
  if (typeof given !== 'string') return { answer: String(given) }
  const code = codeOf(item, given)
  if (code !== undefined) return { answer: code }
  const trimmed = given.normalize('NFKC').trim()
  if (numeral.test(trimmed)) return { answer: Number(trimmed) }
  const both = numberAndWords(item, trimmed)
  if (both !== undefined) return { answer: both }
  if (wordsForNothing.has(plainName(trimmed))) return { answer: undefined, readAsMissing: true }
  return { answer: given }
}

const longestLabel = 200
const numberFirst = /^\(?([+-]?\d+(?:\.\d+)?)\)?\s*[-–—:.,=]?\s*(\D.*)$/u
const numberLast = /^(.*\D)\s*[-–—:,=]?\s*\(?([+-]?\d+(?:\.\d+)?)\)?$/u

/** The code of `1 - Several days` or `Several days (1)`, where the number is the one printed beside these words. */
function numberAndWords(item: ScoringItem, text: string): string | undefined {
  if (text.length > longestLabel) return undefined
  const first = numberFirst.exec(text)
  const last = numberLast.exec(text)
  for (const [number, words] of [
    [first?.[1], first?.[2]],
    [last?.[2], last?.[1]],
  ]) {
    const code = words === undefined ? undefined : codeOf(item, words)
    if (code !== undefined && item.scale.values?.get(code) === Number(number)) return code
  }
  return undefined
}

/** `{skipped}`, FHIR's Coding and Quantity, and `{value}` or `{code}` as other systems write them. */
function understandObject(item: ScoringItem, given: Readonly<Record<string, unknown>>): Understood {
  if (typeof given.skipped === 'string') return { answer: { skipped: given.skipped } }
  for (const member of ['code', 'value', 'display', 'answer'] as const) {
    const inner = given[member]
    if (inner === undefined || inner === null) continue
    const understood = understandAnswer(item, inner)
    const { answer } = understood
    const known = typeof answer === 'number' || (typeof answer === 'string' && isCode(item, answer))
    if (known || understood.readAsMissing === true) return understood
  }
  return Object.keys(given).length === 0 ? nothing : { answer: JSON.stringify(given) }
}

const isCode = (item: ScoringItem, answer: string): boolean => item.scale.values?.has(answer) === true

/** The code that a code, one of its other words, or a differently written form of either means. */
function codeOf(item: ScoringItem, text: string): string | undefined {
  if (item.scale.values === null) return undefined
  if (isCode(item, text)) return text
  const plain = plainName(text)
  if (plain === '') return undefined
  for (const code of item.scale.values.keys())
    if (
      typeof code === 'string' &&
      (plainName(code) === plain || item.words.get(code)?.some((word) => plainName(word) === plain))
    )
      return code
  return undefined
}
