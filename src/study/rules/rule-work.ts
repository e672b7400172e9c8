// How much work a rule may be: steps of its evaluation, bounded at publish by what the form allows and before each
// evaluation by what was sent. Both are sums over the syntax tree, so the same entry gives the same verdict on every
// machine (P11), which a limit of time would not.

/** Lengths of the lists a rule reads, by path; what is not named is empty. */
export type Sizes = ReadonlyMap<string, number>

/** Steps: with every list as long as the form allows, and with the lists as they are. */
export type Work = { readonly most: number; now(sizes: Sizes): number }

/** Steps that one rule may take; about ten milliseconds. */
export const mostWork = 200_000

/** A fixed number of steps. */
export const steps = (count: number): Work => ({ most: count, now: () => count })

/** The length of a list. */
export const lengthOf = (path: string, most: number): Work => ({
  most,
  now: (sizes) => sizes.get(path) ?? 0,
})

export function plus(parts: readonly Work[]): Work {
  const moving = parts.filter((part) => !fixed.has(part))
  const still = parts.filter((part) => fixed.has(part)).reduce((sum, part) => sum + part.most, 0)
  if (moving.length === 0) return fixedSteps(still)
  return {
    most: moving.reduce((sum, part) => sum + part.most, still),
    now: (sizes) => moving.reduce((sum, part) => sum + part.now(sizes), still),
  }
}

export const times = (left: Work, right: Work): Work => ({
  most: left.most * right.most,
  now: (sizes) => left.now(sizes) * right.now(sizes),
})

const fixed = new WeakSet<Work>()
/** A fixed number of steps that {@link plus} adds up beforehand. */
export function fixedSteps(count: number): Work {
  const work = steps(count)
  fixed.add(work)
  return work
}

/** Whether the work does not depend on what was sent. */
export const isFixed = (work: Work): boolean => fixed.has(work)
