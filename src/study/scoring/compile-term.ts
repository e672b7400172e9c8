// Compiles one item of a score: how its printed number becomes the number that is used.

import type { ScoreSurroundings } from './compile-score.ts'
import { itemInput } from './inputs.ts'
import type { Scale, ScoreInput, Term } from './score-plan.ts'
import type { ScoreFile, TermFile } from './scoring-file.ts'

/** Whole numbers of so wide a range at most get their inputs made beforehand. */
const widestPrepared = 200

/** The term, or null where it cannot be used; `say` is told what to correct. */
export function compileTerm(
  score: Pick<ScoreFile, 'method' | 'at-least'>,
  declared: TermFile,
  name: string,
  around: ScoreSurroundings,
  say: (message: string) => void,
): Term | null {
  const from = declared.item === undefined ? 'score' : 'item'
  const scale = from === 'item' ? around.scaleOf(name) : null
  if (typeof scale === 'string') {
    say(scale)
    return null
  }
  if (from === 'score' && !around.earlier.some((plan) => plan.id === name))
    say(`no score ${name} is declared before this one`)
  const { weight = 1 } = declared
  if (!Number.isFinite(weight) || weight === 0) say('a weight must be a number other than 0')
  if (weight !== 1 && (score.method === 'min' || score.method === 'max'))
    say(`weights make no sense with ${score.method}`)
  const use = useOf(score, declared, scale, around, say)
  const term = { name, from, scale, use, weight, onlyIf: onlyIfOf(declared, around, say) } as const
  return { ...term, known: scale === null ? new Map() : knownInputs(term, scale) }
}

function useOf(
  score: Pick<ScoreFile, 'method' | 'at-least'>,
  declared: TermFile,
  scale: Scale | null,
  around: ScoreSurroundings,
  say: (message: string) => void,
): Term['use'] {
  const recode = recodeOf(declared, scale, around, say)
  const least = declared['at-least'] ?? score['at-least']
  if (score.method !== 'count') {
    if (least !== undefined) say('at-least belongs to method count')
    return recode
  }
  if (least === undefined) say('method count needs at-least, on the score or on the item')
  return (value) => {
    const used = recode(value)
    return Number.isNaN(used) ? used : Number(used >= (least as number))
  }
}

function recodeOf(
  declared: TermFile,
  scale: Scale | null,
  around: ScoreSurroundings,
  say: (message: string) => void,
): Term['use'] {
  const { map, reverse } = declared
  if (map !== undefined && reverse === true) say('use either map or reverse')
  if (map !== undefined) {
    const entries = typeof map === 'string' ? around.maps[map] : map
    if (
      entries === undefined ||
      Object.entries(entries).some(([k, v]) => Number.isNaN(Number(k)) || typeof v !== 'number')
    ) {
      say(typeof map === 'string' ? `no map ${map} is declared` : 'a map takes numbers to numbers')
      return (value) => value
    }
    const used = new Map(Object.entries(entries).map(([printed, number]) => [Number(printed), number]))
    const unmapped = scale === null ? [] : printedNumbers(scale).filter((printed) => !used.has(printed))
    if (unmapped.length > 0) say(`the map says nothing about ${unmapped.join(', ')}`)
    return (value) => used.get(value) ?? Number.NaN
  }
  if (reverse !== true) return (value) => value
  const bounds = scale === null ? null : boundsOf(scale)
  if (bounds === null || !Number.isFinite(bounds.min) || !Number.isFinite(bounds.max)) {
    say('only an item with a lowest and a highest number can be reversed')
    return (value) => value
  }
  const ends = bounds.min + bounds.max
  return (value) => ends - value
}

function onlyIfOf(
  declared: TermFile,
  around: ScoreSurroundings,
  say: (message: string) => void,
): Term['onlyIf'] {
  const rule = declared['only-if']
  if (rule === undefined) return null
  const values = around.facts[rule.fact]
  if (values === undefined) say(`only-if: no fact ${rule.fact} is declared`)
  else
    for (const value of rule.in)
      if (!values.has(value))
        say(`only-if: ${rule.fact} has the values ${[...values].join(', ')}; not ${value}`)
  return { fact: rule.fact, values: new Set(rule.in) }
}

/** The numbers that answers can have, where they can be listed; numbers that mean "not assessed" left out. */
export function printedNumbers(scale: Scale): number[] {
  const all =
    scale.values !== null
      ? [...new Set(scale.values.values())]
      : scale.decimals === 0 && scale.max - scale.min <= widestPrepared
        ? Array.from({ length: scale.max - scale.min + 1 }, (_, i) => scale.min + i)
        : []
  return all.filter((value) => !scale.absent.has(value)).sort((a, b) => a - b)
}

/** Lowest and highest printed number. */
export function boundsOf(scale: Scale): { min: number; max: number } {
  if (scale.values === null) return { min: scale.min, max: scale.max }
  const numbers = printedNumbers(scale)
  return { min: Math.min(...numbers), max: Math.max(...numbers) }
}

/** Finished inputs of every answer that can be listed, so that evaluation makes none for them. */
function knownInputs(term: Omit<Term, 'known'>, scale: Scale): Map<unknown, ScoreInput> {
  const known = new Map<unknown, ScoreInput>([[undefined, Object.freeze(itemInput(term, undefined))]])
  const codes = scale.values === null ? [] : [...scale.values.keys()]
  const numbers = scale.values === null || scale.numbers ? printedNumbers(scale) : []
  for (const raw of [...codes, ...numbers])
    known.set(raw, Object.freeze(itemInput(term, raw as string | number | boolean)))
  return known
}
