// Reads the events of patients' medication from CSV: doses taken and missed, supplies, returns and counts.
// Every row that cannot be understood is told with its line; none is passed over.
import { readCsv } from './csv.ts'
import { type EventKind, kindOf, type Member, memberOf } from './event-words.ts'
import { dayOfInstant, dayOfWallClock, type Moment, zoneOn } from './local-time.ts'
import { type Prescription, zoneExists } from './prescription.ts'

/** One row. `quantity` is in units, null where the row does not say. */
export type AdherenceEvent = Moment & {
  readonly line: number
  readonly patient: string | null
  readonly kind: EventKind
  readonly quantity: number | null
  readonly pack: string | null
  readonly daysSupply: number | null
}

export type EventFault = { readonly line: number; readonly message: string }
export type ReadEvents = {
  readonly events: readonly AdherenceEvent[]
  readonly faults: readonly EventFault[]
}

/** The rows as written, before times are resolved in a patient's zone. */
export type EventRow = { readonly line: number; readonly values: Readonly<Partial<Record<Member, string>>> }

/** Rows by column, or what is wrong with the file or its header. */
export function readEventRows(
  text: string,
): { readonly rows: readonly EventRow[] } | { readonly fault: EventFault } {
  const csv = readCsv(text)
  if ('openQuoteAt' in csv)
    return { fault: { line: csv.openQuoteAt, message: 'a quote is opened and never closed' } }
  const [header, ...rows] = csv.rows
  if (header === undefined)
    return { fault: { line: 1, message: 'the file is empty; it needs a header and rows' } }
  const members = header.fields.map(memberOf)
  const known = members.filter((member) => member !== null)
  if (!known.includes('at') && !known.includes('date') && !known.includes('time'))
    return {
      fault: {
        line: header.line,
        message: `no column says when; name one at, date or datetime (found: ${header.fields.join(', ')})`,
      },
    }
  const twice = known.find((member, i) => known.indexOf(member) !== i)
  if (twice !== undefined)
    return { fault: { line: header.line, message: `two columns mean ${twice}; keep one of them` } }
  return {
    rows: rows.map(({ line, fields }) => ({
      line,
      values: Object.fromEntries(
        members.flatMap((member, i) => (member === null || !fields[i] ? [] : [[member, fields[i]]])),
      ),
    })),
  }
}

/** The events of rows that belong to one prescription's zone and days. */
export function readEvents(rows: readonly EventRow[], prescription: Prescription): ReadEvents {
  const faults: EventFault[] = []
  const events = rows.flatMap(({ line, values }) => {
    const say = (message: string): undefined => {
      faults.push({ line, message })
    }
    const kind = kindOf(values)
    if (kind === null)
      return (
        say(
          `event ${values.kind}: use taken, missed, dispensed, returned, counted, lost, thrown-away, given-away, broken or taken-outside`,
        ) ?? []
      )
    const quantity = numberOf(values.quantity, 'quantity', say)
    const daysSupply = numberOf(values.days, 'days-supply', say)
    const when = momentOf(values, prescription, say)
    if (quantity === undefined || daysSupply === undefined || when === undefined) return []
    if (quantity === null && daysSupply === null && needsQuantity.has(kind))
      return say(`${kind} needs a quantity (0 is one)`) ?? []
    return [
      {
        ...when,
        line,
        patient: values.patient ?? null,
        kind,
        quantity,
        pack: values.pack ?? null,
        daysSupply,
      },
    ]
  })
  return { events: inOrder(events), faults }
}

const needsQuantity: ReadonlySet<EventKind> = new Set([
  'dispensed',
  'returned',
  'counted',
  'lost',
  'thrown-away',
  'given-away',
  'broken',
  'taken-outside',
])

const supplyRank: Readonly<Partial<Record<EventKind, number>>> = { counted: 0, returned: 2, dispensed: 3 }

/**
 * The one order of events, whatever the order of the rows: by day, doses before supplies, by time, those of unknown
 * time first. At a visit with a supply of unknown time the count stands first, what is handed out last.
 */
export function inOrder(events: readonly AdherenceEvent[]): AdherenceEvent[] {
  const isDose = ({ kind }: AdherenceEvent) => kind === 'taken' || kind === 'missed'
  const untimed = new Set(events.filter((one) => !isDose(one) && one.at === null).map((one) => one.day))
  const key = (one: AdherenceEvent): readonly (number | string)[] => [
    one.day,
    isDose(one) ? 0 : 1,
    !isDose(one) && untimed.has(one.day) ? 0 : (one.at ?? -Infinity),
    supplyRank[one.kind] ?? 1,
    one.at ?? -Infinity,
    one.kind,
    one.quantity ?? -1,
    one.pack ?? '',
    one.line,
  ]
  return events
    .map((event) => ({ event, key: key(event) }))
    .sort((a, b) => {
      const at = a.key.findIndex((part, i) => part !== b.key[i])
      return at < 0 ? 0 : (a.key[at] as number) < (b.key[at] as number) ? -1 : 1
    })
    .map(({ event }) => event)
}

type Say = (message: string) => undefined

/** null where there is none, undefined where it is no number from 0 up. */
function numberOf(text: string | undefined, what: string, say: Say): number | null | undefined {
  if (text === undefined) return null
  const number = Number(text)
  return /^\+?\d+(\.\d+)?$/.test(text)
    ? number
    : say(`${what} must be a number from 0 up, with a point: 2 or 0.5`)
}

const stamp =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(Z|[+-]\d{2}:?\d{2})?(?:\[([^\]]+)\])?)?$/

function momentOf(values: EventRow['values'], prescription: Prescription, say: Say): Moment | undefined {
  const { zone: rowZone } = values
  if (rowZone !== undefined && !zoneExists(rowZone)) return say(`zone ${rowZone}: use an IANA time zone`)
  const text = values.at ?? [values.date, values.time].filter((part) => part !== undefined).join(' ')
  const [, year, month, day, hour, minute, second = '00', , offset, bracket] = stamp.exec(text) ?? []
  if (year === undefined)
    return say('the time cannot be read; write 2026-03-01 08:15, 2026-03-01T08:15+01:00 or 2026-03-01')
  if (bracket !== undefined && !zoneExists(bracket)) return say(`zone ${bracket}: use an IANA time zone`)
  const date = `${year}-${month}-${day}`
  const ownZone = rowZone ?? bracket ?? null
  try {
    if (hour === undefined) {
      const plain = Temporal.PlainDate.from(date, { overflow: 'reject' }).toString()
      return { day: plain, at: null, zone: ownZone ?? zoneOn(prescription, plain) }
    }
    const local = Temporal.PlainDateTime.from(`${date}T${hour}:${minute}:${second}`, { overflow: 'reject' })
    if (offset !== undefined) {
      const exact = Temporal.Instant.from(`${local.toString()}${offset}`).epochMilliseconds
      return dayOfInstant(prescription, exact, ownZone)
    }
    const zone = ownZone ?? zoneOn(prescription, date)
    const at = local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds
    return { day: dayOfWallClock(prescription, local), at, zone }
  } catch {
    return say(`${date}${hour === undefined ? '' : ` ${hour}:${minute}`} does not exist`)
  }
}
