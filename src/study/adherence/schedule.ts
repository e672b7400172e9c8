// The prescribed-dose timeline: every dose due, with its amount, its window and whether it was held. The denominators
// of all measures come from here, so a missed dose is never a held one and the other way round.
import {
  addDays,
  datesFrom,
  dayOfWallClock,
  daysBetween,
  instantOf,
  startOfDay,
  zoneOn,
} from './local-time.ts'
import type { Prescription, Regimen, Span } from './prescription.ts'

/** One dose due. */
export type Slot = {
  /** The dosing day it belongs to. */
  readonly day: string
  /** When it is due; null where only the number of doses a day is prescribed. */
  readonly dueAt: number | null
  readonly amount: number
  /** First instant of its window and first instant after it; null where it has none. */
  readonly window: { readonly opensAt: number; readonly closesAt: number } | null
  readonly excluded: Span | null
}

/** A span of time left out, as instants: `[from, to)`. */
export type ExcludedTime = { readonly from: number; readonly to: number; readonly span: Span }

/** Doses due on dosing days `from` to `to` inclusive, in order. */
export function slotsBetween(prescription: Prescription, from: string, to: string): Slot[] {
  const slots: Slot[] = []
  // A dosing day that starts later than midnight takes the first doses of the next calendar day.
  for (const date of datesFrom(from, addDays(to, 1)))
    for (const regimen of prescription.regimens)
      for (const slot of slotsOf(prescription, regimen, date))
        if (slot.day >= from && slot.day <= to) slots.push(slot)
  return slots.sort((a, b) => (a.day === b.day ? (a.dueAt ?? 0) - (b.dueAt ?? 0) : a.day < b.day ? -1 : 1))
}

function slotsOf(prescription: Prescription, regimen: Regimen, date: string): Slot[] {
  if (!isDoseDay(regimen, date)) return []
  const zone = zoneOn(prescription, date)
  if (regimen.minutes === null) {
    if (!inForce(regimen, `${date}T23:59`)) return []
    const one = {
      day: date,
      dueAt: null,
      amount: regimen.amount,
      window: windowOf(prescription, date, null, zone),
    }
    const excluded = spanAt(prescription, date, null)
    return Array.from({ length: regimen.perDay }, () => ({ ...one, excluded }))
  }
  return regimen.minutes.flatMap((minute) => {
    const wall = `${date}T${clockOf(minute)}`
    if (!inForce(regimen, wall)) return []
    const day = dayOfWallClock(prescription, Temporal.PlainDateTime.from(wall))
    return [
      {
        day,
        dueAt: instantOf(date, minute, zone),
        amount: regimen.amount,
        window: windowOf(prescription, date, minute, zone),
        excluded: spanAt(prescription, date, wall),
      },
    ]
  })
}

/** Whether the level is in force at a local date-time; texts compare as times do. */
const inForce = ({ from, until }: Regimen, wall: string): boolean =>
  from <= wall && (until === null || wall < until)

function isDoseDay({ from, countsFrom, everyDays, weekdays }: Regimen, date: string): boolean {
  if (date < from.slice(0, 10)) return false
  if (weekdays !== null) return weekdays.has(Temporal.PlainDate.from(date).dayOfWeek)
  return everyDays === 1 || daysBetween(countsFrom ?? from.slice(0, 10), date) % everyDays === 0
}

function windowOf(
  { window }: Prescription,
  date: string,
  minute: number | null,
  zone: string,
): Slot['window'] {
  if (window === null) return null
  const [opens, closes] =
    window.kind === 'around'
      ? [(minute ?? 0) - window.before, (minute ?? 0) + window.after]
      : [window.opens, window.closes < window.opens ? window.closes + 1440 : window.closes]
  // The closing minute belongs to the window.
  return {
    opensAt: instantOf(date, opens, zone, 'earlier'),
    closesAt: instantOf(date, closes + 1, zone, 'later'),
  }
}

/** The span that leaves a dose out: by its time where both have one, else by its date. */
function spanAt({ spans }: Prescription, date: string, wall: string | null): Span | null {
  const within = ({ from, to }: Span) => {
    const begins = from.length === 10 || wall === null ? from.slice(0, 10) <= date : from <= wall
    const ends = to.length === 10 || wall === null ? date <= to.slice(0, 10) : wall <= to
    return begins && ends
  }
  return spans.find(within) ?? null
}

/** The spans as instants, in order; overlapping ones stay apart. */
export function excludedTimes(prescription: Prescription): ExcludedTime[] {
  const instant = (text: string, end: boolean): number => {
    const date = text.slice(0, 10)
    if (text.length === 10) return startOfDay(prescription, end ? addDays(date, 1) : date)
    const minute = Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16))
    return instantOf(date, minute, zoneOn(prescription, date))
  }
  return prescription.spans
    .map((span) => ({ from: instant(span.from, false), to: instant(span.to, true), span }))
    .sort((a, b) => a.from - b.from)
}

/** Units of one dose as prescribed on a day, holds or not; null on a day before or after every level. */
export function amountOn({ regimens }: Prescription, day: string, at: string | null): number | null {
  const wall = at ?? `${day}T23:59`
  return regimens.find((regimen) => inForce(regimen, wall))?.amount ?? null
}

/** The level in force on a day, at its end. */
export function regimenOn({ regimens }: Prescription, day: string): Regimen | null {
  return regimens.find((regimen) => inForce(regimen, `${day}T23:59`)) ?? null
}

const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
