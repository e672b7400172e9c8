// Event files as they come: headings, separators, times with and without zones; and what is wrong, with its line.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prescribe } from '../testing/adherence-course.ts'
import { readPrescriptions } from './prescription.ts'
import { readEventRows, readEvents } from './read-events.ts'

const plain = prescribe('regimens: [{ from: 2026-01-01, per-day: 1 }]\n')

function read(csv: string, prescription = plain) {
  const rows = readEventRows(csv)
  if ('fault' in rows) return { events: [], faults: [rows.fault] }
  return readEvents(rows.rows, prescription)
}
const brief = (csv: string, prescription = plain) =>
  read(csv, prescription).events.map((e) => [
    e.kind,
    e.day,
    e.at === null ? null : new Date(e.at).toISOString(),
    e.quantity,
  ])

test('headings and words of other systems mean the same', () => {
  const expected = [['taken', '2026-06-01', '2026-06-01T06:05:00.000Z', 2]]
  for (const csv of [
    'event,datetime,quantity\ntaken,2026-06-01 08:05,2\n',
    'Type;Timestamp;Qty\nIntake;2026-06-01T08:05;2\n',
    'USUBJID\tEvent Type\tDate\tTime\tTablets\n1\tDOSE TAKEN\t2026/06/01\t08:05\t2\n',
    '\uFEFF"event","at","amount"\r\n"took","2026-06-01T06:05:00Z","2"\r\n',
    'at,quantity\n2026-06-01T08:05:00+02:00[Europe/Berlin],2\n',
    'date,time,taken,quantity\n2026-06-01,08:05,yes,2\n',
    '日期,时间,事件,数量\n2026-06-01,08:05,服用,2\n',
  ])
    assert.deepEqual(brief(csv), expected, csv)
})

test('a row without a time keeps its day only; rows come out in order whatever the order of the file', () => {
  assert.deepEqual(brief('date,taken\n2026-06-02,no\n2026-06-01,yes\n'), [
    ['taken', '2026-06-01', null, null],
    ['missed', '2026-06-02', null, null],
  ])
})

test('an instant belongs to the day where the patient is', () => {
  const shanghai = prescribe('zone: Asia/Shanghai\nregimens: [{ from: 2026-01-01, per-day: 1 }]\n')
  assert.deepEqual(brief('at\n2026-06-01T17:00:00Z\n', shanghai)[0]?.[1], '2026-06-02')
  assert.deepEqual(brief('at,zone\n2026-06-01T17:00:00Z,America/New_York\n', shanghai)[0]?.[1], '2026-06-01')
})

test('travel: the zone changes on the date the prescription says', () => {
  const traveller = prescribe(
    'zone: Europe/Berlin\nzones: [{ from: 2026-06-10, zone: America/New_York }]\nregimens: [{ from: 2026-01-01, per-day: 1 }]\n',
  )
  assert.deepEqual(
    brief('at\n2026-06-09 08:00\n2026-06-10 08:00\n2026-06-12T02:00:00Z\n', traveller).map((e) => [
      e[1],
      e[2],
    ]),
    [
      ['2026-06-09', '2026-06-09T06:00:00.000Z'],
      ['2026-06-10', '2026-06-10T12:00:00.000Z'],
      ['2026-06-11', '2026-06-12T02:00:00.000Z'],
    ],
  )
})

test('a time that the clocks skip moves forward; one they repeat is its first pass', () => {
  assert.deepEqual(
    brief('at\n2026-03-29 02:30\n2026-10-25 02:30\n').map((e) => e[2]),
    ['2026-03-29T01:30:00.000Z', '2026-10-25T00:30:00.000Z'],
  )
})

const faults: readonly [string, number, RegExp][] = [
  ['', 1, /empty/],
  ['event,quantity\ntaken,1\n', 1, /no column says when/],
  ['date,day\n2026-06-01,2026-06-01\n', 1, /two columns mean date/],
  ['at\n2026-06-01 08:00\n01.06.2026\n', 3, /cannot be read/],
  ['at\n\n2026-02-30\n', 3, /2026-02-30 does not exist/],
  ['at\n2026-06-01 25:00\n', 2, /2026-06-01 25:00 does not exist/],
  ['at,zone\n2026-06-01 08:00,Mars\n', 2, /IANA/],
  ['at,event\n2026-06-01,eaten\n', 2, /eaten: use taken, missed/],
  ['at,event\n2026-06-01,dispensed\n', 2, /dispensed needs a quantity/],
  ['at,quantity\n2026-06-01,two\n', 2, /quantity must be a number/],
  ['at,quantity\n2026-06-01,-1\n', 2, /quantity must be a number/],
  ['at,note\n2026-06-01,"two\nlines"\nx,y\n', 4, /cannot be read/],
  ['at\n"2026-06-01\n', 2, /never closed/],
]
for (const [csv, line, message] of faults)
  test(`line ${line}: ${message.source}`, () => {
    const [fault] = read(csv).faults
    assert.equal(fault?.line, line)
    assert.match(fault?.message ?? '', message)
  })

const wrong: readonly [string, RegExp][] = [
  ['regimens: [{ from: 2026-01-01 }]', /4: regimens.0: give either times/],
  ['regimens: [{ from: 2026-13-01, per-day: 1 }]', /2026-13-01 is not a date/],
  ['regimens: [{ from: 2026-01-01, per-day: 1 }, { from: 2026-01-01, per-day: 2 }]', /two dose levels/],
  ['regimens: [{ from: 2026-01-01, times: ["08:00", "08:00"] }]', /given twice/],
  ['regimens: [{ from: 2026-01-01, times: ["8:00"] }]', /HH:MM|pattern/],
  [
    'regimens: [{ from: 2026-01-01, per-day: 1 }]\nwindow: { minutes-before: 5, minutes-after: 5 }',
    /need regimens with times/,
  ],
  [
    'regimens: [{ from: 2026-01-01, per-day: 2 }]\nwindow: { opens: "08:00", closes: "10:00" }',
    /one dose a day/,
  ],
  [
    'regimens: [{ from: 2026-01-01, per-day: 1 }]\nholds: [{ from: 2026-02-02, to: 2026-02-01, reason: r }]',
    /before it begins/,
  ],
  ['regimens: [{ from: 2026-01-01, per-day: 1 }]\nhold: []', /hold is not known here; did you mean holds\?/],
]
for (const [yaml, message] of wrong)
  test(`a prescription is refused with its line: ${message.source}`, () => {
    const found: string[] = []
    const head = 'id: m\nversion: "1"\nzone: Europe/Berlin\n'
    const add = (_: string, line: number | undefined, text: string) => found.push(`${line}: ${text}`)
    assert.equal(readPrescriptions('p.yaml', head + yaml, { add }), null)
    assert.match(found.join('\n'), message)
  })

test('JSON prescriptions, one for each patient', () => {
  const text = JSON.stringify({
    prescriptions: [
      {
        id: 'm',
        version: '1',
        patient: 'A',
        zone: 'Asia/Tokyo',
        regimens: [{ from: '2026-01-01', 'per-day': 1 }],
      },
      {
        id: 'm',
        version: '1',
        patient: 'B',
        zone: 'Asia/Tokyo',
        regimens: [{ from: '2026-02-01', times: ['08:00'] }],
      },
    ],
  })
  const read = readPrescriptions('p.json', text, {
    add: (_, line, message) => assert.fail(`${line}: ${message}`),
  })
  assert.deepEqual(
    read?.map((one) => one.patient),
    ['A', 'B'],
  )
})
