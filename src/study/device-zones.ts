// Facts about time zones that reading a device's time needs, taken from Temporal and memoised for one plan.
import { byZoneAndDate } from './zone-date-cache.ts'

/** All ids and offsets are those of the runtime's own time-zone data. */
export type DeviceZones = {
  /** The id as IANA writes it (`asia/shanghai` becomes `Asia/Shanghai`), or null where there is no such zone. */
  canonical(zone: string): string | null
  /** The zone's UTC offset in ms on that local date where it is one offset all day long, else null (a DST change). */
  steadyOffsetMs(zone: string, date: string): number | null
  /** The zone's UTC offset in ms at an instant. */
  offsetMsAt(zone: string, epochMs: number): number
}

/** More spellings of zones than this are not remembered at once; there are about 600 zones. */
const mostZones = 2_000

/** Fresh, empty memory; one for each plan. */
export function createDeviceZones(): DeviceZones {
  const ids = new Map<string, string | null>()
  const steady = byZoneAndDate(steadyOffset)
  return {
    canonical(zone) {
      const known = ids.get(zone)
      if (known !== undefined) return known
      if (ids.size >= mostZones) ids.clear()
      const id = canonicalZone(zone)
      ids.set(zone, id)
      return id
    },
    steadyOffsetMs: (zone, date) => steady(zone, date).offsetMs,
    offsetMsAt,
  }
}

function canonicalZone(zone: string): string | null {
  // The constructor also takes whole date-times; a zone is a name or an offset.
  if (zone.length > 64 || /^\d/.test(zone)) return null
  try {
    return new Temporal.ZonedDateTime(0n, zone).timeZoneId
  } catch {
    return null
  }
}

function steadyOffset(zone: string, date: string): { offsetMs: number | null } {
  const day = Temporal.PlainDate.from(date)
  const start = day.toZonedDateTime({ timeZone: zone })
  const end = day.add({ days: 1 }).toZonedDateTime({ timeZone: zone })
  // Midnight skipped by a spring gap, or a whole date skipped (Samoa 2011): some wall-clock times never were.
  if (start.hour !== 0 || start.minute !== 0 || start.day !== day.day) return { offsetMs: null }
  const change = start.getTimeZoneTransition('next')
  const steady = change === null || Temporal.ZonedDateTime.compare(change, end) > 0
  return { offsetMs: steady ? start.offsetNanoseconds / 1e6 : null }
}

function offsetMsAt(zone: string, epochMs: number): number {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6
}
