// From what a row of events says about a time to the instant and the patient's dosing day. Calendar arithmetic is
// Temporal's; a day is a calendar day where the patient is, of 23, 24 or 25 hours.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { Prescription } from './prescription.ts'

/** When something happened. `at` is null where only the day is known. */
export type Moment = { readonly day: string; readonly at: number | null; readonly zone: string }

/** The zone in force on a local date. */
export function zoneOn({ zones }: Pick<Prescription, 'zones'>, date: string): string {
  return zones.findLast((one) => one.from <= date)?.zone ?? (zones[0]?.zone as string)
}

/** The local day of an instant as the prescription counts days. */
export function dayOfInstant(prescription: Prescription, at: number, ownZone: string | null): Moment {
  const instant = Temporal.Instant.fromEpochMilliseconds(at)
  // The zone depends on the local date and the local date on the zone: the latest zone that agrees holds.
  const agreed = prescription.zones.findLast(
    ({ from, zone }) => instant.toZonedDateTimeISO(zone).toPlainDate().toString() >= from,
  )
  const zone = ownZone ?? agreed?.zone ?? (prescription.zones[0]?.zone as string)
  const local = instant.toZonedDateTimeISO(zone).toPlainDateTime()
  return { day: dayOfWallClock(prescription, local), at, zone }
}

/** The dosing day of a wall-clock time: before the hour at which days start it is the day before. */
export function dayOfWallClock(
  { dayStarts }: Pick<Prescription, 'dayStarts'>,
  local: Temporal.PlainDateTime,
): string {
  return local.subtract({ minutes: dayStarts }).toPlainDate().toString()
}

/**
 * The instant of a wall-clock minute on a date. A skipped time moves forward, a repeated one is its first pass;
 * windows open by the earlier and close by the later reading, so that a clock change never shortens them.
 */
export function instantOf(
  date: string,
  minute: number,
  zone: string,
  disambiguation: 'compatible' | 'earlier' | 'later' = 'compatible',
): number {
  return Temporal.PlainDate.from(date)
    .toPlainDateTime()
    .add({ minutes: minute })
    .toZonedDateTime(zone, { disambiguation }).epochMilliseconds
}

/** First instant of a dosing day. */
export function startOfDay(prescription: Prescription, day: string): number {
  return instantOf(day, prescription.dayStarts, zoneOn(prescription, day))
}

/** The ISO date so many days later; years 0100 to 9999. */
export function addDays(date: string, days: number): string {
  return dateOfDay(dayNumber(date) + days)
}

/** Calendar days from `from` to `to`, neither zone nor clock involved. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from)
}

/** Every date from `from` to `to`, both included; nothing where `to` is earlier. */
export function* datesFrom(from: string, to: string): Generator<string> {
  for (let date = from; date <= to; date = addDays(date, 1)) yield date
}
