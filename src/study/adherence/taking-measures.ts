// Taking adherence and correct dosing (domain.md §3.3). Counts are doses as prescribed on the day.
import type { Course } from './course.ts'
import { type Figure, figure } from './figure.ts'

/** Doses taken / doses prescribed; may exceed 100. Doses taken while held are left out and told. */
export function takingAdherence({ days, exclusions, prescription }: Course): Figure {
  const sum = (of: (day: Course['days'][number]) => number) => days.reduce((total, day) => total + of(day), 0)
  const taken = sum((day) => day.taken)
  const due = sum((day) => day.due)
  const [low, high] = prescription.band
  const percent = due === 0 ? null : (100 * taken) / due
  return figure({
    measure: 'taking',
    formula: 'doses taken / doses prescribed',
    numerator: taken,
    denominator: due,
    unknown: sum((day) => day.unknown),
    exclusions,
    details: {
      band: { low, high, within: percent === null ? null : percent >= low && percent <= high },
      unitsTaken: sum((day) => day.takenUnits),
      unitsPrescribed: sum((day) => day.dueUnits),
    },
  })
}

/** Days with exactly the prescribed number / days with a dose prescribed and not held. */
export function correctDosing({ days, exclusions }: Course): Figure {
  const evaluable = days.filter((day) => day.due > 0)
  const isRight = (day: Course['days'][number]) => day.taken === day.due
  // A day on which something is unknown may turn out right, unless too much was taken already.
  const open = evaluable.filter((day) => !isRight(day) && day.unknown > 0)
  return figure({
    measure: 'correct-dosing',
    formula: 'days with exactly the prescribed number of doses / days with a dose prescribed',
    numerator: evaluable.filter(isRight).length,
    denominator: evaluable.length,
    unknown: open.length,
    exclusions: exclusions.filter((one) => one.line === undefined),
    details: {
      daysUnder: evaluable.filter((day) => day.taken < day.due).length,
      daysOver: evaluable.filter((day) => day.taken > day.due).length,
      daysOffWithDose: days.filter((day) => day.due === 0 && day.taken > 0).length,
    },
  })
}

/** Days on which more was taken than prescribed: a safety flag (domain.md §3.3). */
export function overdoses({ days, taken }: Course): readonly Overdose[] {
  const days100 = days
    .filter((day) => day.taken > day.due)
    .map(({ date, due, taken: count }) => ({ date, prescribed: due, taken: count, held: false }))
  const held = taken
    .filter((one) => one.excluded === 'taken-while-held')
    .map(({ event, doses }) => ({ date: event.day, prescribed: 0, taken: doses, held: true }))
  return [...days100, ...held].sort((a, b) => (a.date < b.date ? -1 : 1))
}

export type Overdose = {
  readonly date: string
  readonly prescribed: number
  readonly taken: number
  /** Whether the dose was taken while the medicine was held. */
  readonly held: boolean
}
