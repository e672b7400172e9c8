// Which days a schedule makes due, found the slow way: each calendar day is asked whether it is one. Written from the
// rules of the study file and not from the engine, so that a day the engine loses or adds is noticed.
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { StudyPlan } from '../plan.ts'
import { type DatedSchedule, isDated } from '../schedule/schedule-plan.ts'
import type { Span, VirtualPatient } from './virtual-patient.ts'

/** An occasion that must be due, and by which schedule. */
export type ExpectedDay = { readonly day: number; readonly schedule: DatedSchedule }

/** Expected occasions of one form by their id. */
export type ExpectedOfForm = ReadonlyMap<string, ExpectedDay>

/** What must be due for the patient under one version, by form id and occasion; withdrawal is not looked at. */
export function expectedDays(
  plan: StudyPlan,
  patient: Pick<VirtualPatient, 'enrolledOn' | 'anchors'>,
  span: Span,
): ReadonlyMap<string, ExpectedOfForm> {
  const from = dayNumber(span.from)
  const to = dayNumber(span.to)
  const byForm = new Map<string, Map<string, ExpectedDay>>()
  for (const form of plan.forms.values()) {
    // Of a form in several versions the last one counts.
    const expected = new Map<string, ExpectedDay>()
    byForm.set(form.id, expected)
    for (const schedule of form.schedules) {
      if (!isDated(schedule)) continue
      const dates = datesOf(schedule, patient)
      const end = Math.min(...schedule.until.map((id) => firstDay(patient.anchors[id])))
      for (const [index, anchor] of dates.entries()) {
        const next = schedule.visit === null ? (dates[index + 1] ?? Infinity) : Infinity
        const ahead = Math.min(0, firstOffset(schedule))
        const last = Math.min(to, end - 1, next + ahead - 1)
        for (let day = Math.max(from, anchor + firstOffset(schedule)); day <= last; day++) {
          if (!isDue(schedule, anchor, day)) continue
          const cycle = schedule.anchor.repeats ? `.${index + 1}` : ''
          const id = schedule.visit === null ? dateOfDay(day) : `${schedule.visit.id}${cycle}`
          expected.set(id, { day, schedule })
        }
      }
    }
  }
  return byForm
}

function datesOf(schedule: DatedSchedule, patient: Pick<VirtualPatient, 'enrolledOn' | 'anchors'>): number[] {
  if (schedule.anchor.id === 'enrolled') return [dayNumber(patient.enrolledOn)]
  const days = (patient.anchors[schedule.anchor.id] ?? []).map(dayNumber)
  return schedule.anchor.repeats ? days : days.slice(0, 1)
}

const firstDay = (dates: readonly string[] | undefined): number =>
  dates?.[0] === undefined ? Infinity : dayNumber(dates[0])

const firstOffset = ({ recurrence, fromDay }: DatedSchedule): number =>
  recurrence.unit === 'listed' ? Math.min(...recurrence.days) : fromDay

/** Whether that day is due, counted from that date of the anchor. */
function isDue({ recurrence, fromDay, toDay }: DatedSchedule, anchor: number, day: number): boolean {
  const after = day - anchor
  if (recurrence.unit === 'listed') return recurrence.days.includes(after)
  if (after < fromDay || (toDay !== null && after > toDay)) return false
  if (recurrence.unit === 'days') return (after - fromDay) % recurrence.step === 0
  const start = new Date(dateOfDay(anchor + fromDay))
  const date = new Date(dateOfDay(day))
  const months =
    (date.getUTCFullYear() - start.getUTCFullYear()) * 12 + date.getUTCMonth() - start.getUTCMonth()
  if (months % recurrence.step !== 0) return false
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  return date.getUTCDate() === Math.min(start.getUTCDate(), lastOfMonth)
}
