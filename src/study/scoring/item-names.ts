// Which item of an instrument a name means: its linkId, a name the scoring file lists, or its number on the form
// (`item3`, `q03`, `3`, `phq9_3`, and `phq3` where the first is `phq1`). A name that could mean two items means none.
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
  return (name) => {
    const plain = plainName(lastPart(name))
    const number = numberIn(plain, own) ?? (inLetters ? numberAfter(plain, letters) : null)
    return exact.get(name) ?? named.get(plain) ?? numbered.get(number ?? -1) ?? undefined
  }
}

/** LOINC forms name items by paths such as `/44249-1/44250-9`. */
const lastPart = (name: string): string => name.split('/').at(-1) ?? name

/** Whether a name that no item has is shaped like an item's: `q10` of seven, or `item0`. */
export function looksLikeItem(name: string, instrument: string): boolean {
  return numberIn(plainName(lastPart(name)), plainName(instrument)) !== null
}

/** The number that is all of a plain name after its prefix, or null. */
function numberAfter(plain: string, prefix: string): number | null {
  const rest = plain.startsWith(prefix) ? plain.slice(prefix.length) : ''
  return /^\d{1,3}$/.test(rest) ? Number(rest) : null
}

/** The item number that a plain name holds, or null. */
function numberIn(plain: string, own: string): number | null {
  const rest = plain.startsWith(own) && plain.length > own.length ? plain.slice(own.length) : plain
  const [, digits] = /^(?:item|question|q|i|no|nr|条目|题)?(\d{1,3})$/u.exec(rest) ?? []
  return digits === undefined ? null : Number(digits)
}
