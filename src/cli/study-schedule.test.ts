// `levee study schedule` and `levee study place` as a person calls them: what is printed, and the exit codes 0, 1 and 2.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { item, smallFiles } from '../study/testing/small-study.ts'

const program = fileURLToPath(new URL('levee.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'levee-schedule-'))
after(() => rmSync(folder, { recursive: true }))

type Run = { readonly code: number; readonly out: string; readonly err: string }
const levee = (...args: string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, 'study', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })

function file(name: string, content: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

const anchors = 'anchors: [{ id: cycle, title: { en: Cycle, zh: 周期 }, repeats: true }]\n'
const evening =
  '{ every: day, anchor: cycle, to-day: 1, window: { opens: "18:00", closes: "11:00", closes-days-later: 1 }, justify-after-days: 2 }'
for (const [name, text] of smallFiles([item('a', 'boolean')], anchors, evening)) file(name, text)

test('schedule: windows of two cycles over a change of clocks and a flight, as JSON and as a table', async () => {
  const flags = [
    '--anchor',
    'enrolled=2026-03-01',
    '--anchor',
    'cycle=2026-03-28,2026-04-10',
    '--to',
    '2026-04-30',
  ]
  const flown = await levee('schedule', folder, ...flags, '--zone-change', '2026-04-05=Asia/Tokyo', '--json')
  assert.equal(flown.code, 0, flown.err)
  const due = JSON.parse(flown.out) as Record<string, unknown>[]
  assert.deepEqual(
    due.map((one) => [
      one.occasion,
      one.cycle,
      one.opensLocal,
      one.closesLocal,
      one.windowHours,
      one.wallClockHours,
    ]),
    [
      [
        '2026-03-28',
        1,
        '2026-03-28T18:00+01:00[Europe/Berlin]',
        '2026-03-29T11:00+02:00[Europe/Berlin]',
        16,
        17,
      ],
      [
        '2026-03-29',
        1,
        '2026-03-29T18:00+02:00[Europe/Berlin]',
        '2026-03-30T11:00+02:00[Europe/Berlin]',
        17,
        17,
      ],
      ['2026-04-10', 2, '2026-04-10T18:00+09:00[Asia/Tokyo]', '2026-04-11T11:00+09:00[Asia/Tokyo]', 17, 17],
      ['2026-04-11', 2, '2026-04-11T18:00+09:00[Asia/Tokyo]', '2026-04-12T11:00+09:00[Asia/Tokyo]', 17, 17],
    ],
  )
  const table = await levee('schedule', folder, ...flags)
  assert.match(
    table.out,
    /small +2026-03-28 \(cycle 1\) +2026-03-28 18:00 \+01:00 +2026-03-29 11:00 \+02:00 .* 16\*/,
  )
  assert.match(table.out, /\* clocks change inside the window \(1\)/)
})

test('schedule: a date that is missing is told; wrong flags are named', async () => {
  const none = await levee('schedule', folder, '--anchor', 'enrolled=2026-03-01')
  assert.match(none.out, /No date for cycle: nothing that counts from it is due/)
  const wrong: [string[], RegExp][] = [
    [
      ['--anchor', 'period=2026-03-01'],
      /--anchor period: the study has no such anchor; it has enrolled, cycle/,
    ],
    [['--anchor', 'cycle=2026-03-05,2026-03-01'], /give the dates in their order/],
    [['--zone-change', 'Asia/Tokyo'], /write it as 2026-03-01=Asia\/Tokyo/],
    [['--form', 'other'], /--form other: the study has no such form; it has small/],
  ]
  for (const run of await Promise.all(wrong.map(([flags]) => levee('schedule', folder, ...flags))).then(
    (runs) => runs.map((run, index) => ({ run, says: wrong[index]![1] })),
  )) {
    assert.equal(run.run.code, 2)
    assert.match(run.run.err, run.says)
  }
})

const patient = file(
  'p.yaml',
  'zone: Europe/Berlin\nenrolled-on: "2026-03-01"\nanchors: { cycle: ["2026-03-28", "2026-04-10"] }\n',
)
const submission = (name: string, completedAt: string, more: object = {}) =>
  file(name, JSON.stringify({ form: 'small', completedAt, answers: { a: 'secretword' }, ...more }))

test('place: the occasion, its window and why; 1 where a person must look; no answer is printed', async () => {
  const morning = submission('in-time.json', '2026-03-29T10:59:00+02:00[Europe/Berlin]')
  const placed = await levee(
    'place',
    folder,
    morning,
    '--patient',
    patient,
    '--received',
    '2026-03-30T00:00Z',
    '--json',
  )
  assert.equal(placed.code, 0, placed.err)
  const { occasion, status, lateReceipt, foundBy, cycle, closesAt, justifyAt } = JSON.parse(placed.out)
  assert.deepEqual(
    [occasion, status, lateReceipt, foundBy, cycle],
    ['2026-03-28', 'on-time', true, 'window', 1],
  )
  assert.deepEqual([closesAt, justifyAt], ['2026-03-29T09:00:00.000Z', '2026-03-29T22:00:00.000Z'])
  const late = submission('late.json', '2026-03-30T12:00:00+02:00[Europe/Berlin]', { occasion: '2026-03-28' })
  const told = await levee('place', folder, late, '--patient', patient)
  assert.match(told.out, /found by +the device named it/)
  assert.match(told.out, /late-reason-missing +Completed so late that a reason is asked for/)
  const ahead = await levee('place', folder, late, '--patient', patient, '--received', '2026-03-30T00:00Z')
  assert.deepEqual([ahead.code, ahead.out.split('\n')[0]], [1, 'not placed: clock-out-of-tolerance'])
  for (const { out, err } of [placed, told, ahead]) assert.doesNotMatch(out + err, /secretword/)
})

test('place: a patient file that does not fit is refused with its line', async () => {
  const wrong = file('wrong.yaml', 'zone: Europe/Berlin\nenrolled-on: "5 January"\n')
  const run = await levee(
    'place',
    folder,
    submission('s.json', '2026-03-29T10:59:00+02:00'),
    '--patient',
    wrong,
  )
  assert.equal(run.code, 2)
  assert.match(run.err, /wrong\.yaml:2: enrolled-on/)
})
