// Reads a time as a device wrote it (RFC 9557: RFC 3339 with an optional `[zone]`), without ever changing it (P9).
// Usual forms are read by one regular expression and memoised zone facts; anything else is left to Temporal.

import { dayNumber } from './calendar-date.ts'
import type { DeviceZones } from './device-zones.ts'

/** A device's time as read; sub-millisecond digits stay in the source only. */
export type DeviceTime = {
  readonly epochMs: number
  /** IANA zone the device was in, or `±HH:MM` where its offset did not fit the zone it named. */
  readonly zone: string
  /** The calendar date the device showed. */
  readonly localDate: string
  readonly offsetDisagrees: boolean
}

const usual =
  /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:([Zz]|-00:00)|([+-])([01]\d|2[0-3]):([0-5]\d))(?:\[([^\]!=[]+)\])?$/
const longest = 100
const msPerMinute = 60_000
const msPerDay = 86_400_000

/**
 * The instant, zone and local date of `text`, or null where it is no time: unreadable, without UTC offset, a date or
 * zone that does not exist, a wall-clock time the zone skipped (spring gap), or a contradiction marked critical (`!`).
 * Without `[zone]` the zone is `homeZone`. `Z` and `-00:00` state no local offset (RFC 9557 §2.2).
 * Where offset and zone disagree, offset and wall clock are the facts: devices have outdated zone rules.
 */
export function readDeviceTime(text: unknown, homeZone: string, zones: DeviceZones): DeviceTime | null {
  if (typeof text !== 'string' || text.length > longest) return null
  const match = usual.exec(text)
  if (match === null) return readByTemporal(text)
  const date = match[1] as string
  const day = dayNumber(date)
  if (Number.isNaN(day)) return null
  const zone = match[10] === undefined ? homeZone : zones.canonical(match[10])
  if (zone === null) return null
  const wallMs =
    day * msPerDay +
    Number(match[2]) * 3_600_000 +
    Number(match[3]) * msPerMinute +
    Number(match[4]) * 1000 +
    (match[5] === undefined ? 0 : Math.floor(Number(`0.${match[5]}`) * 1000))
  if (match[6] !== undefined) {
    const localMs = wallMs + zones.offsetMsAt(zone, wallMs)
    return {
      epochMs: wallMs,
      zone,
      localDate: new Date(localMs).toISOString().slice(0, 10),
      offsetDisagrees: false,
    }
  }
  const offset = (Number(match[8]) * 60 + Number(match[9])) * msPerMinute
  const offsetMs = match[7] === '-' ? -offset : offset
  const epochMs = wallMs - offsetMs
  const steady = zones.steadyOffsetMs(zone, date)
  if (steady === offsetMs || (steady === null && zones.offsetMsAt(zone, epochMs) === offsetMs))
    return { epochMs, zone, localDate: date, offsetDisagrees: false }
  if (isInGap(wallMs, zone)) return null
  return { epochMs, zone: `${match[7]}${match[8]}:${match[9]}`, localDate: date, offsetDisagrees: true }
}

/** Whether the zone's clocks never showed this wall-clock time. */
function isInGap(wallMs: number, zone: string): boolean {
  const wall = Temporal.PlainDateTime.from(new Date(wallMs).toISOString().slice(0, -1))
  return !wall.toZonedDateTime(zone).toPlainDateTime().equals(wall)
}

/** Critical flags, calendar annotations, leap seconds, expanded years: only what Temporal finds consistent. */
function readByTemporal(text: string): DeviceTime | null {
  try {
    const { epochMilliseconds } = Temporal.Instant.from(text)
    const zoned = Temporal.ZonedDateTime.from(text, { offset: 'reject' })
    const localDate = zoned.toPlainDate().withCalendar('iso8601').toString()
    if (Number.isNaN(dayNumber(localDate))) return null
    return { epochMs: epochMilliseconds, zone: zoned.timeZoneId, localDate, offsetDisagrees: false }
  } catch {
    return null
  }
}
