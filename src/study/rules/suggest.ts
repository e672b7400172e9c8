// "Did you mean …?": the name that an author most likely meant.

/**
 * The nearest of `names` to one that is not among them, at most a third of its letters away; else the only one that
 * begins or ends with it.
 */
export function nearestName(wrong: string, names: Iterable<string>): string | undefined {
  const all = [...names]
  return nearestByLetters(wrong, all) ?? onlyLonger(plain(wrong), all)
}

function onlyLonger(wrong: string, names: readonly string[]): string | undefined {
  const longer = names.filter((name) => plain(name).startsWith(wrong) || plain(name).endsWith(wrong))
  return wrong.length >= 3 && longer.length === 1 ? longer[0] : undefined
}

function nearestByLetters(wrong: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(wrong.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(plain(wrong), plain(name), least)
    if (distance < least) [best, least] = [name, distance]
  }
  return best
}

/** `; did you mean x?`, or nothing. */
export function didYouMean(wrong: string, names: Iterable<string>, before = ''): string {
  const name = nearestName(wrong, names)
  return name === undefined ? '' : `; did you mean ${before}${name}?`
}

/** Case and the kind of separator are what people get wrong most. */
const plain = (name: string): string => name.toLowerCase().replace(/[-.]/g, '_')

/** Insertions, deletions, replacements and swaps of neighbours between two texts; `most` or more counts as `most`. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let above: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? (above[j - 2] as number) + 1 : most
      next.push(Math.min(replaced, swapped, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    above = row
    row = next
  }
  return Math.min(most, row[b.length] as number)
}
