// The oracle of schedules: asks of each calendar day whether a schedule as written makes the form due on it, one day
// after the other, with Temporal alone. Slow, and independent of the compiled plan.
import type { ScheduleFile } from '../schedule-file.ts'

/** A patient's dates: those of each anchor as ISO dates in order. `ends`: the anchors that end every schedule. */
export type SlowPatient = {
  readonly enrolledOn: string
  readonly anchors: { readonly [anchor: string]: readonly string[] }
  readonly repeats: readonly string[]
  readonly ends: readonly string[]
}

/** The due dates (ISO) and cycles of a schedule with due dates between two ISO dates, both inclusive. */
export function slowDue(
  file: ScheduleFile,
  patient: SlowPatient,
  from: string,
  to: string,
): { dueDate: string; cycle: number | null }[] {
  const anchor = file.anchor ?? 'enrolled'
  const dates =
    anchor === 'enrolled' ? [patient.enrolledOn] : (patient.anchors[anchor] ?? []).map((date) => date)
  const isRepeating = patient.repeats.includes(anchor)
  const counted = (isRepeating ? dates : dates.slice(0, 1)).map((date) => Temporal.PlainDate.from(date))
  const stops = [
    ...patient.ends.filter((id) => id !== anchor),
    ...(file.until === undefined ? [] : [file.until]),
  ]
  const due: { dueDate: string; cycle: number | null }[] = []
  const last = Temporal.PlainDate.from(to)
  for (
    let day = Temporal.PlainDate.from(from);
    Temporal.PlainDate.compare(day, last) <= 0;
    day = day.add({ days: 1 })
  ) {
    if (stops.some((id) => isNotBefore(day, patient.anchors[id]?.[0]))) continue
    counted.forEach((start, index) => {
      const next = counted[index + 1]
      // What is due ahead of the next date belongs to the next date.
      const lead = Math.min(0, file['from-day'] ?? file['on-days']?.reduce((a, b) => Math.min(a, b)) ?? 0)
      if (next !== undefined && isNotBefore(day, next.add({ days: lead }).toString())) return
      if (isDueOn(file, start, day))
        due.push({ dueDate: day.toString(), cycle: isRepeating ? index + 1 : null })
    })
  }
  return due
}

const isNotBefore = (day: Temporal.PlainDate, date: string | undefined): boolean =>
  date !== undefined && Temporal.PlainDate.compare(day, Temporal.PlainDate.from(date)) >= 0

function isDueOn(file: ScheduleFile, anchor: Temporal.PlainDate, day: Temporal.PlainDate): boolean {
  const after = anchor.until(day, { largestUnit: 'days' }).days
  const from = file['from-day'] ?? 0
  if (file.every === 'listed') return (file['on-days'] ?? []).includes(after)
  if (file.every === 'once') return after === from
  if (after < from || after > (file['to-day'] ?? Number.POSITIVE_INFINITY)) return false
  if (file.every === 'day') return true
  if (file.every === 'week') return (after - from) % 7 === 0
  if (typeof file.every === 'string') return false
  const { days, months: step } = file.every
  if (days !== undefined) return (after - from) % days === 0
  if (step === undefined) return false
  const first = anchor.add({ days: from })
  for (let months = 0; ; months += step) {
    const order = Temporal.PlainDate.compare(first.add({ months }), day)
    if (order >= 0) return order === 0
  }
}

/** Whether the zone's clocks show a time of the window at an instant: from opening, and before closing. */
export function clockIsInside(
  dueDate: string,
  window: NonNullable<ScheduleFile['window']>,
  zone: string,
  epochMs: number,
): boolean {
  const wall = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone).toPlainDateTime()
  const due = Temporal.PlainDate.from(dueDate)
  const opens = due.toPlainDateTime(window.opens)
  const closingDay = due.add({ days: window['closes-days-later'] ?? 0 })
  const closes =
    window.closes === '24:00'
      ? closingDay.add({ days: 1 }).toPlainDateTime()
      : closingDay.toPlainDateTime(window.closes)
  return Temporal.PlainDateTime.compare(wall, opens) >= 0 && Temporal.PlainDateTime.compare(wall, closes) < 0
}
