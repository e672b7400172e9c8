// `npm run bench [-- --quick] [-- --only NAME] [-- --ceiling-only] [-- --steady-seconds N] [-- --grown-entries N] [-- --postgres]`: measures the ceiling and Levee side by side,
// writes bench/results/<date>-<commit>.json and docs/performance.md. A quick or partial run writes the JSON only,
// so that the page always shows one whole, full-length run. Exit code 1 when a scenario failed, 2 on wrong usage.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCeiling } from './ceiling-process.ts'
import type { SubmissionsOrder } from './generator-spec.ts'
import { startLevee } from './levee-process.ts'
import { currentCommit, describeMachine } from './machine.ts'
import { measure } from './measure.ts'
import { writeReport } from './report.ts'
import { type BenchResults, clusterScenario, type ScenarioName, scenarioNames } from './results.ts'
import { backlog } from './scenarios/backlog.ts'
import { batch } from './scenarios/batch.ts'
import { closedLoop, roundOrder } from './scenarios/closed-loop.ts'
import { drug } from './scenarios/drug.ts'
import { grown } from './scenarios/grown.ts'
import { openLoop } from './scenarios/open-loop.ts'
import { postgres } from './scenarios/postgres.ts'
import { processing } from './scenarios/processing.ts'
import { steady } from './scenarios/steady.ts'

type Settings = {
  quick: boolean
  only: ScenarioName | undefined
  withLevee: boolean
  steadySeconds: number
  grownEntries: number
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      'ceiling-only': { type: 'boolean' },
      'steady-seconds': { type: 'string' },
      'grown-entries': { type: 'string' },
      postgres: { type: 'boolean' },
    },
  })
  const only = values.postgres ? clusterScenario : scenarioNames.find((name) => name === values.only)
  if (values.only !== undefined && only === undefined) {
    console.error(`--only takes one of: ${scenarioNames.join(', ')}`)
    process.exit(2)
  }
  const quick = values.quick ?? false
  return {
    quick,
    only,
    withLevee: values['ceiling-only'] !== true,
    steadySeconds: Number(values['steady-seconds'] ?? (quick ? 30 : 600)),
    grownEntries: Number(values['grown-entries'] ?? (quick ? 200_000 : 10_000_000)),
  }
}

/** The ceiling's rate from this run's closed loop, or from one round made for it. */
async function ceilingRate(results: BenchResults): Promise<number> {
  const known = results['closed-loop']?.ceilingPerSecond
  if (known !== undefined) return known
  await using target = await startCeiling()
  return (await measure<SubmissionsOrder>(target, roundOrder(results.quick, 1))).result.ratePerSecond
}

async function knownRates(results: BenchResults) {
  return {
    ceilingPerSecond: await ceilingRate(results),
    leveePerSecond: results['closed-loop']?.leveePerSecond,
  }
}

/** Levee's rate from this run's closed loop, or from one round made for it. */
async function leveeRate(results: BenchResults): Promise<number> {
  const known = results['closed-loop']?.leveePerSecond
  if (known !== undefined) return known
  await using target = await startLevee()
  return (await measure<SubmissionsOrder>(target, roundOrder(results.quick, 1))).result.ratePerSecond
}

async function runScenario(name: ScenarioName, results: BenchResults, settings: Settings): Promise<void> {
  const { quick, withLevee, steadySeconds, grownEntries } = settings
  const note = (line: string) => console.error(`${name}: ${line}`)
  if (name === 'closed-loop') results[name] = await closedLoop(quick, withLevee, note)
  else if (name === 'open-loop')
    results[name] = await openLoop(quick, withLevee, await knownRates(results), note)
  else if (!withLevee) note('left out, it has no ceiling')
  else if (name === 'steady') {
    const ceilingPerSecond = await ceilingRate(results)
    const leveePerSecond = await leveeRate(results)
    results[name] = await steady(
      { quick, seconds: steadySeconds },
      { ceilingPerSecond, leveePerSecond },
      note,
    )
  } else if (name === 'batch') results[name] = await batch(quick, note)
  else if (name === 'postgres') results[name] = await postgres(quick, note)
  else if (name === 'processing') results[name] = processing(quick, note)
  else if (name === 'drug') results[name] = await drug(quick, note)
  else if (name === 'backlog') results[name] = await backlog(quick, await ceilingRate(results), note)
  else results[name] = await grown({ quick, entries: grownEntries }, note)
}

async function main(): Promise<void> {
  const settings = readSettings()
  const { quick, only, withLevee } = settings
  const date = new Date().toISOString().slice(0, 10)
  const results: BenchResults = {
    date,
    commit: currentCommit(),
    quick,
    machine: describeMachine(),
    failures: {},
  }
  for (const name of only === undefined ? scenarioNames : [only]) {
    try {
      await runScenario(name, results, settings)
    } catch (error) {
      results.failures[name] = error instanceof Error ? error.message : String(error)
      console.error(`${name}: failed: ${results.failures[name]}`)
      process.exitCode = 1
    }
  }
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const name = `${date}-${results.commit.replace('+', '-changed')}${quick ? '-quick' : ''}${only === undefined ? '' : `-${only}`}.json`
  writeFileSync(join(folder, name), `${JSON.stringify(results, undefined, 1)}\n`)
  console.error(`written: bench/results/${name}`)
  if (!quick && only === undefined && withLevee) {
    writeReport(results, `bench/results/${name}`)
    console.error('written: docs/performance.md')
  }
}

// Ended from outside, it still ends its servers and removes their data: both hang on the exit event.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

await main()
