// Scores an instrument outside a study: finds each answer's item, understands it, evaluates every score and alert,
// and says what it could not use. Nothing is scored silently: what does not fit is a finding.

import type { Answer } from '../plan.ts'
import { explainScore, scoreAnswers } from '../score.ts'
import { isSkip } from '../skip-reasons.ts'
import type { Text } from '../text.ts'
import type { FactPlan, Scoring, ScoringAlert, ScoringItem } from './compile-scoring.ts'
import { boundsOf, printedNumbers } from './compile-term.ts'
import { type GivenAnswer, gatherAnswers } from './gather-answers.ts'
import { createItemFinder, looksLikeItem, plainName } from './item-names.ts'
import { readValue } from './read-value.ts'
import type { Facts, ScoreDerivation } from './score-plan.ts'
import { understandAnswer } from './understand-answer.ts'

/** What could not be used as it came. It names items and what they take, never what was answered. */
export type ScoringFinding = {
  readonly code:
    | 'item-unknown'
    | 'answered-twice'
    | 'out-of-range'
    | 'unreadable-answer'
    | 'read-as-missing'
    | 'not-applicable-answered'
  readonly severity: 'error' | 'warning'
  readonly item: string
  readonly message: string
}

/** An alert that the answers raise. */
export type RaisedAlert = Omit<ScoringAlert, 'atLeast' | 'text'> & { readonly text: Text }

/** Every score of an instrument with its derivation. JSON-serialisable. */
export type InstrumentResult = {
  readonly instrument: string
  readonly version: string
  readonly title: Text
  readonly facts: Facts
  readonly scores: readonly ScoreDerivation[]
  readonly alerts: readonly RaisedAlert[]
  readonly findings: readonly ScoringFinding[]
}

/** The result, or why the document holds no answers to this instrument. */
export function scoreInstrument(
  scoring: Scoring,
  document: unknown,
  facts: Facts = {},
): InstrumentResult | { readonly refused: string } {
  const gathered = gatherAnswers(document)
  if (gathered.kind === 'refused') return { refused: gathered.message }
  const { answers, found, findings } = readGiven(scoring, gathered.given, facts)
  if (answers.size === 0 && gathered.given.length > 0 && !found.any)
    return {
      refused: `none of the names is an item of ${scoring.instrument}; its items are ${namesOf(scoring)}`,
    }
  const byItem = Object.fromEntries(answers)
  const known = { ...found.facts, ...facts }
  const results = scoreAnswers(scoring, byItem, known)
  const scores = results.map((score, i) => explainScore(scoring.scores[i]!, score))
  return {
    instrument: scoring.instrument,
    version: scoring.version,
    title: scoring.title,
    facts: known,
    scores,
    alerts: alertsOf(scoring, byItem),
    findings: [...findings, ...notApplicable(scores)],
  }
}

type Reading = {
  readonly answers: Map<string, Answer>
  readonly found: { readonly facts: Record<string, string>; readonly any: boolean }
  readonly findings: ScoringFinding[]
}

function readGiven(scoring: Scoring, given: readonly GivenAnswer[], facts: Facts): Reading {
  const find = createItemFinder(
    scoring,
    given.map(({ name }) => name),
  )
  const answers = new Map<string, Answer>()
  const seen = new Map<string, Answer | undefined>()
  const findings: ScoringFinding[] = []
  const ownFacts: Record<string, string> = {}
  for (const { name, value, text } of given) {
    const fact = factOf(scoring, name, value)
    if (fact !== null && facts[fact.name] === undefined) ownFacts[fact.name] = fact.value
    if (fact !== null) continue
    const item = find(name) ?? (text === undefined ? undefined : find(text))
    if (item === undefined) {
      findings.push(unknownItem(scoring, name))
      continue
    }
    const { answer, readAsMissing } = understandAnswer(item, value)
    if (seen.has(item.item) && !same(item, seen.get(item.item), answer))
      findings.push(answeredTwice(item, answers))
    else if (answer !== undefined) answers.set(item.item, answer)
    seen.set(item.item, answer)
    if (readAsMissing === true) findings.push(readMissing(item))
    const fault = faultOf(item, answer)
    if (fault !== null) findings.push(fault)
  }
  return {
    answers,
    found: { facts: ownFacts, any: seen.size > 0 || Object.keys(ownFacts).length > 0 },
    findings,
  }
}

/** Whether two answers mean the same number, or are the same where they mean none. */
function same(item: ScoringItem, a: Answer | undefined, b: Answer | undefined): boolean {
  const [one, other] = [readValue(item.scale, a), readValue(item.scale, b)]
  if (one.state === 'answered' && other.state === 'answered') return one.value === other.value
  return JSON.stringify(a) === JSON.stringify(b)
}

/** A fact that came among the answers, such as `"sex": "male"`. */
function factOf(scoring: Scoring, name: string, value: unknown): { name: string; value: string } | null {
  for (const [fact, plan] of scoring.facts) {
    if (plainName(fact) !== plainName(name) || typeof value !== 'string') continue
    const code = factCode(plan, value)
    if (code !== null) return { name: fact, value: code }
  }
  return null
}

/** The value of a fact that a word means, or null. */
export function factCode(plan: FactPlan, word: string): string | null {
  for (const [code, { text, also }] of plan.values)
    if ([code, ...Object.values(text), ...also].some((one) => plainName(one) === plainName(word))) return code
  return null
}

function unknownItem(scoring: Scoring, name: string): ScoringFinding {
  const severe = looksLikeItem(name, scoring.instrument)
  const remedy = /(?:^|\D)0+$/.test(name) ? 'items are numbered from 1' : `its items are ${namesOf(scoring)}`
  const asked = [...scoring.facts].map(([fact, { values }]) => `${fact} (${[...values.keys()].join(', ')})`)
  const facts = asked.length === 0 ? '' : `; about the patient it asks ${asked.join(', ')}`
  return {
    code: 'item-unknown',
    severity: severe ? 'error' : 'warning',
    item: name,
    message: `${scoring.instrument} has no item ${name}; ${remedy}${facts}`,
  }
}

/** Two different answers to one item: neither counts. */
function answeredTwice(item: ScoringItem, answers: Map<string, Answer>): ScoringFinding {
  answers.delete(item.item)
  return {
    code: 'answered-twice',
    severity: 'error',
    item: item.item,
    message: `${item.item} has two different answers; give one`,
  }
}

function readMissing(item: ScoringItem): ScoringFinding {
  return {
    code: 'read-as-missing',
    severity: 'warning',
    item: item.item,
    message: `${item.item}: a word for "no answer" was read as missing; write null or {"skipped": reason}`,
  }
}

function faultOf(item: ScoringItem, answer: Answer | undefined): ScoringFinding | null {
  const { state } = readValue(item.scale, answer)
  if (state !== 'out-of-range' && state !== 'unreadable') return null
  const code = state === 'unreadable' ? 'unreadable-answer' : state
  return { code, severity: 'error', item: item.item, message: `${item.item} takes ${scaleText(item)}` }
}

/** What an item takes, in words. */
export function scaleText({ scale }: ScoringItem): string {
  const { min, max } = boundsOf(scale)
  if (scale.values === null) {
    const kind = scale.decimals === 0 ? 'a whole number' : `a number with at most ${scale.decimals} decimals`
    return `${kind} from ${min} to ${max}`
  }
  const numbers = printedNumbers(scale)
  return `${numbers.join(', ')} or one of the codes ${[...scale.values.keys()].join(', ')}`
}

function notApplicable(scores: readonly ScoreDerivation[]): ScoringFinding[] {
  const items = new Set(
    scores.flatMap(({ inputs }) =>
      inputs.flatMap(({ item, raw, state }) =>
        state === 'not-applicable' && item !== undefined && raw !== null && !isSkip(raw) ? [item] : [],
      ),
    ),
  )
  return [...items].map((item) => ({
    code: 'not-applicable-answered',
    severity: 'warning',
    item,
    message: `${item} does not apply to this patient; its answer was not used`,
  }))
}

function alertsOf(scoring: Scoring, answers: { readonly [item: string]: Answer }): RaisedAlert[] {
  const scales = new Map(scoring.items.map((item) => [item.item, item.scale]))
  return scoring.alerts.flatMap(({ atLeast, ...alert }) => {
    const scale = scales.get(alert.item)
    const read = scale === undefined ? null : readValue(scale, answers[alert.item])
    return read?.state === 'answered' && (read.value as number) >= atLeast ? [alert] : []
  })
}

const namesOf = ({ items }: Scoring): string => {
  const names = items.map((item) => item.item)
  return names.length > 6 ? `${names.slice(0, 3).join(', ')} … ${names.at(-1)}` : names.join(', ')
}
