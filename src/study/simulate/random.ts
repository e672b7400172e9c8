// Seeded pseudo-random numbers for virtual patients: each patient and purpose has a stream of its own, so that the
// order of work and the number of threads change nothing. Not for secrets.

/** A source of numbers in [0, 1). */
export type Random = () => number

/** The stream named by the seed and whole numbers: Mulberry32 (public domain) after a murmur-style mix of the name. */
export function randomOf(seed: number, ...name: readonly number[]): Random {
  let state = mix(seed | 0)
  for (const part of name) state = mix(state ^ Math.imul(part + 0x9e3779b9, 0x85ebca6b))
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) | 0
}

/** A whole number from `least` to `most`, both inclusive. */
export const wholeBetween = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1))

/** One of the choices, all equally likely; there must be one. */
export const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T

/** Exponentially distributed with this mean, in the mean's unit. */
export const waiting = (random: Random, mean: number): number => -Math.log(1 - random()) * mean

/** The items in a random order (Fisher and Yates); the list itself is left as it is. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const copy = [...items]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const held = copy[i] as T
    copy[i] = copy[j] as T
    copy[j] = held
  }
  return copy
}
