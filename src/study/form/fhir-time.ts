// FHIR's date, dateTime and time: what is a valid one, and how two of possibly different precision compare.
// Grammar: FHIR R4 datatypes, date/dateTime/time. Comparison: FHIRPath 2.0 §6.2 (undecided where precision runs out).

/** Years to fractions of seconds as far as given; `offsetMinutes` where the text states its zone. */
type Moment = { readonly parts: readonly number[]; readonly offsetMinutes?: number }

/** Whether one is before, at or after the other; `unknown` where the precision does not decide. */
export type Order = -1 | 0 | 1 | 'unknown'

const dateText = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/
const dateTimeText =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d(?:\.\d+)?)(?:(Z)|([+-])(\d\d):(\d\d)))?)?)?$/
const timeText = /^([01]\d|2[0-3]):([0-5]\d):((?:[0-5]\d|60)(?:\.\d+)?)$/

/** A FHIR date, possibly only a year or a month, that exists in the calendar. */
export function isFhirDate(text: string): boolean {
  const found = dateText.exec(text)
  return found !== null && dayExists(numbers(found.slice(1, 4)))
}

/** A FHIR dateTime: a date, or a moment with seconds and a zone. */
export function isFhirDateTime(text: string): boolean {
  const found = dateTimeText.exec(text)
  if (found === null) return false
  const [hour, minute, second] = numbers(found.slice(4, 7))
  if (hour !== undefined && (hour > 23 || (minute as number) > 59 || (second as number) >= 61)) return false
  if (found[9] !== undefined && (Number(found[9]) > 14 || Number(found[10]) > 59)) return false
  return dayExists(numbers(found.slice(1, 4)))
}

/** A FHIR time: hh:mm:ss with an optional fraction; no zone. */
export function isFhirTime(text: string): boolean {
  return timeText.test(text)
}

/** Compares two dates or dateTimes. Zones are taken into account where both state one. */
export function compareDates(left: string, right: string): Order {
  const [a, b] = [momentOf(left), momentOf(right)]
  if (a === null || b === null) return 'unknown'
  if (a.offsetMinutes !== undefined && b.offsetMinutes !== undefined) return sign(instant(a) - instant(b))
  return compareParts(a.parts, b.parts)
}

/** Compares two times of day; seconds may be left out. */
export function compareTimes(left: string, right: string): Order {
  return compareParts(numbers(left.split(':')), numbers(right.split(':')))
}

function momentOf(text: string): Moment | null {
  const found = dateTimeText.exec(text)
  if (found === null) return null
  const parts = numbers(found.slice(1, 7))
  if (found[7] === 'Z') return { parts, offsetMinutes: 0 }
  if (found[8] === undefined) return { parts }
  const minutes = Number(found[9]) * 60 + Number(found[10])
  return { parts, offsetMinutes: found[8] === '-' ? -minutes : minutes }
}

/** Seconds since 1970 in UTC. */
function instant({ parts, offsetMinutes = 0 }: Moment): number {
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime() / 1000 + hour * 3600 + (minute - offsetMinutes) * 60 + second
}

function compareParts(a: readonly number[], b: readonly number[]): Order {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const order = sign((a[i] as number) - (b[i] as number))
    if (order !== 0) return order
  }
  return a.length === b.length ? 0 : 'unknown'
}

function sign(difference: number): -1 | 0 | 1 {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0
}

function numbers(texts: readonly (string | undefined)[]): number[] {
  return texts.filter((text) => text !== undefined).map(Number)
}

function dayExists([year, month, day]: readonly number[]): boolean {
  if (year === undefined || year === 0) return false
  if (month === undefined) return true
  if (month < 1 || month > 12) return false
  if (day === undefined) return true
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return day >= 1 && day <= (days[month - 1] as number)
}
