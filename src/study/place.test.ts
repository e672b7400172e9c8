// Placing: windows by calendar day through both changes of clocks, late rules, offline receipt, quarantine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Placed, type PlaceFacts, type PlacePatient, placeSubmission } from './place.ts'
import { demoPlan } from './testing/demo-plan.ts'
import { item, small } from './testing/small-study.ts'

const plan = demoPlan()
const shanghai: PlacePatient = { zone: 'Asia/Shanghai', status: 'active', enrolledOn: '2026-03-01' }
const id = '0198f2c4-7b1a-7c3e-9d10-3fb2c1a90001'

function place(
  change: Partial<PlaceFacts> & { received?: string },
  patient: Partial<PlacePatient> = {},
  study = plan,
) {
  const completedAt = change.completedAt ?? '2026-11-22T08:12:31+08:00[Asia/Shanghai]'
  const { received, ...rest } = change
  const facts = {
    form: 'daily-diary',
    formVersion: '1',
    submissionId: id,
    receivedAtMs: 0,
    ...rest,
    completedAt,
  }
  const clock = received ?? '2026-12-31T00:00:00Z'
  facts.receivedAtMs = Temporal.Instant.from(clock).epochMilliseconds
  return placeSubmission(study, { ...shanghai, ...patient }, facts)
}

/** What matters of a placement in one line. */
function told(result: ReturnType<typeof place>): string {
  if (!result.placed) return result.quarantine
  const codes = result.findings.map((finding) => `${finding.code}${finding.item ? ` ${finding.item}` : ''}`)
  return [result.occasion, result.status, ...(result.lateReceipt ? ['received late'] : []), ...codes].join(
    ', ',
  )
}

const soon = '2026-11-22T00:12:35Z'
const table: readonly [string, Parameters<typeof place>[0], Partial<PlacePatient>, string][] = [
  ['in time', { received: soon }, {}, '2026-11-22, on-time'],
  [
    'in time, received days later',
    { received: '2026-12-20T00:00:00Z' },
    {},
    '2026-11-22, on-time, received late',
  ],
  ['received at closing', { received: '2026-11-22T16:00:00Z' }, {}, '2026-11-22, on-time, received late'],
  ['yesterday’s diary', { occasion: '2026-11-21', received: soon }, {}, '2026-11-21, late, late'],
  [
    'two days after closing',
    { occasion: '2026-11-19', received: soon },
    {},
    '2026-11-19, late, late, locked-window',
  ],
  ['just before the lock', { occasion: '2026-11-20', received: soon }, {}, '2026-11-20, late, late'],
  ['tomorrow’s diary', { occasion: '2026-11-23', received: soon }, {}, '2026-11-23, early, early'],
  [
    'first instant of the day',
    { completedAt: '2026-11-22T00:00:00+08:00[Asia/Shanghai]', occasion: '2026-11-22' },
    {},
    '2026-11-22, on-time, received late',
  ],
  [
    'first instant of the next day',
    { completedAt: '2026-11-23T00:00:00+08:00[Asia/Shanghai]', occasion: '2026-11-22' },
    {},
    '2026-11-22, late, late',
  ],
  [
    'before enrolment',
    { received: soon },
    { enrolledOn: '2026-11-23' },
    '2026-11-22, on-time, before-enrolment',
  ],
  [
    'travelling: the zone of the device counts',
    { completedAt: '2026-11-21T23:30:00-05:00[America/New_York]' },
    {},
    '2026-11-21, on-time, received late',
  ],
  [
    'offset that fits no zone',
    { completedAt: '2026-11-22T08:00:00+03:00', received: '2026-11-22T05:00:05Z' },
    {},
    '2026-11-22, on-time, offset-disagrees completedAt',
  ],
  ['occasion of another type', { occasion: 20261122 }, {}, 'occasion-invalid'],
  ['occasion that is no date', { occasion: '2026-02-30' }, {}, 'occasion-invalid'],
  ['occasion null', { occasion: null, received: soon }, {}, '2026-11-22, on-time'],
  ['unknown form', { form: 'diary' }, {}, 'unknown-form'],
  ['form named like a key', { form: 'daily-diary@1' }, {}, 'unknown-form'],
  ['unknown version', { formVersion: '2' }, {}, 'unknown-form-version'],
  ['impossible time', { completedAt: '2026-03-29T02:30:00+01:00[Europe/Berlin]' }, {}, 'time-impossible'],
  ['clock ahead within tolerance', { received: '2026-11-22T00:02:31Z' }, {}, '2026-11-22, on-time'],
  ['clock ahead beyond tolerance', { received: '2026-11-22T00:02:30Z' }, {}, 'clock-out-of-tolerance'],
  ['sending clock ahead', { sentAt: '2026-11-22T00:23:00Z', received: soon }, {}, 'clock-out-of-tolerance'],
  [
    'started after completing',
    { startedAt: '2026-11-22T08:13:00+08:00', received: soon },
    {},
    '2026-11-22, on-time, times-out-of-order',
  ],
  [
    'sent before completing',
    { sentAt: '2026-11-22T00:00:00Z', received: soon },
    {},
    '2026-11-22, on-time, times-out-of-order',
  ],
  [
    'unreadable optional times',
    { startedAt: 'x', sentAt: 7, received: soon },
    {},
    '2026-11-22, on-time, time-unreadable startedAt, time-unreadable sentAt',
  ],
  [
    'withdrawn before',
    { received: soon },
    { status: 'withdrawn', withdrawnAt: '2026-11-22T00:12:31Z' },
    'patient-withdrawn',
  ],
  [
    'withdrawn after',
    { received: soon },
    { status: 'withdrawn', withdrawnAt: '2026-11-22T00:12:32Z' },
    '2026-11-22, on-time',
  ],
  ['withdrawn at an unknown time', { received: soon }, { status: 'withdrawn' }, 'patient-withdrawn'],
  ['weekly, found', { form: 'phq-9', received: soon }, {}, '2026-11-22, on-time'],
  [
    'weekly, last day of the period',
    { form: 'phq-9', completedAt: '2026-11-28T23:59:59+08:00', received: '2026-11-28T16:00:00Z' },
    {},
    '2026-11-22, on-time, received late',
  ],
  [
    'weekly, named by another date of the period',
    { form: 'phq-9', occasion: '2026-11-20', received: soon },
    {},
    '2026-11-15, late, late',
  ],
  [
    'weekly, before enrolment',
    { form: 'phq-9', received: soon },
    { enrolledOn: '2026-11-23' },
    '2026-11-16, on-time, before-enrolment',
  ],
  ['event', { form: 'rescue-medication', occasion: '2026-11-22', received: soon }, {}, `${id}, on-time`],
  ['event received late has no window to miss', { form: 'rescue-medication' }, {}, `${id}, on-time`],
]
for (const [name, change, patient, expected] of table)
  test(`place: ${name}`, () => assert.equal(told(place(change, patient)), expected))

/** [zone, date, opens, closes, hours]: the whole calendar day, however long. */
const days: readonly [string, string, string, string, number][] = [
  ['Asia/Shanghai', '2026-11-22', '2026-11-21T16:00:00.000Z', '2026-11-22T16:00:00.000Z', 24],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', 23],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z', 25],
  ['America/New_York', '2026-03-08', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z', 23],
  ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z', 25],
  ['America/St_Johns', '2026-11-22', '2026-11-22T03:30:00.000Z', '2026-11-23T03:30:00.000Z', 24],
  ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00.000Z', '2026-10-04T13:00:00.000Z', 23.5],
  ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', '2026-04-05T13:30:00.000Z', 24.5],
  // Clocks go from 00:00 to 01:00: the day opens at the earlier reading, the day before closes at the later.
  ['Africa/Cairo', '2026-04-24', '2026-04-23T21:00:00.000Z', '2026-04-24T21:00:00.000Z', 24],
  ['Africa/Cairo', '2026-04-23', '2026-04-22T22:00:00.000Z', '2026-04-23T22:00:00.000Z', 24],
]
for (const [zone, date, opens, closes, hours] of days)
  test(`the window of ${date} in ${zone} is its calendar day of ${hours} h`, () => {
    const at = Temporal.PlainDateTime.from(`${date}T08:12:31`).toZonedDateTime(zone).toString()
    const result = place({ completedAt: at }) as Placed
    assert.deepEqual([result.opensAt, result.closesAt, result.status], [opens, closes, 'on-time'])
    assert.equal((Date.parse(closes) - Date.parse(opens)) / 3_600_000, hours)
  })

test('both 02:30 of the night clocks go back belong to that day', () => {
  for (const offset of ['+02:00', '+01:00'])
    assert.match(
      told(place({ completedAt: `2026-10-25T02:30:00${offset}[Europe/Berlin]` })),
      /^2026-10-25, on-time/,
    )
})

test('the lock counts calendar days, not 48 hours', () => {
  // Closing 2026-10-24T24:00+02:00, lock two days later at +01:00: 49 hours.
  const at = (completedAt: string) => told(place({ completedAt, occasion: '2026-10-24' }))
  assert.equal(at('2026-10-26T23:59:59+01:00[Europe/Berlin]'), '2026-10-24, late, late')
  assert.equal(at('2026-10-27T00:00:00+01:00[Europe/Berlin]'), '2026-10-24, late, late, locked-window')
})

test('a window that closes the next morning holds an entry without occasion on the day it opened', () => {
  const evening =
    '{ every: day, window: { opens: "18:00", closes: "11:00", closes-days-later: 1 }, locks-after-days: 2 }'
  const { plan: study } = small([item('a', 'boolean')], '', evening)
  const at = (completedAt: string) => told(place({ form: 'small', completedAt }, {}, study))
  assert.match(at('2026-11-22T18:00:00+08:00'), /^2026-11-22, on-time/)
  assert.match(at('2026-11-23T10:59:59+08:00'), /^2026-11-22, on-time/)
  // Between two windows it counts for the nearer one: late until half past two, then early; never for one that is locked.
  assert.equal(at('2026-11-23T11:00:00+08:00'), '2026-11-22, late, late')
  assert.equal(at('2026-11-23T14:29:59+08:00'), '2026-11-22, late, late')
  assert.equal(at('2026-11-23T14:30:00+08:00'), '2026-11-23, early, early')
  const locked = small(
    [item('a', 'boolean')],
    '',
    evening.replace('locks-after-days: 2', 'locks-after-days: 0'),
  )
  assert.equal(
    told(place({ form: 'small', completedAt: '2026-11-23T11:00:00+08:00' }, {}, locked.plan)),
    '2026-11-23, early, early',
  )
})
