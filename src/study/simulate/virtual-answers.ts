// Plausible answers made from a form's own definition: types, limits, options, skip logic; now and then something
// that looks wrong. A pool for each form is made once, and virtual patients answer out of it.
import { cleanAnswers } from '../clean-answers.ts'
import type { Answers, FormPlan, GroupPlan, ItemPlan } from '../plan.ts'
import { isVisible } from '../visible.ts'
import { pick, type Random, randomOf, wholeBetween } from './random.ts'

/** Answers as a device sends them, by linkId. */
export type RawAnswers = Readonly<Record<string, unknown>>

/** Different sets of answers in a pool: enough for every branch of a form to be walked. */
export const poolSize = 512
const shareOutOfRange = 0.004
const shareSkipped = 0.03
const shareLeftOut = 0.25
const phrases = ['better than yesterday', 'hard night', '头痛', 'après la marche', 'nothing to add']
/** Dates and times are answered around here; limits of the item move them. */
const someDay = '2026-02-14'

/** The pool of a form. Same form, seed and number, same answers. */
export function answerPool(form: FormPlan, seed: number, formNumber: number): readonly RawAnswers[] {
  return Array.from({ length: poolSize }, (_, i) => {
    const random = randomOf(seed, 3, formNumber, i)
    const raw = answersOf(form.items, form.groups, random)
    // What the form would hide is not asked, so it is not sent.
    return form.onePass ? raw : unhidden(form, raw)
  })
}

const unhidden = (form: FormPlan, raw: RawAnswers): RawAnswers => ({ ...cleanAnswers(form, { ...raw }) })

function answersOf(
  items: readonly ItemPlan[],
  groups: readonly GroupPlan[],
  random: Random,
): Record<string, unknown> {
  const raw: Record<string, unknown> = {}
  for (const item of items) {
    if (item.conditions.length > 0 && !isVisible(item.conditions, raw as Answers)) continue
    if (!item.required && random() < shareLeftOut) continue
    raw[item.linkId] = answerTo(item, random)
  }
  for (const group of groups) {
    const least = Math.max(group.minAnswers ?? 0, group.required ? 1 : 0)
    const count = wholeBetween(random, least, Math.max(least, Math.min(group.maxAnswers ?? 3, 3)))
    if (count > 0)
      raw[group.linkId] = Array.from({ length: count }, () => answersOf(group.items, group.groups, random))
  }
  return raw
}

function answerTo(item: ItemPlan, random: Random): unknown {
  if (item.skippable && random() < shareSkipped) return { skipped: 'asked-declined' }
  if (!item.repeats) return scalarOf(item, random)
  const least = item.minAnswers ?? 1
  const options = item.options === undefined ? undefined : [...item.options.keys()]
  const most = Math.min(item.maxAnswers ?? 3, options?.length ?? 3, 4)
  const values = new Set(
    Array.from({ length: wholeBetween(random, least, Math.max(least, most)) }, () => scalarOf(item, random)),
  )
  const alone = [...values].find((value) => item.exclusive?.has(value as string))
  return alone === undefined ? [...values] : [alone]
}

function scalarOf(item: ItemPlan, random: Random): boolean | number | string {
  switch (item.kind) {
    case 'boolean':
      return random() < 0.6
    case 'integer':
    case 'decimal':
      return numberOf(item, random)
    case 'choice':
      return item.options === undefined || item.options.size === 0
        ? pick(random, phrases)
        : lowFirst(random, [...item.options.keys()])
    case 'date':
      return (item.latest ?? item.earliest ?? someDay).slice(0, 10)
    case 'time':
      return `${two(wholeBetween(random, 5, 11))}:${two(wholeBetween(random, 0, 59))}`
    case 'dateTime':
      return `${(item.latest ?? item.earliest ?? someDay).slice(0, 10)}T0${wholeBetween(random, 6, 9)}:30:00Z`
    default:
      return phraseFor(item, random)
  }
}

/** Complaints are mild more often than not: the first of the options come more often. */
const lowFirst = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() ** 3 * choices.length)] as T

function numberOf({ kind, min, max, maxDecimals }: ItemPlan, random: Random): number {
  const least = min ?? 0
  const most = max ?? least + 10
  if (random() < shareOutOfRange && max !== undefined) return most + 1
  if (kind === 'integer') return Math.min(most, least + Math.floor(random() ** 1.6 * (most - least + 1)))
  const scale = 10 ** Math.min(maxDecimals ?? 1, 3)
  return Math.round((least + random() * (most - least)) * scale) / scale
}

function phraseFor({ minLength, maxLength, pattern }: ItemPlan, random: Random): string {
  const phrase = pick(random, phrases).padEnd(minLength ?? 0, '.')
  const fits = phrase.slice(0, maxLength ?? phrase.length)
  if (pattern === undefined || pattern.test(fits)) return fits
  // Codes and numbers are what patterns usually ask for.
  const digits = Array.from({ length: Math.max(minLength ?? 0, 5) }, () => wholeBetween(random, 0, 9)).join(
    '',
  )
  return pattern.test(digits) ? digits : fits
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))
