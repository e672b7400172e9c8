// The mornings of the past in each device's zone, as the pieces of RFC 9557 strings.
// Promises: 08:00 to 08:59 of the newest day lies in the past in that zone; Temporal is asked once for each zone
// and day, so a diary's times cost a string concatenation. Zones with DST are right on each day.

/** A local day: its ISO date, the start of its times up to the hour, and the end with offset and IANA zone. */
export type DiaryDay = { date: string; hour: string; zone: string }

/** Days back from the newest finished morning; older occasions are not made. */
export const daysBack = 80

/** Days by zone name and by how many days back (0 = the newest), made when first asked for. */
export class DiaryDays {
  private readonly nowMs: number
  private readonly zones = new Map<string, { newest: Temporal.PlainDate; days: (DiaryDay | undefined)[] }>()
  private readonly sent = new Map<string, { second: number; text: string }>()

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  day(zone: string, back: number): DiaryDay {
    let known = this.zones.get(zone)
    if (known === undefined) {
      known = { newest: this.newestMorning(zone), days: [] }
      this.zones.set(zone, known)
    }
    let day = known.days[back]
    if (day === undefined) {
      const date = known.newest.subtract({ days: back })
      const { offset } = date.toZonedDateTime({ timeZone: zone, plainTime: '08:30' })
      day = { date: date.toString(), hour: `${date}T08:`, zone: `${offset}[${zone}]` }
      known.days[back] = day
    }
    return day
  }

  /** The moment `nowMs` in the zone, to the second: when the device sends. */
  sentAt(zone: string, nowMs: number): string {
    const second = Math.floor(nowMs / 1000)
    let known = this.sent.get(zone)
    if (known === undefined || known.second !== second) {
      const now = Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(zone)
      known = { second, text: now.toString() }
      this.sent.set(zone, known)
    }
    return known.text
  }

  private newestMorning(zone: string): Temporal.PlainDate {
    const now = Temporal.Instant.fromEpochMilliseconds(this.nowMs).toZonedDateTimeISO(zone)
    return now.hour >= 9 ? now.toPlainDate() : now.toPlainDate().subtract({ days: 1 })
  }
}
