// One patient's course: the doses due in the period beside the doses taken, day by day. All measures of taking look
// at this and at nothing else.
import { withoutNoise } from '../scoring/rounding.ts'
import type { Exclusion } from './figure.ts'
import { addDays, datesFrom, daysBetween, zoneOn } from './local-time.ts'
import type { Prescription } from './prescription.ts'
import type { AdherenceEvent } from './read-events.ts'
import { amountOn, type ExcludedTime, excludedTimes, regimenOn, type Slot, slotsBetween } from './schedule.ts'

/** A dose taken; `doses` is its quantity in doses as prescribed then. */
export type Taken = {
  readonly event: AdherenceEvent
  readonly doses: number
  /** Why it counts for nothing, or null. */
  readonly excluded: 'taken-while-held' | 'not-evaluable' | 'outside-period' | null
}

/** A dosing day of the period. Counts are doses. */
export type CourseDay = {
  readonly date: string
  readonly due: number
  readonly dueUnits: number
  readonly held: number
  readonly taken: number
  readonly takenUnits: number
  /** Doses reported as not taken. */
  readonly missed: number
  /** Doses of which nothing is known; 0 where silence means not taken. */
  readonly unknown: number
}

export type Course = {
  readonly prescription: Prescription
  readonly period: {
    readonly from: string
    readonly to: string
    readonly days: number
    readonly zone: string
  }
  /** Every dose due in the period, excluded ones too. */
  readonly slots: readonly Slot[]
  /** The doses due after the period, for the last interval. */
  readonly later: readonly Slot[]
  readonly taken: readonly Taken[]
  readonly days: readonly CourseDay[]
  readonly excludedTimes: readonly ExcludedTime[]
  /** Doses held, not evaluable, and events that count for nothing. */
  readonly exclusions: readonly Exclusion[]
  readonly events: readonly AdherenceEvent[]
}

/** The course, or null where there is no period: no date given and no event to end it. */
export function courseOf(prescription: Prescription, events: readonly AdherenceEvent[]): Course | null {
  const from = prescription.period.from ?? (prescription.regimens[0]?.from.slice(0, 10) as string)
  const to = prescription.period.to ?? events.at(-1)?.day
  if (to === undefined || to < from) return null
  const slots = slotsBetween(prescription, from, to)
  const times = excludedTimes(prescription)
  const taken = events
    .filter((event) => event.kind === 'taken')
    .map((event) => takenOf(prescription, event, from, to, times))
  const days = daysOf(prescription, slots, taken, events, from, to)
  const longest = Math.max(7, ...prescription.regimens.map((regimen) => regimen.everyDays))
  return {
    prescription,
    period: { from, to, days: daysBetween(from, to) + 1, zone: zoneOn(prescription, from) },
    slots,
    later: slotsBetween(prescription, addDays(to, 1), addDays(to, longest + 1)),
    taken,
    days,
    excludedTimes: times,
    exclusions: exclusionsOf(slots, taken),
    events,
  }
}

function takenOf(
  prescription: Prescription,
  event: AdherenceEvent,
  from: string,
  to: string,
  times: readonly ExcludedTime[],
): Taken {
  const amount = amountOn(prescription, event.day, null)
  const doses = amount === null ? 0 : event.quantity === null ? 1 : withoutNoise(event.quantity / amount)
  const outside = event.day < from || event.day > to || amount === null
  return { event, doses, excluded: outside ? 'outside-period' : heldAt(event, times) }
}

/** A dose of an unknown time is within a span only where the whole day is. */
function heldAt({ at, day }: AdherenceEvent, times: readonly ExcludedTime[]): Taken['excluded'] {
  const within = times.find(({ from, to, span }) =>
    at === null
      ? span.from.slice(0, 10) <= day &&
        day <= span.to.slice(0, 10) &&
        span.from.length + span.to.length === 20
      : from <= at && at < to,
  )
  if (within === undefined) return null
  return within.span.kind === 'held' ? 'taken-while-held' : 'not-evaluable'
}

function daysOf(
  prescription: Prescription,
  slots: readonly Slot[],
  taken: readonly Taken[],
  events: readonly AdherenceEvent[],
  from: string,
  to: string,
): CourseDay[] {
  const slotsBy = Map.groupBy(slots, (slot) => slot.day)
  const takenBy = Map.groupBy(
    taken.filter((one) => one.excluded === null),
    (one) => one.event.day,
  )
  const missedBy = Map.groupBy(
    events.filter((event) => event.kind === 'missed'),
    (event) => event.day,
  )
  return [...datesFrom(from, to)].map((date) => {
    const all = slotsBy.get(date) ?? []
    const due = all.filter((slot) => slot.excluded === null)
    const doses = takenBy.get(date) ?? []
    const count = withoutNoise(doses.reduce((sum, one) => sum + one.doses, 0))
    const amount = regimenOn(prescription, date)?.amount ?? 1
    const missed = missedDoses(missedBy.get(date) ?? [], amount)
    const silent = Math.max(0, due.length - count - missed)
    return {
      date,
      due: due.length,
      dueUnits: withoutNoise(due.reduce((sum, slot) => sum + slot.amount, 0)),
      held: all.length - due.length,
      taken: count,
      takenUnits: withoutNoise(
        doses.reduce((sum, { event, doses: n }) => sum + (event.quantity ?? n * amount), 0),
      ),
      missed,
      unknown: prescription.unrecorded === 'unknown' ? withoutNoise(silent) : 0,
    }
  })
}

const missedDoses = (events: readonly AdherenceEvent[], amount: number): number =>
  events.reduce((sum, { quantity }) => sum + (quantity === null ? 1 : quantity / amount), 0)

function exclusionsOf(slots: readonly Slot[], taken: readonly Taken[]): Exclusion[] {
  const held = Map.groupBy(
    slots.filter((slot) => slot.excluded !== null),
    (slot) => `${slot.day} ${slot.excluded?.kind}: ${slot.excluded?.reason}`,
  )
  const doses = [...held].map(([key, list]) => ({
    date: key.slice(0, 10),
    reason: key.slice(11),
    count: list.length,
  }))
  const events = taken.flatMap(({ event, doses: count, excluded }) =>
    excluded === null ? [] : [{ date: event.day, reason: excluded, count, line: event.line }],
  )
  return [...doses, ...events].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
}
