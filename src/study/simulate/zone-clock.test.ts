// The zone clock against Temporal, which the study engine reckons with: two ways to the same instants.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deviceTime, instantOfWall, localDate, zoneClocks } from './zone-clock.ts'

const zones = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Pacific/Apia',
]
const from = Date.parse('2011-01-01T00:00Z')
const to = Date.parse('2027-12-31T00:00Z')
const clocks = zoneClocks(from - 90 * 86_400_000, to + 90 * 86_400_000)
const minute = 60_000
const anyZone = fc.constantFrom(...zones)
const anyMinute = fc.integer({ min: from / minute, max: to / minute }).map((n) => n * minute)
/** Wall-clock times close to a change of clocks, where it matters. */
const nearChange = anyZone.chain((zone) => {
  const changes = clocks(zone).changes
  if (changes.length === 0) return anyMinute.map((wallMs) => ({ zone, wallMs }))
  return fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -1600, max: 1600 }))
    .map(([{ atMs, beforeMs }, minutes]) => ({ zone, wallMs: atMs + beforeMs + minutes * minute }))
})

test('an offset is that of Temporal at any minute', () => {
  fc.assert(
    fc.property(anyZone, anyMinute, (zone, at) => {
      const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
      assert.equal(clocks(zone).offsetMs(at), zoned.offsetNanoseconds / 1e6)
      assert.equal(localDate(clocks(zone), at), zoned.toPlainDate().toString())
    }),
    { numRuns: 300 },
  )
})

test('a wall-clock time that comes twice, once or never is the instant that Temporal says', () => {
  const both = fc.oneof(nearChange, fc.record({ zone: anyZone, wallMs: anyMinute }))
  fc.assert(
    fc.property(both, fc.constantFrom('earlier' as const, 'later' as const), ({ zone, wallMs }, which) => {
      const wall = Temporal.PlainDateTime.from(new Date(wallMs).toISOString().slice(0, -1))
      const instant = wall.toZonedDateTime(zone, { disambiguation: which }).epochMilliseconds
      assert.equal(instantOfWall(clocks(zone), wallMs, which), instant, `${wall} ${zone} ${which}`)
    }),
    { numRuns: 600 },
  )
})

test('a device writes its time as RFC 9557, readable without loss', () => {
  fc.assert(
    fc.property(anyZone, anyMinute, (zone, at) => {
      const text = deviceTime(clocks(zone), at)
      const read = Temporal.ZonedDateTime.from(text, { offset: 'reject' })
      assert.equal(read.epochMilliseconds, at)
      assert.equal(read.timeZoneId, zone)
    }),
    { numRuns: 100 },
  )
})
