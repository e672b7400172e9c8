// What rules read of earlier entries, made for each rule whose condition on this entry holds, and kept note of: the
// record names every occasion and event that was looked at, so that the evaluation can be repeated exactly (P11).
import type { DeviceZones } from '../device-zones.ts'
import type { FormPlan, PastCondition, RuleContext } from '../plan.ts'
import { readDeviceTime } from '../read-device-time.ts'
import { ruleName } from '../rule-name.ts'
import { isSkip } from '../skip-reasons.ts'
import type { DueBefore, DueOccasion, EarlierEntry, HistoryReader, Looked } from './history.ts'
import { celTypeOf, type EarlierType } from './rule-shapes.ts'

/** What look-backs of one entry are made from. */
export type PastFacts = {
  readonly form: FormPlan
  readonly history: HistoryReader
  /** Null for a form without due days. */
  readonly due: DueBefore | null
  readonly completedAtMs: number
  /** The patient's home zone, and the facts of all zones. */
  readonly zone: string
  readonly zones: DeviceZones
}

/** One entry's look back. */
export type Past = {
  /**
   * The names that a rule's past condition reads, on top of those of this entry; null where it does not apply, because
   * the baseline lacks what it needs.
   */
  contextFor(past: PastCondition, today: RuleContext): RuleContext | null
  /** Reads all that the condition may read, whatever decides it. */
  readAll(past: PastCondition, today: RuleContext): void
  /** Everything that was looked at so far. */
  looked(): Looked | null
}

/** An earlier entry with the day it counts for. */
type Dated = { readonly date: string; readonly entry: EarlierEntry }

const hourMs = 3_600_000

/** Looks back from one entry; nothing is read before it is asked for, and nothing twice. */
export function createPast(facts: PastFacts): Past {
  const filled = new Map<string, number | undefined>()
  const entries = new Map<string, EarlierEntry | undefined>()
  const events = new Map<number, EarlierEntry>()
  const { history, due } = facts
  let lookedAtEvents = false

  const isFilled = (occasion: string): boolean => {
    if (!filled.has(occasion)) filled.set(occasion, history.filled(occasion))
    return filled.get(occasion) !== undefined
  }
  const entryOf = (occasion: string): EarlierEntry | undefined => {
    if (!entries.has(occasion)) {
      const entry = history.entry(occasion)
      entries.set(occasion, entry)
      filled.set(occasion, entry?.position)
    }
    return entries.get(occasion)
  }
  const occasionsOf = ({ lookBack }: PastCondition): Iterable<DueOccasion> => {
    if (lookBack === null || due === null) return []
    const { unit, count } = lookBack
    return unit === 'days' ? due.within(count) : due.before(count)
  }
  const earlier = (past: PastCondition): Dated[] => {
    if (due !== null)
      return [...occasionsOf(past)].flatMap(({ occasion, date }) => {
        const entry = entryOf(occasion)
        return entry === undefined ? [] : [{ date, entry }]
      })
    lookedAtEvents = true
    const from = facts.completedAtMs - (past.lookBack?.count ?? 0) * hourMs
    return history.events(from, facts.completedAtMs).map((entry) => {
      events.set(entry.position, entry)
      return { date: entry.completedAt.slice(0, 10), entry }
    })
  }
  /** Due occasions directly before this one that nothing fills, up to the first that something does. */
  const missed = (past: PastCondition): bigint => {
    let count = 0n
    for (const { occasion, date } of occasionsOf(past)) {
      if (isFilled(occasion)) break
      if (due?.isEvaluable(date) === true) count += 1n
    }
    return count
  }

  return {
    contextFor(past, today) {
      const baseline = baselineOf(past, facts, entryOf)
      if (baseline === null) return null
      return new PastContext(today, baseline, {
        earlier: (list) => earlierAnswers(past, facts, list),
        earlier_scores: (list) => earlierScores(past, facts, list),
        earlier_entries: (list) => valuesOf('entry', facts, list, null),
        list: () => earlier(past),
        missed: () => missed(past),
      })
    },
    readAll(past, today) {
      const context = this.contextFor(past, today)
      if (context === null) return
      if (past.items.length > 0) void context.earlier
      if (past.scores.length > 0) void context.earlier_scores
      if (past.entries) void context.earlier_entries
      if (past.missed) void context.missed
    },
    looked() {
      if (filled.size === 0 && due !== null) return null
      if (due === null && !lookedAtEvents) return null
      const seen = [...entries.values(), ...events.values()].filter((one) => one !== undefined)
      const changed = seen.filter(({ version }) => version > 1)
      const versions = Object.fromEntries(changed.map(({ position, version }) => [position, version]))
      return {
        filled: Object.fromEntries([...filled].map(([occasion, position]) => [occasion, position ?? null])),
        ...(due === null ? { events: [...events.keys()] } : {}),
        ...(changed.length === 0 ? {} : { versions }),
      }
    },
  }
}

/** How each name is made; `list` is what they are made of. */
type Makers = {
  readonly earlier: (list: readonly Dated[]) => object
  readonly earlier_scores: (list: readonly Dated[]) => object
  readonly earlier_entries: (list: readonly Dated[]) => readonly object[]
  readonly list: () => readonly Dated[]
  readonly missed: () => bigint
}

/** The names of a rule with its past; each is made when it is first read, because a condition may be decided before. */
class PastContext implements RuleContext {
  readonly answers: object
  readonly scores: object
  readonly status: string
  readonly late_receipt: boolean
  readonly dose: string
  readonly site: string
  readonly arm: string
  readonly arm_role: string
  readonly baseline: object
  readonly baseline_answers: object
  #make: Makers
  #list: readonly Dated[] | undefined
  #earlier: object | undefined
  #scores: object | undefined
  #entries: readonly object[] | undefined
  #missed: bigint | undefined

  constructor(today: RuleContext, baseline: Baseline, make: Makers) {
    this.answers = today.answers
    this.scores = today.scores
    this.status = today.status
    this.late_receipt = today.late_receipt
    this.dose = today.dose
    this.site = today.site
    // Rules without access to the arm do not know these names (compile-rules.ts).
    this.arm = today.arm ?? ''
    this.arm_role = today.arm_role ?? ''
    this.baseline = baseline.scores
    this.baseline_answers = baseline.answers
    this.#make = make
  }
  get #dated(): readonly Dated[] {
    this.#list ??= this.#make.list()
    return this.#list
  }
  get earlier(): object {
    this.#earlier ??= this.#make.earlier(this.#dated)
    return this.#earlier
  }
  get earlier_scores(): object {
    this.#scores ??= this.#make.earlier_scores(this.#dated)
    return this.#scores
  }
  get earlier_entries(): readonly object[] {
    this.#entries ??= this.#make.earlier_entries(this.#dated)
    return this.#entries
  }
  get missed(): bigint {
    this.#missed ??= this.#make.missed()
    return this.#missed
  }
}

/** The values of earlier entries, each with its day and how long before this entry it was completed. */
function valuesOf(
  type: EarlierType,
  { form, completedAtMs, zone, zones }: PastFacts,
  list: readonly Dated[],
  read: ((entry: EarlierEntry) => unknown) | null,
): object[] {
  return list.flatMap(({ date, entry }) => {
    const value = read?.(entry)
    if (read !== null && !isOf(type, value)) return []
    const atMs = readDeviceTime(entry.completedAt, zone, zones)?.epochMs ?? completedAtMs
    const one = new form.ruleShapes.Earlier[type]() as Record<string, unknown>
    one.date = date
    one.hours_before = (completedAtMs - atMs) / hourMs
    if (read !== null) one.value = value
    return [one]
  })
}

function earlierAnswers(past: PastCondition, facts: PastFacts, list: readonly Dated[]): object {
  const answers = new facts.form.ruleShapes.EarlierForRules() as Record<string, unknown>
  for (const linkId of past.items) {
    const item = facts.form.itemById.get(linkId)
    if (item === undefined) continue
    answers[item.ruleName] = valuesOf(celTypeOf(item), facts, list, (entry) => entry.answers[linkId])
  }
  return answers
}

function earlierScores(past: PastCondition, facts: PastFacts, list: readonly Dated[]): object {
  const scores = new facts.form.ruleShapes.EarlierScoresForRules() as Record<string, unknown>
  for (const id of past.scores)
    scores[ruleName(id)] = valuesOf('double', facts, list, (entry) => scoreOf(entry, id))
  return scores
}

type Baseline = { readonly scores: object; readonly answers: object }
const noBaseline: Baseline = { scores: {}, answers: {} }

/** Null where the first occasion has no entry, is this one, or lacks an answer or score that the rule needs. */
function baselineOf(
  past: PastCondition,
  { form, due }: PastFacts,
  entryOf: (occasion: string) => EarlierEntry | undefined,
): Baseline | null {
  if (past.baselineItems.length + past.baselineScores.length === 0) return noBaseline
  const first = due?.first()
  const entry = first === undefined ? undefined : entryOf(first.occasion)
  const scores = new form.ruleShapes.BaselineForRules() as Record<string, unknown>
  const answers = new form.ruleShapes.BaselineAnswersForRules() as Record<string, unknown>
  for (const id of past.baselineScores) {
    const value = entry === undefined ? null : scoreOf(entry, id)
    if (value !== null) scores[ruleName(id)] = value
    else if (past.needsBaselineScores.includes(id)) return null
  }
  for (const linkId of past.baselineItems) {
    const item = form.itemById.get(linkId)
    const value = entry?.answers[linkId]
    if (item !== undefined && isOf(celTypeOf(item), value)) answers[item.ruleName] = value
    else if (past.needsBaselineItems.includes(linkId)) return null
  }
  return { scores, answers }
}

const scoreOf = (entry: EarlierEntry, id: string): number | null =>
  entry.scores.find((score) => score.id === id)?.value ?? null

/** An earlier version of the form may have had another kind of item under the same linkId: that is no value. */
function isOf(type: EarlierType, value: unknown): boolean {
  if (value === undefined || value === null || isSkip(value as never)) return false
  return typeof value === (type === 'double' ? 'number' : type === 'bool' ? 'boolean' : 'string')
}
