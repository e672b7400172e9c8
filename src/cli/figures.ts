// Figures as people read them: thousands apart, units with the number, times in UTC.

/** `1,234,567`. */
export const countText = (n: number): string => n.toLocaleString('en-US')

/** Milliseconds with as many digits as matter: `0.8 ms`, `12 ms`, `1.6 s`. `–` where there is none. */
export function msText(ms: number | undefined): string {
  if (ms === undefined) return '–'
  if (ms === Number.POSITIVE_INFINITY) return '> 1 h'
  if (ms < 10) return `${Number(ms.toFixed(ms < 1 ? 2 : 1))} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  return durationText(ms)
}

/** A duration in its largest units: `1.6 s`, `3 min 12 s`, `2 h 5 min`, `4 d 3 h`. */
export function durationText(ms: number): string {
  const s = ms / 1000
  if (s < 60) return `${Number(s.toFixed(1))} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`
}

/** Bytes in MB or GB (powers of ten). */
export const bytesText = (bytes: number): string =>
  bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`

/** An instant in UTC without fractions: `2026-11-22 08:12:31Z`. */
export const timeText = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')}Z`
