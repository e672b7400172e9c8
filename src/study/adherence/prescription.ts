// A prescription read and checked, ready for evaluation. Dates and wall-clock times are where the patient is.
import { dayNumber } from '../calendar-date.ts'
import { type LineOf, readYaml } from '../read-yaml.ts'
import type { Faults } from '../study-invalid.ts'
import { addDays } from './local-time.ts'
import {
  type PrescriptionFile,
  prescriptionSchema,
  prescriptionsSchema,
  type RegimenFile,
  type SpanFile,
} from './prescription-file.ts'

/** A dose level in force from `from` (inclusive) until `until` (exclusive, null for ever). Local date-times. */
export type Regimen = {
  readonly from: string
  readonly until: string | null
  /** Minutes of the day in order, or null where only the number of doses a day is prescribed. */
  readonly minutes: readonly number[] | null
  readonly perDay: number
  /** Units of one dose. */
  readonly amount: number
  readonly everyDays: number
  /** ISO weekdays, 1 Monday; null for all. */
  readonly weekdays: ReadonlySet<number> | null
  /** The date from which `everyDays` counts, where it is not `from`. */
  readonly countsFrom?: string
}

/** Days or times left out, both ends inclusive; local date or date-time as written. */
export type Span = {
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly kind: 'held' | 'not-evaluable'
}

export type DoseWindow =
  | { readonly kind: 'around'; readonly before: number; readonly after: number }
  | { readonly kind: 'clock'; readonly opens: number; readonly closes: number }

export type Prescription = {
  readonly id: string
  readonly version: string
  readonly patient: string | null
  readonly unit: string
  /** Zones by the local date from which they hold, the first one for ever before. */
  readonly zones: readonly { readonly from: string; readonly zone: string }[]
  readonly period: { readonly from: string | null; readonly to: string | null }
  readonly regimens: readonly Regimen[]
  readonly spans: readonly Span[]
  readonly window: DoseWindow | null
  readonly tolerance: number
  readonly holidayHours: number
  /** Minute of the day at which a dosing day starts. */
  readonly dayStarts: number
  readonly unrecorded: 'not-taken' | 'unknown'
  readonly band: readonly [number, number]
}

/** The prescriptions of a file (YAML or JSON), or null with faults added. */
export function readPrescriptions(file: string, text: string, faults: Faults): Prescription[] | null {
  if (/(?:^|[{,])\s*["']?prescriptions["']?\s*:/m.test(text)) {
    const read = readYaml(file, text, prescriptionsSchema, faults)
    if (read === null) return null
    const many = read.value.prescriptions.map((one, i) =>
      prescriptionOf(file, one, (path) => read.lineOf(['prescriptions', i, ...path]), faults),
    )
    return many.includes(null) ? null : (many as Prescription[])
  }
  const read = readYaml(file, text, prescriptionSchema, faults)
  const one = read === null ? null : prescriptionOf(file, read.value, read.lineOf, faults)
  return one === null ? null : [one]
}

function prescriptionOf(
  file: string,
  written: PrescriptionFile,
  lineOf: LineOf,
  faults: Faults,
): Prescription | null {
  let sound = true
  const complain = (path: readonly (string | number)[], message: string): void => {
    sound = false
    faults.add(file, lineOf(path), `${path.join('.')}: ${message}`)
  }
  checkDates(written, complain)
  if (!sound) return null
  const zones = [{ from: '0000-01-01', zone: written.zone }, ...(written.zones ?? [])]
  zones.forEach(({ zone }, i) => {
    if (!zoneExists(zone))
      complain(
        i === 0 ? ['zone'] : ['zones', i - 1, 'zone'],
        `${zone}: use an IANA time zone, e.g. Europe/Berlin`,
      )
  })
  const regimens = regimensOf(written.regimens, complain)
  const window = windowOf(written, regimens, complain)
  const [low, high] = (written.band ?? [80, 120]) as [number, number]
  if (low >= high) complain(['band'], 'give the lower bound first')
  if (!sound) return null
  return {
    id: written.id,
    version: written.version,
    patient: written.patient ?? null,
    unit: written.unit ?? 'dose',
    zones: zones.sort((a, b) => (a.from < b.from ? -1 : 1)),
    period: { from: written.period?.from ?? null, to: written.period?.to ?? null },
    regimens,
    spans: [...spansOf(written.holds, 'held'), ...spansOf(written['not-evaluable'], 'not-evaluable')],
    window,
    tolerance: written['timing-tolerance'] ?? 0.25,
    holidayHours: written['holiday-hours'] ?? 72,
    dayStarts: minuteOf(written['day-starts'] ?? '00:00'),
    unrecorded: written.unrecorded ?? 'not-taken',
    band: [low, high],
  }
}

type Complain = (path: readonly (string | number)[], message: string) => void

/** Every date must exist and every span must run forwards. */
function checkDates(written: PrescriptionFile, complain: Complain): void {
  const check = (path: readonly (string | number)[], text: string | undefined) => {
    if (text !== undefined && Number.isNaN(dayNumber(text.slice(0, 10))))
      complain(path, `${text} is not a date that exists`)
  }
  const forwards = (path: readonly (string | number)[], from?: string, to?: string) => {
    check([...path, 'from'], from)
    check([...path, 'to'], to)
    if (from !== undefined && to !== undefined && to < from.slice(0, to.length))
      complain(path, `ends (${to}) before it begins (${from})`)
  }
  forwards(['period'], written.period?.from, written.period?.to)
  for (const member of ['regimens', 'holds', 'not-evaluable'] as const)
    for (const [i, { from, to }] of (written[member] ?? []).entries()) forwards([member, i], from, to)
  for (const [i, { from }] of (written.zones ?? []).entries()) check(['zones', i, 'from'], from)
}

function regimensOf(written: readonly RegimenFile[], complain: Complain): Regimen[] {
  const regimens = written.map((regimen, i): Regimen => {
    if ((regimen.times === undefined) === (regimen['per-day'] === undefined))
      complain(['regimens', i], 'give either times (a list of HH:MM) or per-day (a number)')
    if (regimen['every-days'] !== undefined && regimen.weekdays !== undefined)
      complain(['regimens', i], 'give either every-days or weekdays')
    const minutes = regimen.times?.map(minuteOf).sort((a, b) => a - b) ?? null
    if (minutes !== null && new Set(minutes).size < minutes.length)
      complain(['regimens', i, 'times'], 'a time is given twice; use amount for several units at once')
    const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
    return {
      from: regimen.from.length === 10 ? `${regimen.from}T00:00` : regimen.from,
      until: regimen.to === undefined ? null : `${nextDay(regimen.to)}T00:00`,
      minutes,
      perDay: minutes?.length ?? regimen['per-day'] ?? 1,
      amount: regimen.amount ?? 1,
      everyDays: regimen['every-days'] ?? 1,
      weekdays:
        regimen.weekdays === undefined
          ? null
          : new Set(regimen.weekdays.map((day) => names.indexOf(day) + 1)),
    }
  })
  regimens.sort((a, b) => (a.from < b.from ? -1 : 1))
  return regimens.map((regimen, i) => {
    const next = regimens[i + 1]
    if (next !== undefined && next.from === regimen.from)
      complain(['regimens'], `two dose levels begin at ${regimen.from}`)
    const ends = [regimen.until, next?.from].filter((end) => end !== null && end !== undefined)
    return { ...regimen, until: ends.sort()[0] ?? null }
  })
}

function windowOf(
  { window }: PrescriptionFile,
  regimens: readonly Regimen[],
  complain: Complain,
): DoseWindow | null {
  if (window === undefined) return null
  const around = window['minutes-before'] !== undefined && window['minutes-after'] !== undefined
  const byClock = window.opens !== undefined && window.closes !== undefined
  if (around === byClock) {
    complain(['window'], 'give either minutes-before and minutes-after, or opens and closes')
    return null
  }
  if (around && regimens.some((regimen) => regimen.minutes === null))
    complain(['window'], 'minutes-before and minutes-after need regimens with times')
  if (byClock && regimens.some((regimen) => regimen.perDay > 1))
    complain(['window'], 'opens and closes fit one dose a day; use minutes-before and minutes-after')
  return around
    ? { kind: 'around', before: window['minutes-before'] ?? 0, after: window['minutes-after'] ?? 0 }
    : { kind: 'clock', opens: minuteOf(window.opens ?? '00:00'), closes: minuteOf(window.closes ?? '00:00') }
}

const spansOf = (written: readonly SpanFile[] = [], kind: Span['kind']): Span[] =>
  written.map(({ from, to, reason }) => ({ from, to, reason, kind }))

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))

const nextDay = (date: string): string => addDays(date, 1)

/** Whether the zone is an IANA zone; fixed offsets are not, because they do not know summer time. */
export function zoneExists(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
    return !/^[+-]/.test(zone)
  } catch {
    return false
  }
}
