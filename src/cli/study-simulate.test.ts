// `levee study simulate` as a person calls it: what is printed and filed, and the exit codes 0, 1 and 2.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import type { SimulationSummary } from '../study/simulate/summary.ts'
import { demoFolder, studyFiles } from './demo-study.ts'
import { WronglyCalled } from './failures.ts'
import { simulateCommand } from './study-simulate.ts'

const program = fileURLToPath(new URL('levee.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'levee-simulate-'))
after(() => rmSync(folder, { recursive: true }))

type Run = { readonly code: number; readonly out: string; readonly err: string }

const simulate = (...args: string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, 'study', 'simulate', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })

const short = ['--patients', '12', '--from', '2026-03-24', '--to', '2026-04-01', '--threads', '1']

/** A copy of the demo study with study.yaml changed. */
function study(name: string, change: (yaml: string) => string): string {
  const to = join(folder, name)
  for (const part of ['forms', 'pictures']) mkdirSync(join(to, part), { recursive: true })
  for (const [file, text] of studyFiles(demoFolder))
    writeFileSync(join(to, file), file === 'study.yaml' ? change(text) : text)
  return to
}

test('a sound study: exit code 0, a verdict, and a report of its own', async () => {
  const report = join(folder, 'report.html')
  const { code, out, err } = await simulate(demoFolder, ...short, '--report', report)
  assert.equal(code, 0, err)
  assert.match(out, /^MORNING-301 version \S+ \([0-9a-f]{16}\), 12 virtual patients, seed 1\n/)
  assert.match(out, /Europe\/Berlin 2026-03-29: 60 min forward/)
  assert.match(out, /\nNo anomaly\.\n/)
  assert.match(err, /^\d+\.\d s on 1 thread\n$/)
  assert.match(readFileSync(report, 'utf8'), /^<!doctype html>\n<html lang="en">/)
})

test('a reminder at night: exit code 1, each anomaly with patient, occasion, zone and instants', async () => {
  const nightly = study('nightly', (yaml) => yaml.replace('reminder: "08:00"', 'reminder: "23:30"'))
  const { code, out } = await simulate(nightly, ...short)
  assert.equal(code, 1)
  assert.match(
    out,
    /ANOMALY reminder-at-night: patient V-\d{5}, site \d+, daily-diary 2026-\d\d-\d\d, \S+: reminds in the hour of 23:00 local time; opens \S+Z, closes \S+Z, reminds \S+Z/,
  )
  assert.match(out, /\d+ anomalies: the first of each kind/)
})

test('--json gives the whole summary, also of an amendment, and exit code 1 where it is bad', async () => {
  const amended = study('amended', (yaml) =>
    yaml.replace(/^version: .*$/m, 'version: "2"').replace('reminder: "08:00"', 'reminder: "23:30"'),
  )
  const { code, out } = await simulate(demoFolder, ...short, '--amendment', `${amended}@2026-03-27`, '--json')
  const summary = JSON.parse(out) as SimulationSummary
  assert.equal(code, 1)
  assert.equal(summary.passed, false)
  assert.equal(summary.amendment?.version, '2')
  assert.deepEqual(summary.amendment?.adoptedOn[0], { siteId: '101', from: '2026-03-27' })
  assert.deepEqual(
    [...new Set(summary.spans[0]?.anomalies.map(({ first }) => first.code))],
    ['reminder-at-night'],
  )
})

/** The command in this process; its errors as thrown. */
const call = (...args: string[]): Promise<unknown> => {
  const study = new Command('study').exitOverride().configureOutput({ writeErr: () => undefined })
  simulateCommand(study)
  for (const command of study.commands) command.exitOverride()
  return study.parseAsync(['simulate', ...args], { from: 'user' })
}

test('wrong calls: the flag and the remedy', async () => {
  const calls: [string[], RegExp][] = [
    [['nowhere'], /nowhere holds no study\.yaml/],
    [[demoFolder, '--from', '2026-03-01'], /--from and --to belong together/],
    [[demoFolder, '--from', '2026-02-30', '--to', '2026-03-01'], /--from takes a date that exists/],
    [[demoFolder, '--from', '2026-03-02', '--to', '2026-03-01'], /--to 2026-03-01 lies before/],
    [[demoFolder, '--from', '2020-03-02', '--to', '2026-03-01'], /800 are the most/],
    [[demoFolder, '--amendment', 'folder'], /--amendment takes a folder and a date/],
    [[demoFolder, '--amendment', `${demoFolder}@2026-03-01`], /both folders say version/],
    [[demoFolder, '--language', 'fr'], /--language takes en or zh/],
  ]
  for (const [args, message] of calls)
    await assert.rejects(
      call(...args),
      (error) => error instanceof WronglyCalled && message.test(error.message),
    )
  await assert.rejects(call(demoFolder, '--patients', '0'), CommanderError)
})

test('a wrong call ends with exit code 2', async () => {
  const { code, err } = await simulate('nowhere')
  assert.equal(code, 2)
  assert.match(err, /^levee: nowhere holds no study\.yaml/)
})
