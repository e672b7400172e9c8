// Compiles one declared score: every name must exist, every number must be possible, and the range that is stated
// must be the range that follows. What is wrong is told; nothing is guessed.
import { schemaFaults } from '../schema-faults.ts'
import { compileTerm } from './compile-term.ts'
import { formulaOf } from './formula.ts'
import type { MinAnswered, Scale, ScorePlan, ScoreRange } from './score-plan.ts'
import { rangeOf } from './score-range.ts'
import { type MissingFile, missingSchema, type ScoreFile, type TermFile, termSchema } from './scoring-file.ts'

/** Says what is wrong with a member of the score and what to do. */
export type Complain = (member: readonly (string | number)[], message: string) => void

/** What a score may refer to. */
export type ScoreSurroundings = {
  readonly form: string
  readonly formVersion: string
  /** The scale of an item, or what to do where it has none. */
  readonly scaleOf: (linkId: string) => Scale | string
  readonly maps: { readonly [name: string]: Readonly<Record<string, number>> }
  /** Values of the facts that `only-if` may ask for. */
  readonly facts: { readonly [fact: string]: ReadonlySet<string> }
  readonly earlier: readonly ScorePlan[]
}

/** The score; where `complain` was called it is incomplete and must not be used. */
export function compileScore(score: ScoreFile, around: ScoreSurroundings, complain: Complain): ScorePlan {
  if (around.earlier.some((plan) => plan.id === score.id)) complain(['id'], 'is declared twice')
  const terms = termsOf(score, around, complain)
  const { minAnswered, whenMissing } = missingOf(score, terms.length, complain)
  if (whenMissing === 'prorate' && terms.some((term) => term.weight <= 0))
    complain(['missing', 'as'], 'prorate needs weights above 0; use ignore or a number')
  if (score.method === 'mean' && terms.some((term) => term.weight <= 0))
    complain(['method'], 'a mean needs weights above 0')
  const plan = {
    id: score.id,
    version: score.version,
    form: around.form,
    formVersion: around.formVersion,
    title: score.title,
    method: score.method,
    formula: '',
    terms,
    minAnswered,
    whenMissing,
    rescale: rescaleOf(score, complain),
    round: score.round ?? null,
    lookup: lookupOf(score, complain),
    range: null,
    bands: bandsOf(score, around, complain),
    source: score.source,
  }
  const range = rangeOf(plan, around.earlier)
  checkRange(score, range, complain)
  return { ...plan, range: range ?? score.range ?? null, formula: formulaOf(score, plan) }
}

function termsOf(score: ScoreFile, around: ScoreSurroundings, complain: Complain): ScorePlan['terms'] {
  const member = score.items !== undefined ? 'items' : 'of'
  if ((score.items === undefined) === (score.of === undefined))
    complain(['items'], 'give either items (linkIds) or of (scores declared before)')
  const seen = new Set<string>()
  return (score.items ?? score.of ?? []).flatMap((written, index) => {
    const say = (message: string) => complain([member, index], message)
    const declared = typeof written === 'string' ? { [member === 'of' ? 'score' : 'item']: written } : written
    const faults = schemaFaults(termSchema, declared)
    for (const { path, message } of faults) complain([member, index, ...path], message)
    if (faults.length > 0) return []
    const name = member === 'of' ? (declared as TermFile).score : (declared as TermFile).item
    if (name === undefined) {
      say(member === 'of' ? 'name a score' : 'name an item')
      return []
    }
    if (seen.has(name)) say(`${member === 'of' ? 'score' : 'item'} ${name} is counted twice`)
    seen.add(name)
    const term = compileTerm(score, declared as TermFile, name, around, say)
    return term === null ? [] : [term]
  })
}

/** `7` counts, `50%` is a share at least, `>50%` a share that must be exceeded. */
function missingOf(
  score: ScoreFile,
  terms: number,
  complain: Complain,
): { minAnswered: MinAnswered; whenMissing: ScorePlan['whenMissing'] } {
  const rule = score.missing ?? 'all-required'
  const all = { minAnswered: { kind: 'all-but', missing: 0 }, whenMissing: 'ignore' } as const
  if (rule === 'all-required') return all
  const faults = schemaFaults(missingSchema, rule)
  for (const { path, message } of faults) complain(['missing', ...path], `${message}; or write all-required`)
  if (faults.length > 0) return all
  const { 'min-answered': least, as } = rule as MissingFile
  if (as !== 'prorate' && as !== 'ignore' && !(typeof as === 'number' && Number.isFinite(as)))
    complain(['missing', 'as'], 'use prorate, ignore, or the number that stands for a missing answer')
  if (as === 'prorate' && (score.method === 'min' || score.method === 'max'))
    complain(['missing', 'as'], `prorate makes no sense with ${score.method}; use ignore or a number`)
  return { minAnswered: minAnsweredOf(least, terms, complain), whenMissing: as }
}

function minAnsweredOf(least: number | string, terms: number, complain: Complain): MinAnswered {
  if (typeof least === 'number') {
    if (!Number.isInteger(least) || least < 1 || least > terms)
      complain(['missing', 'min-answered'], `use a whole number from 1 to ${terms}, or a share such as 50%`)
    return { kind: 'all-but', missing: terms - least }
  }
  const [, above, percent] = /^(>?)\s*(\d+(?:\.\d+)?)\s*%$/.exec(String(least)) ?? []
  const share = Number(percent) / 100
  if (!(share >= 0 && share <= 1 && !(above === '>' && share === 1)))
    complain(['missing', 'min-answered'], 'write a share as 50% (at least) or ">50%" (more than)')
  return { kind: 'share', share, above: above === '>' }
}

function rescaleOf(score: ScoreFile, complain: Complain): ScorePlan['rescale'] {
  if (score.rescale === undefined) return null
  const [fromMin, fromMax] = score.rescale.from as [number, number]
  const [toMin, toMax] = score.rescale.to as [number, number]
  if (fromMin === fromMax) complain(['rescale', 'from'], 'give two different numbers')
  return { from: { min: fromMin, max: fromMax }, to: { min: toMin, max: toMax } }
}

function lookupOf(score: ScoreFile, complain: Complain): ScorePlan['lookup'] {
  if (score.lookup === undefined) return null
  const rows = new Map<number, { value: number; error: number | null }>()
  score.lookup.rows.forEach(([raw, value, error], index) => {
    if (rows.has(raw as number)) complain(['lookup', 'rows', index], `the raw score ${raw} is listed twice`)
    rows.set(raw as number, { value: value as number, error: error ?? null })
  })
  return { name: score.lookup.name, source: score.lookup.source, rows }
}

function bandsOf(score: ScoreFile, around: ScoreSurroundings, complain: Complain): ScorePlan['bands'] {
  const bands = (score.bands ?? []).map((band, index) => {
    for (const { score: other } of band.requires ?? [])
      if (!around.earlier.some((plan) => plan.id === other))
        complain(['bands', index, 'requires'], `no score ${other} is declared before this one`)
    const shown = Object.freeze({ code: band.code, text: band.text })
    return { from: band.from, shown, requires: band.requires ?? [] }
  })
  const plain = bands.filter((band) => band.requires.length === 0)
  if (new Set(plain.map((band) => band.from)).size < plain.length)
    complain(['bands'], 'two bands start at the same number')
  // Of two bands that start together, the one that requires more is asked first.
  return bands.sort((a, b) => b.from - a.from || b.requires.length - a.requires.length)
}

function checkRange(score: ScoreFile, range: ScoreRange | null, complain: Complain): void {
  const stated = score.range
  if (stated !== undefined && range !== null && (stated.min !== range.min || stated.max !== range.max))
    complain(['range'], `the items give ${range.min} to ${range.max}; correct the range or the items`)
  if (range === null) return
  score.bands?.forEach((band, index) => {
    if (band.from > range.max)
      complain(['bands', index, 'from'], `cannot be reached: the highest score is ${range.max}`)
  })
}
