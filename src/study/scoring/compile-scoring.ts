// Compiles a scoring file to what its evaluation needs: items with their names and scales, scores, alerts.
// All faults are told at once, with file, line and remedy.

import { readYaml } from '../read-yaml.ts'
import type { Faults } from '../study-invalid.ts'
import type { Text } from '../text.ts'
import { compileScore } from './compile-score.ts'
import { scaleOfFile } from './scales.ts'
import type { Scale, ScorePlan } from './score-plan.ts'
import { type ScoringFile, scoringSchema } from './scoring-file.ts'

/** An item of an instrument and the names under which its answer may come. */
export type ScoringItem = {
  readonly item: string
  /** Its number on the form, for names such as `item3` or `q3`. */
  readonly number: number | null
  readonly scale: Scale
  readonly also: readonly string[]
  /** Other words for a code, as written; see the scale's `also`. */
  readonly words: ReadonlyMap<string, readonly string[]>
}

export type FactPlan = {
  readonly text: Text
  readonly values: ReadonlyMap<string, { readonly text: Text; readonly also: readonly string[] }>
}

/** An answer that a person must look at, whatever the scores are. */
export type ScoringAlert = {
  readonly id: string
  readonly version: string
  readonly item: string
  readonly atLeast: number
  readonly severity: 'low' | 'medium' | 'high'
  readonly acknowledgeWithinHours: number
  readonly text: Text
  readonly source: string
}

/** An instrument ready to score. */
export type Scoring = {
  readonly instrument: string
  readonly version: string
  readonly title: Text
  readonly source: string
  readonly licence: string | null
  readonly questionnaire: string | null
  readonly facts: ReadonlyMap<string, FactPlan>
  readonly items: readonly ScoringItem[]
  readonly scores: readonly ScorePlan[]
  readonly alerts: readonly ScoringAlert[]
}

/** The instrument of a scoring file (YAML or JSON), or null with faults added. */
export function compileScoring(file: string, text: string, faults: Faults): Scoring | null {
  const read = readYaml(file, text, scoringSchema, faults)
  if (read === null) return null
  let sound = true
  const complain = (path: readonly (string | number)[], message: string): void => {
    sound = false
    faults.add(file, read.lineOf(path), `${path.join('.')}: ${message}`)
  }
  const scoring = read.value
  const items = itemsOf(scoring, complain)
  const scores = scoresOf(scoring, items, complain)
  scoring.alerts?.forEach((alert, index) => {
    if (!items.some((item) => item.item === alert.item))
      complain(['alerts', index, 'item'], `the instrument has no item ${alert.item}`)
  })
  if (!sound) return null
  return {
    instrument: scoring.instrument,
    version: scoring.version,
    title: scoring.title,
    source: scoring.source,
    licence: scoring.licence ?? null,
    questionnaire: scoring.questionnaire ?? null,
    facts: factsOf(scoring),
    items,
    scores,
    alerts: (scoring.alerts ?? []).map(
      ({ 'at-least': atLeast, 'acknowledge-within-hours': acknowledgeWithinHours, ...alert }) => ({
        ...alert,
        atLeast,
        acknowledgeWithinHours,
      }),
    ),
  }
}

type Say = (path: readonly (string | number)[], message: string) => void

function itemsOf(scoring: ScoringFile, complain: Say): ScoringItem[] {
  const scales = new Map(
    Object.entries(scoring.scales).map(([name, declared]) => [
      name,
      scaleOfFile(declared, (message) => complain(['scales', name], message)),
    ]),
  )
  const seen = new Set<string | number>()
  return scoring.items.flatMap(({ item, number, scale: name, also = [] }, index) => {
    for (const one of [item, ...(number === undefined ? [] : [number])]) {
      if (seen.has(one)) complain(['items', index], `${one} is listed twice`)
      seen.add(one)
    }
    const scale = scales.get(name)
    if (scale === undefined) {
      complain(['items', index, 'scale'], `no scale ${name} is declared`)
      return []
    }
    const words = new Map(Object.entries(scoring.scales[name]?.also ?? {}))
    return [{ item, number: number ?? null, scale, also, words }]
  })
}

function scoresOf(scoring: ScoringFile, items: readonly ScoringItem[], complain: Say): ScorePlan[] {
  const scales = new Map(items.map((item) => [item.item, item.scale]))
  const facts = factValues(scoring.facts)
  const plans: ScorePlan[] = []
  scoring.scores.forEach((score, index) => {
    const around = {
      form: scoring.instrument,
      formVersion: scoring.version,
      scaleOf: (linkId: string) => scales.get(linkId) ?? `the instrument has no item ${linkId}`,
      maps: scoring.maps ?? {},
      facts,
      earlier: plans,
    }
    const say: Say = (member, message) =>
      complain(['scores', index, ...member], `score ${score.id}: ${message}`)
    plans.push(compileScore(score, around, say))
  })
  return plans
}

/** The values of each fact, for the check of `only-if`. */
export function factValues(facts: ScoringFile['facts'] = {}): Record<string, ReadonlySet<string>> {
  return Object.fromEntries(
    Object.entries(facts).map(([fact, { values }]) => [fact, new Set(Object.keys(values))]),
  )
}

function factsOf(scoring: ScoringFile): Map<string, FactPlan> {
  return new Map(
    Object.entries(scoring.facts ?? {}).map(([fact, { text, values }]) => {
      const choices = Object.entries(values).map(
        ([code, value]) => [code, { text: value.text, also: value.also ?? [] }] as const,
      )
      return [fact, { text, values: new Map(choices) }]
    }),
  )
}
