// Quiet hours: wall-clock times between which no reminder is sent, wherever the patient is (U20).

/** From `from` on and before `to`, `HH:MM`; over midnight where `from` is the later one. Equal: no hour is quiet. */
export type QuietHours = { readonly from: string; readonly to: string }

/** `HH:MM`, from 00:00 to 23:59. */
export const wallTimePattern = '^([01][0-9]|2[0-3]):[0-5][0-9]$'

/** Turns of {@link afterQuiet}: after two, nearly the whole day is quiet. */
const mostTurns = 2

/** Whether an instant (ms since the epoch) lies in the quiet hours of a zone (IANA). */
export function isQuiet(atMs: number, zone: string, quiet: QuietHours): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone)
  return isQuietMinute(local.hour * 60 + local.minute, quiet)
}

/**
 * The instant itself if it is not quiet, else the end of the quiet hours and `spreadMs` more, as long as that is not
 * quiet again. Null where hours of a changing clock leave no moment.
 */
export function afterQuiet(
  atMs: number,
  zone: string,
  quiet: QuietHours | null,
  spreadMs: number,
): number | null {
  if (quiet === null) return atMs
  let endMs = atMs
  for (let turn = 0; turn <= mostTurns; turn++) {
    const local = Temporal.Instant.fromEpochMilliseconds(endMs).toZonedDateTimeISO(zone)
    const minute = local.hour * 60 + local.minute
    if (!isQuietMinute(minute, quiet)) {
      if (endMs === atMs) return atMs
      return isQuiet(endMs + spreadMs, zone, quiet) ? endMs : endMs + spreadMs
    }
    const to = minuteOf(quiet.to)
    const day = to > minute ? local.toPlainDate() : local.toPlainDate().add({ days: 1 })
    // Where the clock shows the time twice, the second one: after it the quiet hours do not come back.
    const wall = day.toPlainDateTime({ hour: Math.floor(to / 60), minute: to % 60 })
    endMs = wall.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds
  }
  return null
}

function isQuietMinute(minute: number, quiet: QuietHours): boolean {
  const [from, to] = [minuteOf(quiet.from), minuteOf(quiet.to)]
  if (from === to) return false
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

/** Minute of the day; 24:00 is 00:00. */
const minuteOf = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) % 1440
