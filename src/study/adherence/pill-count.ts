// Pill counts (domain.md §3.3). What is not known is never taken as swallowed: unreturned packs give bounds.
import { withoutNoise } from '../scoring/rounding.ts'
import type { Course } from './course.ts'
import { type Exclusion, type Figure, figure, noFigure } from './figure.ts'
import { addDays } from './local-time.ts'
import type { AdherenceEvent, ReadEvents } from './read-events.ts'
import { type Slot, slotsBetween } from './schedule.ts'

const countFormula =
  '(counted at last count + dispensed since − thrown away − given away − lost − broken − taken outside − returned − counted now) / units due between the counts'
const packFormula = '(dispensed − returned) / units prescribed'
const gone: ReadonlySet<AdherenceEvent['kind']> = new Set([
  'lost',
  'thrown-away',
  'given-away',
  'broken',
  'taken-outside',
  'returned',
])

/** One interval between two counts, in units. */
type Interval = {
  readonly from: AdherenceEvent
  readonly to: AdherenceEvent
  readonly start: number
  readonly dispensed: number
  readonly gone: number
  readonly counted: number
  readonly taken: number
  readonly should: number
}

/** Units taken by the counts / units due between them; the first dispensing stands for a first count. */
export function pillCount(course: Course): Figure {
  const intervals = intervalsOf(course)
  if (intervals.length === 0) return noFigure('pill-count', countFormula, 'no-counts')
  return figure({
    measure: 'pill-count',
    formula: countFormula,
    numerator: intervals.reduce((sum, one) => sum + one.taken, 0),
    denominator: intervals.reduce((sum, one) => sum + one.should, 0),
    exclusions: heldDuring(course, intervals),
    details: {
      unit: course.prescription.unit,
      intervals: intervals.map(({ from, to, ...rest }) => ({ from: from.day, to: to.day, ...rest })),
    },
  })
}

function intervalsOf(course: Course): Interval[] {
  const supplies = course.events.filter((event) => event.kind !== 'taken' && event.kind !== 'missed')
  const first = supplies.findIndex((event) => event.kind === 'counted' || event.kind === 'dispensed')
  let last = supplies[first]
  if (last === undefined) return []
  let start = last.kind === 'counted' ? (last.quantity ?? 0) : 0
  let dispensed = last.kind === 'dispensed' ? (last.quantity ?? 0) : 0
  let lost = 0
  const intervals: Interval[] = []
  const counts =
    supplies.filter((event) => event.kind === 'counted').length - (last.kind === 'counted' ? 1 : 0)
  for (const event of supplies.slice(first + 1)) {
    const quantity = event.quantity ?? 0
    if (event.kind === 'dispensed') dispensed += quantity
    else if (gone.has(event.kind)) lost += quantity
    else if (event.kind === 'counted') {
      const taken = withoutNoise(start + dispensed - lost - quantity)
      const should = unitsDue(course, last, event, intervals.length === counts - 1)
      intervals.push({
        from: last,
        to: event,
        start,
        dispensed,
        gone: lost,
        counted: quantity,
        taken,
        should,
      })
      last = event
      start = quantity
      dispensed = 0
      lost = 0
    }
  }
  return intervals
}

/**
 * Units due from one count (inclusive) to the next (exclusive), by time where both have one, else by day: the first
 * day counts and the day of the next count does not, but the last dosing day of the period does.
 */
function unitsDue(course: Course, from: AdherenceEvent, to: AdherenceEvent, isLast: boolean): number {
  return withoutNoise(slotsDue(course, from, to, isLast).reduce((sum, slot) => sum + slot.amount, 0))
}

function slotsDue(course: Course, from: AdherenceEvent, to: AdherenceEvent, isLast: boolean): Slot[] {
  const { prescription, period } = course
  const end = isLast && prescription.period.to !== null && period.to <= to.day ? period.to : to.day
  const all = slotsBetween(prescription, from.day, end).filter((slot) => slot.excluded === null)
  return all.filter((slot) => {
    const afterStart = from.at === null || slot.dueAt === null || slot.dueAt >= from.at
    const closesByDay = to.at === null || slot.dueAt === null
    if (!closesByDay) return afterStart && (slot.dueAt as number) < (to.at as number)
    return (
      afterStart &&
      (slot.day < to.day ||
        (slot.day === end && end === period.to && isLast && prescription.period.to !== null))
    )
  })
}

function heldDuring(course: Course, intervals: readonly Interval[]): Exclusion[] {
  const from = intervals[0]?.from.day ?? ''
  const to = intervals.at(-1)?.to.day ?? ''
  return course.exclusions.filter((one) => one.line === undefined && one.date >= from && one.date <= to)
}

/** A pack, or what was dispensed at one visit where packs have no numbers. */
type Pack = { readonly name: string; readonly dispensed: number; readonly returned: number | null }

/**
 * The simple form: units dispensed less units returned / units prescribed in the period. A pack that never came back
 * is unknown: no percentage, but the bounds for none and for all of it taken.
 */
export function simplePillCount(course: Course): Figure {
  const packs = packsOf(course.events)
  if (packs.length === 0) return noFigure('pill-count-simple', packFormula, 'nothing-dispensed')
  const prescribed = course.days.reduce((sum, day) => sum + day.dueUnits, 0)
  const known = packs.filter((pack) => pack.returned !== null)
  const out = packs.filter((pack) => pack.returned === null)
  const unknown = out.reduce((sum, pack) => sum + pack.dispensed, 0)
  const made = figure({
    measure: 'pill-count-simple',
    formula: packFormula,
    numerator: known.reduce((sum, pack) => sum + pack.dispensed - (pack.returned ?? 0), 0),
    denominator: prescribed,
    unknown,
    exclusions: course.exclusions.filter((one) => one.line === undefined),
    details: { unit: course.prescription.unit, packs, unreturned: out.map((pack) => pack.name) },
  })
  return unknown > 0 ? { ...made, percent: null, reason: 'unreturned-packs' } : made
}

function packsOf(events: ReadEvents['events']): Pack[] {
  const dispensings = events.filter((event) => event.kind === 'dispensed')
  const returns = events.filter((event) => event.kind === 'returned')
  const named = Map.groupBy(
    dispensings.filter((event) => event.pack !== null),
    (event) => event.pack as string,
  )
  const packs = [...named].map(([name, list]): Pack => {
    const back = returns.filter((event) => event.pack === name)
    return { name, dispensed: units(list), returned: back.length === 0 ? null : units(back) }
  })
  // Without numbers, what comes back up to and with the next dispensing belongs to the one before it.
  const loose = dispensings.filter((event) => event.pack === null)
  const looseReturns = returns.filter((event) => event.pack === null || !named.has(event.pack))
  for (const [i, event] of loose.entries()) {
    const until = loose[i + 1]?.day ?? '9999-12-31'
    const since = i === 0 ? event.day : addDays(event.day, 1)
    const back = looseReturns.filter((one) => one.day >= since && one.day <= until)
    packs.push({
      name: `dispensed ${event.day}`,
      dispensed: event.quantity ?? 0,
      returned: back.length === 0 ? null : units(back),
    })
  }
  return packs
}

const units = (events: readonly AdherenceEvent[]): number =>
  events.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0)
