// Measures of supply: medication possession ratio and proportion of days covered (domain.md §3.3). Supply is used
// up by the prescribed-dose timeline: dose changes change how long it lasts, held days use none and do not count.
import { withoutNoise } from '../scoring/rounding.ts'
import type { Course } from './course.ts'
import { type Exclusion, type Figure, figure, noFigure } from './figure.ts'
import { addDays } from './local-time.ts'
import type { Prescription } from './prescription.ts'
import type { AdherenceEvent } from './read-events.ts'
import { type Slot, slotsBetween } from './schedule.ts'

const mprFormula = 'days supplied by dispensings in the period / days in the period'
const pdcFormula = 'days with drug on hand / days in the period, oversupply used first and carried over'

/** A supply is followed for so many years at most. */
const longestYears = 10

/** Days that count: every day of the period but those wholly held or not evaluable. */
function daysThatCount({ days, exclusions }: Course): { counted: Course['days']; left: Exclusion[] } {
  const isHeld = (day: Course['days'][number]) => day.held > 0 && day.due === 0
  return {
    counted: days.filter((day) => !isHeld(day)),
    left: exclusions.filter(
      (one) => one.line === undefined && days.some((day) => day.date === one.date && isHeld(day)),
    ),
  }
}

const dispensings = (course: Course): AdherenceEvent[] =>
  course.events.filter((event) => event.kind === 'dispensed')

/** Σ days supplied / days in the period; above 1 where more was dispensed than the period needs. */
export function possessionRatio(course: Course): Figure {
  const { counted, left } = daysThatCount(course)
  const within = dispensings(course).filter(
    (event) => event.day >= course.period.from && event.day <= course.period.to,
  )
  if (within.length === 0) return noFigure('mpr', mprFormula, 'nothing-dispensed')
  const supplies = within.map((event) => ({ day: event.day, days: daysSupplied(course.prescription, event) }))
  return figure({
    measure: 'mpr',
    formula: mprFormula,
    numerator: supplies.reduce((sum, one) => sum + one.days, 0),
    denominator: counted.length,
    exclusions: left,
    details: { supplies },
  })
}

/** How many days a dispensing lasts from its own day on; as stated, else by the doses prescribed from then on. */
function daysSupplied(prescription: Prescription, event: AdherenceEvent): number {
  if (event.daysSupply !== null) return event.daysSupply
  let stock = event.quantity ?? 0
  let days = 0
  // A year at a time, because most supplies last for weeks.
  for (let year = 0; year < longestYears; year++) {
    const from = addDays(event.day, year * 365)
    const needs = needByDay(slotsBetween(prescription, from, addDays(from, 364)))
    for (let i = 0; i < 365; i++) {
      const need = needs.get(addDays(from, i))
      if (need?.held === true) continue
      if (need === undefined) {
        // A day off lasts as long as there is something left to take afterwards, or after the last dose of a cycle.
        if (days > 0 && isWithinCycle(prescription, addDays(from, i))) days += 1
        else if (days > 0) return days
        continue
      }
      if (withoutNoise(stock) < need.units) return withoutNoise(days + Math.max(0, stock) / need.units)
      stock -= need.units
      days += 1
    }
  }
  return days
}

type Need = { readonly units: number; readonly held: boolean }

/** Units needed on each day with a dose; `held` where all of them are held. */
function needByDay(slots: readonly Slot[]): Map<string, Need> {
  const needs = new Map<string, Need>()
  for (const { day, amount, excluded } of slots) {
    const known = needs.get(day) ?? { units: 0, held: true }
    needs.set(day, {
      units: known.units + (excluded === null ? amount : 0),
      held: known.held && excluded !== null,
    })
  }
  return needs
}

/** Whether a dose level is in force on a day on which it prescribes no dose. */
const isWithinCycle = ({ regimens }: Prescription, day: string): boolean =>
  regimens.some(({ from, until }) => from <= `${day}T23:59` && (until === null || `${day}T00:00` < until))

/** Days with drug on hand / days in the period, at most 1; what is left at the end covers nothing. */
export function daysCovered(course: Course): Figure {
  const { counted, left } = daysThatCount(course)
  const supplies = dispensings(course).filter((event) => event.day <= course.period.to)
  if (supplies.length === 0) return noFigure('pdc', pdcFormula, 'nothing-dispensed')
  const byDays = supplies.every((event) => event.daysSupply !== null)
  if (!byDays && supplies.some((event) => event.quantity === null))
    return noFigure('pdc', pdcFormula, 'quantity-unknown')
  const walk = walkSupply(course, supplies, byDays)
  const covered = counted.filter((day) => walk.covered.has(day.date))
  return figure({
    measure: 'pdc',
    formula: pdcFormula,
    numerator: covered.length,
    denominator: counted.length,
    exclusions: left,
    details: {
      uncovered: counted.filter((day) => !walk.covered.has(day.date)).map((day) => day.date),
      leftAtEnd: withoutNoise(walk.left),
      leftIn: byDays ? 'days' : course.prescription.unit,
    },
  })
}

/** Uses the supply up day by day, from the first dispensing on, however long before the period it was. */
function walkSupply(
  { prescription, period }: Course,
  supplies: readonly AdherenceEvent[],
  byDays: boolean,
): { covered: Set<string>; left: number } {
  const start = supplies[0]?.day as string
  const first = start < period.from ? start : period.from
  const needs = needByDay(slotsBetween(prescription, first, period.to))
  const arriving = Map.groupBy(supplies, (event) => event.day)
  const covered = new Set<string>()
  let stock = 0
  let hadDrug = false
  for (let day = first; day <= period.to; day = addDays(day, 1)) {
    for (const event of arriving.get(day) ?? []) stock += (byDays ? event.daysSupply : event.quantity) ?? 0
    const need = needs.get(day)
    if (need?.held === true) continue
    if (byDays) {
      hadDrug = isWithinCycle(prescription, day) && withoutNoise(stock) >= 1
      if (hadDrug) stock -= 1
    } else if (need !== undefined) {
      hadDrug = withoutNoise(stock) >= need.units
      if (hadDrug) stock -= need.units
    }
    // On a day off the dose before it still covers.
    if (hadDrug) covered.add(day)
  }
  return { covered, left: stock }
}
