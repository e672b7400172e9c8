// Which item of an instrument a name means: its linkId, a name the scoring file lists, or its number on the form
// (`item3`, `q03`, `第3题`, `3`, `phq9_3`, `week4.phq9.q3`, `1.3` where all are `1.…`, and `phq3` where the first is
// `phq1`). A name that could mean two items means none.
import type { Scoring, ScoringItem } from './compile-scoring.ts'

/** A finder of items by name; `undefined` where the name means none. */
export type ItemFinder = (name: string) => ScoringItem | undefined

/** Lower case, letters and digits of any script only. */
export const plainName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

/** Built for each set of answers, whose `names` tell whether `gad7` is the seventh of `gad1`, `gad2` … or a total. */
export function createItemFinder(
  { instrument, items }: Pick<Scoring, 'instrument' | 'items'>,
  names: readonly string[],
): ItemFinder {
  const exact = new Map(items.map((item) => [item.item, item]))
  const named = new Map<string, ScoringItem | null>()
  for (const item of items)
    for (const name of [item.item, ...item.also]) {
      const plain = plainName(name)
      const other = named.get(plain)
      named.set(plain, other === undefined || other === item ? item : null)
    }
  const numbered = new Map(
    items.flatMap((item) => (item.number === null ? [] : [[item.number, item] as const])),
  )
  const own = plainName(instrument)
  const letters = /^\D*/.exec(own)?.[0] as string
  const inLetters =
    letters !== '' && names.some((name) => numberAfter(plainName(lastPart(name)), letters) === 1)
  const parts = new Set(names.flatMap((name) => partNumber(name)?.part ?? []))
  const inOnePart = parts.size === 1
  return (name) => {
    const plain = plainName(lastPart(name))
    const number =
      numberIn(numberedName(name), own) ??
      (inOnePart ? partNumber(name)?.number : undefined) ??
      (inLetters ? numberAfter(plain, letters) : null)
    return exact.get(name) ?? named.get(plain) ?? numbered.get(number ?? -1) ?? undefined
  }
}

/** LOINC forms name items by paths such as `/44249-1/44250-9`. */
const lastPart = (name: string): string => name.split('/').at(-1) ?? name

/** Whether a name that no item has is shaped like an item's: `q10` of seven, or `item0`. */
export function looksLikeItem(name: string, instrument: string): boolean {
  return numberIn(numberedName(name), plainName(instrument)) !== null
}

/** The number that is all of a plain name after its prefix, or null. */
function numberAfter(plain: string, prefix: string): number | null {
  const rest = plain.startsWith(prefix) ? plain.slice(prefix.length) : ''
  return /^\d{1,3}$/.test(rest) ? Number(rest) : null
}

/** A plain name in which `·` still parts digits from digits: `1.1` is the first item of part 1, not the eleventh. */
const numberedName = (name: string): string =>
  lastPart(name)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(?<=\d)[^\p{L}\p{N}]+(?=\d)/gu, '·')
    .replace(/[^\p{L}\p{N}·]/gu, '')

/** The item number that such a name holds, by itself or after the instrument's own name, or null. */
function numberIn(name: string, own: string): number | null {
  const at = name.lastIndexOf(own)
  const rest = at < 0 || at + own.length === name.length ? name : name.slice(at + own.length)
  const [, digits] = /^·?(?:item|question|q|i|no|nr|条目|题|第)?(\d{1,3})[题项条问]?$/u.exec(rest) ?? []
  return digits === undefined ? null : Number(digits)
}

/** `2.3` and `1.2.3` number the third item of a part; parts have at most two digits, so that no code is taken for one. */
function partNumber(name: string): { part: string; number: number } | null {
  const [, part, digits] = /^(\d{1,2}(?:[./-]\d{1,2})*)[./-](\d{1,3})$/.exec(name.trim()) ?? []
  return part === undefined ? null : { part, number: Number(digits) }
}
