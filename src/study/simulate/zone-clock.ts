// A zone's UTC offset at an instant, from its list of changes. Reckoned apart from the study engine's own zone facts,
// so that the checks do not repeat the engine's mistakes; only the runtime's time-zone data are the same.

const msPerHour = 3_600_000
/** A wall clock is at most 14 hours from UTC, and no change moved one by more than a day. */
const nearMs = 40 * msPerHour

/** One change of clocks; offsets in ms. */
export type ClockChange = { readonly atMs: number; readonly beforeMs: number; readonly afterMs: number }

/** The clock of one IANA zone, right between the instants it was made for. */
export type ZoneClock = {
  readonly zone: string
  readonly changes: readonly ClockChange[]
  /** UTC offset in ms. */
  offsetMs(epochMs: number): number
}

/** Clocks by zone, each made once, for instants from `fromMs` to `toMs` (ms since 1970, UTC). */
export type ZoneClocks = (zone: string) => ZoneClock

/** @throws RangeError where a zone does not exist. */
export function zoneClocks(fromMs: number, toMs: number): ZoneClocks {
  const known = new Map<string, ZoneClock>()
  return (zone) => {
    let clock = known.get(zone)
    if (clock === undefined) {
      clock = zoneClock(zone, fromMs, toMs)
      known.set(zone, clock)
    }
    return clock
  }
}

function zoneClock(zone: string, fromMs: number, toMs: number): ZoneClock {
  let at = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone)
  const first = at.offsetNanoseconds / 1e6
  const changes: ClockChange[] = []
  for (;;) {
    const next = at.getTimeZoneTransition('next')
    if (next === null || next.epochMilliseconds > toMs) break
    const beforeMs = changes.at(-1)?.afterMs ?? first
    const afterMs = next.offsetNanoseconds / 1e6
    if (afterMs !== beforeMs) changes.push({ atMs: next.epochMilliseconds, beforeMs, afterMs })
    at = next
  }
  return {
    zone,
    changes,
    offsetMs(epochMs) {
      let offset = first
      for (const change of changes) {
        if (epochMs < change.atMs) break
        offset = change.afterMs
      }
      return offset
    },
  }
}

/**
 * The instant at which a wall clock of the zone shows `wallMs` (ms since 1970-01-01T00:00 on that clock): where it does
 * so twice, the earlier or the later; where it never does, the reading moved by the length of the gap, as Temporal does.
 */
export function instantOfWall(clock: ZoneClock, wallMs: number, which: 'earlier' | 'later'): number {
  const offsets: number[] = []
  for (const change of clock.changes)
    if (Math.abs(change.atMs - wallMs) < nearMs) offsets.push(change.beforeMs, change.afterMs)
  if (offsets.length === 0) return wallMs - clock.offsetMs(wallMs)
  const all = offsets.map((offset) => ({ offset, atMs: wallMs - offset }))
  const real = all.filter(({ offset, atMs }) => clock.offsetMs(atMs) === offset)
  const instants = (real.length > 0 ? real : gapSides(clock, wallMs)).map(({ atMs }) => atMs)
  return which === 'earlier' ? Math.min(...instants) : Math.max(...instants)
}

/** Both readings of a skipped time: by the offset before and by the one after the change that skipped it. */
function gapSides(clock: ZoneClock, wallMs: number): { readonly atMs: number }[] {
  const skipping = clock.changes.filter(
    ({ atMs, beforeMs, afterMs }) => wallMs >= atMs + beforeMs && wallMs < atMs + afterMs,
  )
  const { beforeMs, afterMs } = skipping[0] ?? { beforeMs: 0, afterMs: 0 }
  return [{ atMs: wallMs - beforeMs }, { atMs: wallMs - afterMs }]
}

/** An instant as a device in the zone writes it, to the second: RFC 9557. */
export function deviceTime(clock: ZoneClock, epochMs: number): string {
  const offset = clock.offsetMs(epochMs)
  return `${new Date(epochMs + offset).toISOString().slice(0, 19)}${offsetText(offset)}[${clock.zone}]`
}

/** The calendar date that a wall clock of the zone shows. */
export const localDate = (clock: ZoneClock, epochMs: number): string =>
  new Date(epochMs + clock.offsetMs(epochMs)).toISOString().slice(0, 10)

/** `+05:30`. */
export function offsetText(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / 60_000
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value))
