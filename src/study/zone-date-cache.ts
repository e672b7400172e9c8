// A bounded memory of what a time zone does on a date. Devices choose zone and date, so the bound is what keeps a
// hostile or merely strange sender from growing it; a morning's traffic needs a few dozen entries.

const mostEntries = 20_000

/** `compute` memoised by zone and date; everything is forgotten when `mostEntries` are held. */
export function byZoneAndDate<T>(
  compute: (zone: string, date: string) => T,
): (zone: string, date: string) => T {
  const zones = new Map<string, Map<string, T>>()
  let held = 0
  return (zone, date) => {
    let dates = zones.get(zone)
    const known = dates?.get(date)
    if (known !== undefined) return known
    const value = compute(zone, date)
    if (held >= mostEntries) {
      zones.clear()
      dates = undefined
      held = 0
    }
    if (dates === undefined) {
      dates = new Map()
      zones.set(zone, dates)
    }
    dates.set(date, value)
    held += 1
    return value
  }
}
