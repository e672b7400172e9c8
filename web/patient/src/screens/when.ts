// Times as patients read them, in the phone's own zone (where the patient is) and language: "22:00", "tomorrow 11:00",
// "Friday 18:00", "3 Dec 18:00". Only Date and Intl; days are the zone's calendar days, never 24 hours.

/** How to say times: language, zone (the phone's where absent), the word for midnight, present instant in milliseconds. */
export type Saying = {
  readonly language: string
  /** The phone's own languages with their regions, which decide between 22:00 and 10 pm, 6 Dec and Dec 6. */
  readonly own?: readonly string[]
  readonly zone?: string
  readonly nowMs: number
  readonly midnight: string
}

/** ISO date of an instant in a zone. */
export function dayOf(ms: number, zone?: string): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms)
}

/** Whole calendar days from one ISO date to another. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)

/** An instant in words, with its day unless that is today. */
export function whenIs(ms: number, saying: Saying): string {
  const time = timeOf(ms, saying)
  const apart = daysBetween(dayOf(saying.nowMs, saying.zone), dayOf(ms, saying.zone))
  return apart === 0 ? time : `${dayName(ms, apart, saying)} ${time}`
}

/** The start of a window in words: one that opens as a day begins opens on that day. */
export function startIs(ms: number, saying: Saying): string {
  const apart = daysBetween(dayOf(saying.nowMs, saying.zone), dayOf(ms, saying.zone))
  return isMidnight(ms, saying.zone) && apart !== 0 ? dayName(ms, apart, saying) : whenIs(ms, saying)
}

/**
 * The end of a window in words. A window that ends as a day ends is said by the day it belongs to: "midnight" for today's,
 * "Friday midnight" for one that ends as Friday ends; patients do not think of that as Saturday 00:00.
 */
export function endIs(ms: number, saying: Saying): string {
  if (!isMidnight(ms, saying.zone)) return whenIs(ms, saying)
  const apart = daysBetween(dayOf(saying.nowMs, saying.zone), dayOf(ms - 1, saying.zone))
  return apart === 0 ? saying.midnight : `${dayName(ms - 1, apart, saying)} ${saying.midnight}`
}

/** The time of day alone. */
export function timeOf(ms: number, { language, own, zone }: Saying): string {
  const look = { ...latin, timeZone: zone, hour: 'numeric', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(localeFor(language, own), look).format(ms)
}

/** A day with its weekday, as a heading. */
export function longDay(ms: number, { language, own, zone }: Saying): string {
  const look = { ...latin, timeZone: zone, weekday: 'long', day: 'numeric', month: 'long' } as const
  return new Intl.DateTimeFormat(localeFor(language, own), look).format(ms)
}

// One kind of digits everywhere: those of the keypad, the codes and the phone's own clock.
const latin = { numberingSystem: 'latn', calendar: 'gregory' } as const

function dayName(ms: number, apart: number, { language, own, zone }: Saying): string {
  if (Math.abs(apart) === 1) {
    return new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
      .format(apart, 'day')
      .toLocaleLowerCase(language)
  }
  const near = Math.abs(apart) < 7
  const look = near ? ({ weekday: 'long' } as const) : ({ day: 'numeric', month: 'short' } as const)
  return new Intl.DateTimeFormat(localeFor(language, own), { ...latin, timeZone: zone, ...look }).format(ms)
}

function isMidnight(ms: number, zone?: string): boolean {
  const look = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat('en', look).format(ms) === '00:00'
}

/** The locale for an app language: the phone's own, with its region, where it speaks that language; else 24 hours. */
export function localeFor(language: string, own: readonly string[] = []): string {
  const primary = language.split('-')[0]
  return own.find((tag) => tag.split('-')[0] === primary) ?? `${language}-u-hc-h23`
}
