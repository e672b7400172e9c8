// How often activation may be refused: for each code, each address, and all together. Kept in memory, bounded; a start
// forgets it. A try that is being judged counts as if it were refused: further ones wait for it, so that of a hundred at
// once not all are let through, and a clinic that activates a hundred phones behind one address is not turned away.

/** Tries that were refused, within `windowMs`. docs/decisions/0014 says why these make ten characters enough. */
export const limits = {
  windowMs: 15 * 60_000,
  ofCode: 5,
  ofAddress: 10,
  ofAll: 1_000,
  /** Codes and addresses that are remembered; the oldest are forgotten first. */
  remembered: 20_000,
  /** Tries that may wait for others; more are to come again after a second. */
  waiting: 500,
} as const

export type Try = {
  /** Undefined where what was sent is no code. */
  readonly codeHmac: string | undefined
  readonly address: string
}

export type ActivationLimits = {
  /** Lets a try in, once those before it are judged; or resolves with the seconds to wait where it is one too many. */
  take(tried: Try): Promise<number | undefined>
  /** How a try that was let in ended. */
  settle(tried: Try, refused: boolean): void
}

type Count = { refused: number; judged: number; until: number }
type Counted = readonly [counts: Map<string, Count>, key: string, most: number]

/** `now` in milliseconds, monotonic or not. */
export function activationLimits(now: () => number): ActivationLimits {
  const codes = new Map<string, Count>()
  const addresses = new Map<string, Count>()
  const all = new Map<string, Count>()
  let waiters: (() => void)[] = []
  const countedBy = ({ codeHmac, address }: Try): readonly Counted[] => [
    [all, '', limits.ofAll],
    [addresses, networkOf(address), limits.ofAddress],
    ...(codeHmac === undefined ? [] : [[codes, codeHmac, limits.ofCode] as const]),
  ]
  return {
    async take(tried) {
      const counted = countedBy(tried)
      for (;;) {
        const full = fullest(counted, now())
        if (full === undefined) break
        if (full.wait > 0) return full.wait
        if (waiters.length >= limits.waiting) return 1
        await new Promise<void>((resolve) => waiters.push(resolve))
      }
      for (const [counts, key] of counted) countOf(counts, key).judged += 1
      return undefined
    },
    settle(tried, refused) {
      for (const [counts, key] of countedBy(tried)) {
        const count = counts.get(key)
        if (count === undefined) continue
        count.judged -= 1
        if (refused && count.refused++ === 0) count.until = now() + limits.windowMs
        if (count.refused === 0 && count.judged <= 0) counts.delete(key)
      }
      const woken = waiters
      waiters = []
      for (const wake of woken) wake()
    },
  }
}

/** A count that lets no more in: the seconds to wait, or 0 where tries are being judged. Forgets windows that are over. */
function fullest(counted: readonly Counted[], at: number): { readonly wait: number } | undefined {
  for (const [counts, key, most] of counted) {
    const count = counts.get(key)
    if (count === undefined) continue
    if (at >= count.until) count.refused = 0
    if (count.refused >= most) return { wait: Math.max(1, Math.ceil((count.until - at) / 1000)) }
    if (count.refused + count.judged >= most) return { wait: 0 }
  }
  return undefined
}

function countOf(counts: Map<string, Count>, key: string): Count {
  const known = counts.get(key)
  if (known !== undefined) return known
  if (counts.size >= limits.remembered) counts.delete(counts.keys().next().value!)
  const count = { refused: 0, judged: 0, until: 0 }
  counts.set(key, count)
  return count
}

/** The address that counts: of IPv6 its /64, which one household or one attacker has whole. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.toLowerCase().split('%')[0]!.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = [...left, ...zeros, ...right].map((group) => group.replace(/^0+(?=.)/, ''))
  return `${groups.slice(0, 4).join(':')}::/64`
}
