// From the answers of a study's forms to the events that adherence is computed from: doses taken and not taken, each
// with the response it is from, on the dosing day and at the instant the patient reported.
import type { EventKind } from './adherence/event-words.ts'
import { addDays, dayOfWallClock, instantOf } from './adherence/local-time.ts'
import type { Prescription } from './adherence/prescription.ts'
import { type AdherenceEvent, inOrder } from './adherence/read-events.ts'
import { clockOf, reportedTaken } from './adherence.ts'
import type { StoredResponse } from './derivation/derivation.ts'
import type { DosePlan, DoseReport } from './dose-plan.ts'
import type { Answers } from './plan.ts'

/** The events that responses of the dose's form tell of, in their one order; `line` is the journal position. */
export function doseEvents(
  dose: DosePlan,
  responses: readonly StoredResponse[],
  prescription: Prescription,
): readonly AdherenceEvent[] {
  return inOrder(
    responses.flatMap((response) =>
      dose.reports.flatMap((report) => eventsOf(dose, report, response, prescription)),
    ),
  )
}

function eventsOf(
  dose: DosePlan,
  report: DoseReport,
  { position, record }: StoredResponse,
  prescription: Prescription,
): AdherenceEvent[] {
  const { answers } = record
  const taken = reportedTaken(report, answers)
  if (taken === null) return []
  const event = (kind: EventKind, when: When): AdherenceEvent => ({
    ...when,
    zone: record.zone,
    line: position,
    patient: null,
    kind,
    quantity: kind === 'taken' ? numberOf(report.amount, answers) : null,
    pack: null,
    daysSupply: null,
  })
  const when = momentOf(dose, report, record, prescription)
  if (!taken) return [event('missed', { day: when.day, at: null })]
  const count = numberOf(report.count, answers) ?? 1
  // Of several doses reported as a number the times are not known.
  return count === 1
    ? [event('taken', when)]
    : Array.from({ length: Math.floor(count) }, () => event('taken', { day: when.day, at: null }))
}

type When = { readonly day: string; readonly at: number | null }

/**
 * A time is of the diary's own day, but past midnight where the window or the dosing day reaches beyond it. A report
 * of an event without a time is of the moment it was completed.
 */
function momentOf(
  dose: DosePlan,
  { time }: DoseReport,
  { occasion, device, answers, zone }: StoredResponse['record'],
  prescription: Prescription,
): When {
  const answer = time === null ? undefined : answers[time]
  const clock = clockOf(answer)
  const isDiary = occasion.length === 10
  const completed = localOf(device.completedAt)
  if (clock === null) {
    if (isDiary) return { day: occasion, at: null }
    const day = dayOfWallClock(prescription, completed)
    return time === null ? { day, at: exact(device.completedAt) } : { day, at: null }
  }
  const minute = Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))
  if (typeof answer === 'string' && answer.length > clock.length) {
    const date = answer.slice(0, 10)
    const wall = Temporal.PlainDate.from(date).toPlainDateTime().add({ minutes: minute })
    return { day: dayOfWallClock(prescription, wall), at: instantOf(date, minute, zone) }
  }
  const day = isDiary ? occasion : dayOfWallClock(prescription, completed)
  return { day, at: instantOf(isPastMidnight(dose, minute) ? addDays(day, 1) : day, minute, zone) }
}

function isPastMidnight({ window, dayStarts }: DosePlan, minute: number): boolean {
  if (minute < dayStarts) return true
  return window?.kind === 'clock' && window.opens > window.closes && minute <= window.closes
}

const numberOf = (item: string | null, answers: Answers): number | null => {
  const answer = item === null ? null : answers[item]
  return typeof answer === 'number' ? answer : null
}

/** The wall-clock reading of an RFC 9557 or RFC 3339 time, as the device showed it. */
const localOf = (text: string): Temporal.PlainDateTime =>
  Temporal.PlainDateTime.from(text.replace(/(Z|[+-]\d\d:?\d\d)?(\[.*)?$/, ''))

const exact = (text: string): number => Temporal.Instant.from(text).epochMilliseconds
