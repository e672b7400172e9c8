// In whose zone the window of an entry lies, by the study's travel policy (domain.md §3.1.4).
import { dateOfDay, dayNumber } from '../calendar-date.ts'
import type { DeviceZones } from '../device-zones.ts'
import type { DeviceTime } from '../read-device-time.ts'
import type { SchedulePatient } from './due-occasions.ts'
import type { DatedSchedule } from './schedule-plan.ts'

/** Where the patient is known to have been. */
export type Whereabouts = {
  readonly patient: SchedulePatient
  readonly completed: DeviceTime
  readonly zones: DeviceZones
}

/** A zone, and why it: the device was in it, the policy names the home zone, or the patient had just left it. */
export type WindowZone = { readonly zone: string; readonly of: 'device' | 'home' | 'previous' }

const msPerDay = 86_400_000

/** The calendar date of the completion (ISO), in the zone whose dates count for this schedule. */
export function localDate({ travel }: DatedSchedule, { patient, completed, zones }: Whereabouts): string {
  if (travel !== 'home-zone' || patient.zone === completed.zone) return completed.localDate
  const localMs = completed.epochMs + zones.offsetMsAt(patient.zone, completed.epochMs)
  return dateOfDay(Math.floor(localMs / msPerDay))
}

/** The same as a day number. */
export const localDay = (schedule: DatedSchedule, where: Whereabouts): number =>
  dayNumber(localDate(schedule, where))

/** The zone in which the window of a due date (ISO) counts for this entry. */
export function windowZone(schedule: DatedSchedule, dueDate: string, where: Whereabouts): WindowZone {
  const { patient, completed } = where
  if (schedule.travel === 'home-zone') return { zone: patient.zone, of: 'home' }
  const here: WindowZone = { zone: completed.zone, of: 'device' }
  if (schedule.travel === 'follow-device') return here
  const { epochMs } = completed
  const now = schedule.windows(here.zone, dueDate)
  if (epochMs >= now.opensMs && epochMs < now.closesMs) return here
  const left = zoneLeft(where)
  if (left === null) return here
  const then = schedule.windows(left.zone, dueDate)
  // A window of the old zone counts while it is the one that was open when the patient was seen to have left.
  const wasOpen = then.opensMs <= left.atMs && epochMs >= then.opensMs && epochMs < then.closesMs
  return wasOpen ? { zone: left.zone, of: 'previous' } : here
}

/** The zone the patient was in before the one the device shows, and when the change was first seen. */
function zoneLeft({ patient, completed }: Whereabouts): { zone: string; atMs: number } | null {
  const { zones } = patient.course
  const { epochMs, zone } = completed
  let last = zones.length - 1
  while (last >= 0 && Date.parse((zones[last] as { from: string }).from) > epochMs) last -= 1
  const zoneOf = (index: number) => zones[index]?.zone ?? patient.zone
  if (zoneOf(last) !== zone) return { zone: zoneOf(last), atMs: epochMs }
  if (last < 0) return null
  return { zone: zoneOf(last - 1), atMs: Date.parse((zones[last] as { from: string }).from) }
}
