// Whether pack numbers alone tell which arm a pack was made for: by a threshold, their length, one of their signs, the
// parity, a remainder or a check digit. A property that splits two arms without exception is compared with what chance
// would do, exactly: the share of all ways to deal the same packs to the arms in which it would split them as well.

/** A property that parts the packs of two arms. `sure`: none is out of place; else a lean that chance hardly gives. */
export type PackSign = { readonly property: string; readonly sure: boolean }

/** Fewer packs than this say nothing about how numbers are drawn. */
export const fewestPacks = 8

/** A split more likely than this by chance, in any one of all properties looked at, is no more than a lean. */
const likelyByChance = 0.05
/** A split more likely than this by chance, had only this property been looked at, is not told. */
const hardlyByChance = 0.01
/** Standard deviations from which an unequal spread over arms is told. */
const leaning = 8

type Property = { readonly name: string; readonly of: (pack: string) => string }

/** What parts the packs of any two arms that have {@link fewestPacks} or more; each property once. */
export function packSigns(packs: ReadonlyMap<string, readonly string[]>): readonly PackSign[] {
  const arms = [...packs.values()].filter((list) => list.length >= fewestPacks)
  const found = new Map<string, PackSign>()
  arms.forEach((one, index) => {
    for (const other of arms.slice(index + 1)) {
      const properties = propertiesOf([...one, ...other])
      const signs = [
        ...properties.flatMap((property) => splits(property, one, other, properties.length)),
        ...threshold(one, other, properties.length),
      ]
      for (const sign of signs) if (found.get(sign.property)?.sure !== true) found.set(sign.property, sign)
    }
  })
  if (havePrefixes([...packs.values()]))
    found.set('the letters before the number', { property: 'the letters before the number', sure: true })
  return [...found.values()].sort((a, b) => Number(b.sure) - Number(a.sure))
}

/** Each arm's packs begin with letters of its own: no draw gives that, however few the packs. */
function havePrefixes(arms: readonly (readonly string[])[]): boolean {
  const prefixes = arms.map((packs) => new Set(packs.map((pack) => /^\D*/.exec(pack)?.[0] ?? '')))
  if (arms.length < 2 || arms.some((packs) => packs.length < 2) || prefixes.some((own) => own.size !== 1))
    return false
  return new Set(prefixes.flatMap((own) => [...own])).size === arms.length
}

function propertiesOf(packs: readonly string[]): readonly Property[] {
  const longest = Math.max(...packs.map((pack) => pack.length))
  const numbers = packs.every((pack) => /^\d{1,15}$/.test(pack))
  const list: Property[] = [{ name: 'the length', of: (pack) => String(pack.length) }]
  for (let at = 0; at < longest; at += 1) {
    list.push({ name: `sign ${at + 1}`, of: (pack) => pack[at] ?? '' })
    list.push({ name: `sign ${at + 1} from the end`, of: (pack) => pack.at(-1 - at) ?? '' })
  }
  for (const length of [2, 3])
    list.push({ name: `the first ${length} signs`, of: (pack) => pack.slice(0, length) })
  if (!numbers) return list
  for (const divisor of [2, 3, 4, 5, 6, 7, 8, 9, 11, 13])
    list.push({
      name: divisor === 2 ? 'the parity' : `the remainder by ${divisor}`,
      of: (pack) => String(Number(pack) % divisor),
    })
  for (const divisor of [2, 3, 9, 10])
    list.push({
      name: `the digit sum's remainder by ${divisor}`,
      of: (pack) => String(digitSum(pack) % divisor),
    })
  list.push({ name: 'the check digit (Luhn)', of: (pack) => String(luhn(pack) % 10 === 0) })
  return list
}

function splits(
  property: Property,
  one: readonly string[],
  other: readonly string[],
  looked: number,
): PackSign[] {
  const counts = new Map<string, [number, number]>()
  for (const pack of one) tally(counts, property.of(pack))[0] += 1
  for (const pack of other) tally(counts, property.of(pack))[1] += 1
  if (counts.size < 2) return []
  // Values nearly as many as packs tell nothing, and are dear to count.
  if (one.length + other.length > 1000 && counts.size > (one.length + other.length) / 4) return []
  if ([...counts.values()].every(([a, b]) => a === 0 || b === 0)) {
    const chance = chanceOfSplit(
      [...counts.values()].map(([a, b]) => a + b),
      one.length,
    )
    return chance < hardlyByChance
      ? [{ property: property.name, sure: chance * looked < likelyByChance }]
      : []
  }
  return spread([...counts.values()], one.length, other.length) > leaning
    ? [{ property: property.name, sure: false }]
    : []
}

function tally(counts: Map<string, [number, number]>, value: string): [number, number] {
  let count = counts.get(value)
  if (count === undefined) {
    count = [0, 0]
    counts.set(value, count)
  }
  return count
}

/** All numbers of one arm below all of the other, or (Mann–Whitney) far more often below than chance gives. */
function threshold(one: readonly string[], other: readonly string[], looked: number): PackSign[] {
  const number = (pack: string) => (/^\d{1,15}$/.test(pack) ? Number(pack) : Number.NaN)
  const all = [
    ...one.map((pack) => ({ value: number(pack), mine: true })),
    ...other.map((pack) => ({ value: number(pack), mine: false })),
  ]
  if (all.some(({ value }) => Number.isNaN(value))) return []
  all.sort((a, b) => a.value - b.value)
  let ranks = 0
  all.forEach(({ mine }, index) => {
    if (mine) ranks += index + 1
  })
  const [n, m] = [one.length, other.length]
  const wins = ranks - (n * (n + 1)) / 2
  if (wins === 0 || wins === n * m)
    return (2 / ways(n + m, n)) * looked < likelyByChance
      ? [{ property: 'the size of the number', sure: true }]
      : []
  const z = Math.abs(wins - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
  return z > leaning ? [{ property: 'the size of the number', sure: false }] : []
}

/** The share of all deals in which every value of a property falls to one arm alone; `sizes` are packs by value. */
function chanceOfSplit(sizes: readonly number[], mine: number): number {
  let reached = new Map<number, number>([[0, 1]])
  for (const size of sizes) {
    const next = new Map(reached)
    for (const [sum, count] of reached)
      if (sum + size <= mine) next.set(sum + size, (next.get(sum + size) ?? 0) + count)
    reached = next
  }
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const all = ways(total, mine)
  return all === Number.POSITIVE_INFINITY ? 0 : (reached.get(mine) ?? 0) / all
}

/** Binomial coefficient, as a floating-point number. */
function ways(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i += 1) result = (result * (n - k + i)) / i
  return result
}

/** Pearson's χ² of arm by value, in standard deviations of its χ² distribution. */
function spread(counts: readonly (readonly [number, number])[], one: number, other: number): number {
  const total = one + other
  let chi2 = 0
  for (const [a, b] of counts) {
    const [expectedA, expectedB] = [((a + b) * one) / total, ((a + b) * other) / total]
    chi2 += (a - expectedA) ** 2 / expectedA + (b - expectedB) ** 2 / expectedB
  }
  const freedom = counts.length - 1
  return (chi2 - freedom) / Math.sqrt(2 * freedom)
}

const digitSum = (pack: string): number => [...pack].reduce((sum, digit) => sum + Number(digit), 0)

function luhn(pack: string): number {
  return [...pack].reverse().reduce((sum, digit, at) => {
    const value = at % 2 === 0 ? Number(digit) : Number(digit) * 2
    return sum + (value > 9 ? value - 9 : value)
  }, 0)
}
