// The phone's clocks. The wall clock is written down with its offset and zone and never corrected (P9, U17); what
// passes is measured by the monotonic clock, which no patient and no network can set. No Temporal: Safari lacks it.

/** IANA zone of the phone now; it may change on a journey. */
export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'Etc/UTC'

const two = (n: number): string => String(n).padStart(2, '0')

/** The phone's time as RFC 9557 text with milliseconds, offset and zone: `2026-11-22T08:12:32.120+08:00[Asia/Shanghai]`. */
export function deviceNow(now: Date = new Date(), zone: string = deviceZone()): string {
  const minutes = -now.getTimezoneOffset()
  const local = new Date(now.getTime() + minutes * 60_000)
  const size = Math.abs(minutes)
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
  return `${local.toISOString().slice(0, -1)}${offset}[${zone}]`
}

/** Milliseconds of the monotonic clock since the app was opened, whole. */
export const uptimeMs = (): number => Math.round(performance.now())

/** A stopwatch that runs from now on: each call tells the whole milliseconds passed. It never goes back. */
export function stopwatch(): () => number {
  const from = performance.now()
  return () => Math.max(0, Math.round(performance.now() - from))
}
