// Dates and times as people enter them by parts, and as they are kept: `2026-11-22`, `07:45`, or an RFC 9557 text with
// the phone's zone. Only Date and Intl: Safari has no Temporal.
import { deviceNow } from '../store/clock.ts'
import { asciiDigits } from './read-number.ts'

/** Typed parts; empty where nothing is typed. `half` is for a clock of twelve hours. */
export type DateParts = { readonly year: string; readonly month: string; readonly day: string }
export type TimeParts = { readonly hour: string; readonly minute: string; readonly half: '' | 'am' | 'pm' }

export type MomentFault = 'date' | 'time' | 'half' | 'no-such-time'
/** The kept text, a fault, or null where nothing was entered. */
export type MomentRead = { readonly text: string } | { readonly fault: MomentFault } | null

const two = (value: number): string => String(value).padStart(2, '0')
const whole = (typed: string): number => {
  const text = asciiDigits(typed).trim()
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
}

/** A real calendar date with a year of four digits. */
export function readDate({ year, month, day }: DateParts): MomentRead {
  if (`${year}${month}${day}`.trim() === '') return null
  const [y, m, d] = [whole(year), whole(month), whole(day)]
  const date = new Date(Date.UTC(y, m - 1, d))
  const real = y >= 1000 && date.getUTCMonth() === m - 1 && date.getUTCDate() === d
  return real ? { text: `${y}-${two(m)}-${two(d)}` } : { fault: 'date' }
}

/** A wall-clock time. With `twelve`, hours 1 to 12 need their half of the day; 0 and 13 to 23 say it themselves. */
export function readTime({ hour, minute, half }: TimeParts, twelve: boolean): MomentRead {
  if (`${hour}${minute}`.trim() === '') return null
  const [h, m] = [whole(hour), whole(minute)]
  if (!(h <= 23 && m <= 59)) return { fault: 'time' }
  if (!twelve || h === 0 || h > 12) return { text: `${two(h)}:${two(m)}` }
  if (half === '') return { fault: 'half' }
  return { text: `${two((h % 12) + (half === 'pm' ? 12 : 0))}:${two(m)}` }
}

/** A date and a time in the phone's zone as RFC 9557; of a time that comes twice in a night the first. */
export function readDateTime(date: MomentRead, time: MomentRead): MomentRead {
  if (date === null && time === null) return null
  if (date === null || 'fault' in date) return { fault: 'date' }
  if (time === null) return { fault: 'time' }
  if ('fault' in time) return time
  const wall = `${date.text}T${time.text}`
  const text = zonedText(new Date(`${wall}:00`))
  return text.startsWith(wall) ? { text } : { fault: 'no-such-time' }
}

/** A moment as RFC 9557 in the phone's zone, to the second: `2026-11-22T08:12:31+08:00[Asia/Shanghai]`. */
export const zonedText = (moment: Date): string => deviceNow(moment).replace(/\.\d+/, '')

/** Parts of a kept text; empty ones where there is none. */
export function dateParts(kept: string | undefined): DateParts {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)/.exec(kept ?? '') ?? []
  return { year, month: bare(month), day: bare(day) }
}

/** Parts of a kept time or of the time in a kept moment. */
export function timeParts(kept: string | undefined, twelve: boolean): TimeParts {
  const [, hour = '', minute = ''] = /^(?:.*T)?(\d\d):(\d\d)/.exec(kept ?? '') ?? []
  if (hour === '' || !twelve) return { hour, minute, half: '' }
  const h = Number(hour)
  return { hour: String(h % 12 === 0 ? 12 : h % 12), minute, half: h < 12 ? 'am' : 'pm' }
}

const bare = (part: string): string => part.replace(/^0/, '')

/** Whether people of this language read a clock of twelve hours. */
export function isTwelveHour(language: string): boolean {
  return new Intl.DateTimeFormat(language, { hour: 'numeric' }).resolvedOptions().hour12 === true
}

/** Order of the parts of a date in this language. */
export function dateOrder(language: string): readonly (keyof DateParts)[] {
  const parts = new Intl.DateTimeFormat(language, { dateStyle: 'short', calendar: 'gregory' }).formatToParts(
    0,
  )
  return parts.map(({ type }) => type).filter((type) => type === 'year' || type === 'month' || type === 'day')
}

/** A kept date, time or moment in words. Dates in the Gregorian calendar, digits as ASCII, as they are entered. */
export function momentInWords(kept: string, language: string): string {
  const plain = { calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC' } as const
  const date = /^\d{4}-\d\d-\d\d/.exec(kept)?.[0]
  const time = /(?:^|T)(\d\d):(\d\d)/.exec(kept)
  const words: string[] = []
  if (date !== undefined)
    words.push(new Intl.DateTimeFormat(language, { ...plain, dateStyle: 'medium' }).format(new Date(date)))
  if (time !== null) {
    const moment = new Date(Date.UTC(2000, 0, 1, Number(time[1]), Number(time[2])))
    words.push(new Intl.DateTimeFormat(language, { ...plain, timeStyle: 'short' }).format(moment))
  }
  return words.length === 0 ? kept : words.join(' ')
}
