// `levee adherence compute`: the worked example of docs/adherence.md, several patients, and faults with their lines.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const levee = fileURLToPath(new URL('levee.ts', import.meta.url))
const docs = fileURLToPath(new URL('../../docs/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'levee-adherence-'))
after(() => rmSync(folder, { recursive: true }))

function run(events: string, prescription: string, ...more: string[]) {
  const args = [levee, 'adherence', 'compute', events, '--prescription', prescription, ...more]
  const done = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { code: done.status, out: done.stdout, err: done.stderr }
}
function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('the worked example comes out as the page says, line by line', () => {
  const done = run(join(docs, 'adherence-example.csv'), join(docs, 'adherence-example.yaml'))
  assert.equal(done.code, 0, done.err)
  const page = readFileSync(join(docs, 'adherence.md'), 'utf8')
  for (const line of done.out.trim().split('\n')) assert.ok(page.includes(line), line)
})

test('JSON: every measure has numerator, denominator, exclusions, rule version and period', () => {
  const done = run(join(docs, 'adherence-example.csv'), join(docs, 'adherence-example.yaml'), '--json')
  const [report] = JSON.parse(done.out).patients
  assert.deepEqual(report.period, { from: '2026-03-16', to: '2026-04-12', days: 28, zone: 'Europe/Berlin' })
  assert.deepEqual(Object.keys(report.measures), [
    'taking',
    'correct-dosing',
    'timing',
    'window',
    'drug-holidays',
    'pill-count',
    'pill-count-simple',
    'mpr',
    'pdc',
  ])
  for (const one of Object.values(report.measures) as object[])
    for (const member of ['numerator', 'denominator', 'percent', 'exclusions', 'ruleVersion', 'formula'])
      assert.ok(member in one, member)
})

test('several patients, each with their own prescription or the common one; --patient chooses', () => {
  const events = write('two.csv', 'patient,at\nA,2026-06-01 08:00\nB,2026-06-01 08:00\nB,2026-06-02 08:00\n')
  const common =
    'id: m\nversion: "1"\nzone: Asia/Tokyo\nperiod: { from: 2026-06-01, to: 2026-06-02 }\nregimens: [{ from: 2026-06-01, per-day: 1 }]\n'
  const percents = (...args: string[]) =>
    JSON.parse(run(events, write('p.yaml', common), '--json', ...args).out).patients.map(
      (one: { patient: string; measures: { taking: { percent: number } } }) => [
        one.patient,
        one.measures.taking.percent,
      ],
    )
  assert.deepEqual(percents(), [
    ['A', 50],
    ['B', 100],
  ])
  assert.deepEqual(percents('--patient', 'B'), [['B', 100]])
  assert.match(run(events, write('p.yaml', common), '--patient', 'C').err, /has no such patient/)
  const own = write(
    'own.yaml',
    `prescriptions:\n  - { id: m, version: "1", patient: A, zone: Asia/Tokyo, regimens: [{ from: 2026-06-01, per-day: 1 }] }\n`,
  )
  const lacking = run(events, own)
  assert.deepEqual(
    [lacking.code, /two.csv:3: .*prescribes nothing for this patient/.test(lacking.err)],
    [2, true],
  )
})

test('faults of both files are told with file and line, all at once; exit code 2', () => {
  const prescription = write(
    'q.yaml',
    'id: m\nversion: "1"\nzone: Asia/Tokyo\nregimens: [{ from: 2026-06-01, per-day: 1 }]\n',
  )
  const events = write(
    'bad.csv',
    'at,event,quantity\n2026-06-01,eaten,\nsoon,taken,\n2026-06-02,dispensed,\n',
  )
  const done = run(events, prescription)
  assert.equal(done.code, 2)
  assert.match(done.err, /3 correction\(s\)[\s\S]*bad.csv:2: [\s\S]*bad.csv:3: [\s\S]*bad.csv:4: /)
  const wrong = run(
    events,
    write('r.yaml', 'id: m\nversion: "1"\nzone: Berlin\nregimens: [{ from: 2026-06-01, per-day: 1 }]\n'),
  )
  assert.match(wrong.err, /r.yaml:3: zone: Berlin: use an IANA time zone/)
  assert.equal(run('nowhere.csv', prescription).code, 2)
})
