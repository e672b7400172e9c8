// Reading device times against a table and against Temporal itself, which is the authority.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDeviceZones } from './device-zones.ts'
import { readDeviceTime } from './read-device-time.ts'

const zones = createDeviceZones()
const read = (text: unknown) => readDeviceTime(text, 'Asia/Shanghai', zones)

/** [text, UTC instant, zone, local date, offset disagrees] */
const readable: readonly [string, string, string, string, boolean][] = [
  [
    '2026-11-22T08:12:31+08:00[Asia/Shanghai]',
    '2026-11-22T00:12:31.000Z',
    'Asia/Shanghai',
    '2026-11-22',
    false,
  ],
  [
    '2026-11-22T08:12:31.123456789+08:00[asia/shanghai]',
    '2026-11-22T00:12:31.123Z',
    'Asia/Shanghai',
    '2026-11-22',
    false,
  ],
  ['2026-11-22t08:12:31+08:00', '2026-11-22T00:12:31.000Z', 'Asia/Shanghai', '2026-11-22', false],
  ['2026-11-22T23:30:00Z', '2026-11-22T23:30:00.000Z', 'Asia/Shanghai', '2026-11-23', false],
  [
    '2026-11-22T23:30:00-00:00[Europe/Berlin]',
    '2026-11-22T23:30:00.000Z',
    'Europe/Berlin',
    '2026-11-23',
    false,
  ],
  ['2026-11-22T08:12:31+01:00', '2026-11-22T07:12:31.000Z', '+01:00', '2026-11-22', true],
  ['2026-11-22T08:12:31-05:00[Europe/Berlin]', '2026-11-22T13:12:31.000Z', '-05:00', '2026-11-22', true],
  ['2026-11-22T08:12:31+05:30[+05:30]', '2026-11-22T02:42:31.000Z', '+05:30', '2026-11-22', false],
  [
    '2026-11-22T08:12:31+08:00[!Asia/Shanghai][u-ca=gregory]',
    '2026-11-22T00:12:31.000Z',
    'Asia/Shanghai',
    '2026-11-22',
    false,
  ],
  // Autumn fold: both 02:30 exist. Lord Howe: half an hour, 02:00 back to 01:30.
  [
    '2026-10-25T02:30:00+02:00[Europe/Berlin]',
    '2026-10-25T00:30:00.000Z',
    'Europe/Berlin',
    '2026-10-25',
    false,
  ],
  [
    '2026-10-25T02:30:00+01:00[Europe/Berlin]',
    '2026-10-25T01:30:00.000Z',
    'Europe/Berlin',
    '2026-10-25',
    false,
  ],
  [
    '2026-04-05T01:45:00+11:00[Australia/Lord_Howe]',
    '2026-04-04T14:45:00.000Z',
    'Australia/Lord_Howe',
    '2026-04-05',
    false,
  ],
  [
    '2026-04-05T01:45:00+10:30[Australia/Lord_Howe]',
    '2026-04-04T15:15:00.000Z',
    'Australia/Lord_Howe',
    '2026-04-05',
    false,
  ],
]
for (const [text, instant, zone, localDate, offsetDisagrees] of readable)
  test(`readable: ${text}`, () => {
    const epochMs = Date.parse(instant)
    assert.deepEqual(read(text), { epochMs, zone, localDate, offsetDisagrees })
  })

const impossible: readonly unknown[] = [
  undefined,
  null,
  1_700_000_000_000,
  {},
  '',
  'yesterday',
  '2026-11-22',
  '2026-11-22T08:12:31',
  '2026-11-22T08:12:31[Asia/Shanghai]',
  '2026-02-30T08:00:00+08:00[Asia/Shanghai]',
  '2026-13-01T08:00:00+08:00',
  '2026-11-22T24:10:00+08:00',
  '2026-11-22T08:12:31+08:00[Mars/Olympus]',
  '2026-11-22T08:12:31+08:00[!Europe/Berlin]',
  '2026-11-22T08:12:31+08:00[!u-ca=none]',
  // The hour, half-hour and midnight that clocks skipped.
  '2026-03-29T02:30:00+01:00[Europe/Berlin]',
  '2026-03-29T02:30:00+02:00[Europe/Berlin]',
  '2026-10-04T02:15:00+10:30[Australia/Lord_Howe]',
  '2018-11-04T00:30:00-02:00[America/Sao_Paulo]',
  '2011-12-30T10:00:00+14:00[Pacific/Apia]',
  `2026-11-22T08:12:31+08:00[${'a'.repeat(200_000)}]`,
]
for (const text of impossible)
  test(`no time: ${String(text).slice(0, 60)}`, () => assert.equal(read(text), null))

test('law: every time Temporal writes is read as Temporal reads it, in any zone and on any date', () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
  const instant = fc.integer({ min: Date.UTC(1972, 0, 1), max: Date.UTC(2037, 0, 1) })
  fc.assert(
    fc.property(zone, instant, (timeZone, epochMs) => {
      const zoned = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone)
      fc.pre(zoned.offsetNanoseconds % 60e9 === 0)
      const localDate = zoned.toPlainDate().toString()
      const expected = { epochMs, zone: zoned.timeZoneId, localDate, offsetDisagrees: false }
      assert.deepEqual(readDeviceTime(zoned.toString(), 'UTC', zones), expected)
    }),
    { numRuns: 1500 },
  )
})

test('law: no text makes reading throw', () => {
  const near = fc.tuple(
    fc.constantFrom('2026-11-22', '0000-00-00', '9999-12-31', '-271821-04-20'),
    fc.string(),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        near.map(([date, rest]) => `${date}T08:00:00${rest}`),
      ),
      (text) => {
        read(text)
      },
    ),
  )
})
