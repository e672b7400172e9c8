// `levee study simulate`: the time machine. Virtual patients live through a span of the study; every anomaly is told,
// and a report can be filed as test evidence. Needs no server. Exit code 1 where there is an anomaly.
import { existsSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { contentAddress } from '../records/content-address.ts'
import { dayNumber } from '../study/calendar-date.ts'
import { simulationReport } from '../study/simulate/report/report.ts'
import { spansOfYear } from '../study/simulate/spans.ts'
import { type SimulationSummary, summaryOf } from '../study/simulate/summary.ts'
import type { Span } from '../study/simulate/virtual-patient.ts'
import { version } from '../system/version.ts'
import { studyFiles } from './demo-study.ts'
import { BadNews, WronglyCalled } from './failures.ts'
import { wholeNumber } from './flags.ts'
import { progressBar } from './progress.ts'
import { type SimulationOrder, type StudyFiles, simulationsOf, versionsOf } from './simulate/order.ts'
import { runSimulation } from './simulate/run.ts'
import { summaryText } from './simulate/summary-text.ts'

type Flags = {
  patients: number
  from?: string
  to?: string
  seed: number
  amendment?: string
  report?: string
  language: string
  threads: number
  json?: true
}

/** Days of a span at most: longer ones show nothing that a year does not. */
const mostDays = 800
const mostPatients = 1_000_000

export function simulateCommand(study: Command): void {
  study
    .command('simulate <folder>')
    .description('run virtual patients through a study: changes of clocks, trips, late syncs, an amendment')
    .option('--patients <number>', 'virtual patients in each span', wholeNumber(1), 10_000)
    .option('--from <date>', 'first day; without it, every change of clocks of the sites this year')
    .option('--to <date>', 'last day')
    .option('--seed <number>', 'the same seed gives the same run', wholeNumber(0), 1)
    .option('--amendment <folder@date>', 'a second version, which sites take from that date on, one by one')
    .option('--report <file.html>', 'write a report that can be filed as test evidence')
    .option('--language <en|zh>', 'language of the report', 'en')
    .option('--threads <number>', 'threads', wholeNumber(1), availableParallelism())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Exit code 0: no anomaly; 1: anomalies, each listed with patient, occasion and times; 2: wrongly called.

Examples:
  levee study simulate studies/morning-301 --report uat.html
  levee study simulate studies/morning-301 --patients 10000 --from 2026-01-01 --to 2026-04-01 --seed 7
  levee study simulate protocol-1 --amendment protocol-2@2026-03-16 --json`,
    )
    .action(simulate)
}

async function simulate(folder: string, flags: Flags): Promise<void> {
  checkFlags(flags)
  const study = readFolder(folder)
  const amendment = amendmentOf(flags.amendment)
  const draft = { study, amendment, spans: [], patients: flags.patients, seed: flags.seed }
  // Faults of the files are told with file and line before any thread starts.
  const versions = versionsOf(draft)
  const [first, second] = versions.map(({ plan }) => plan)
  if (second !== undefined && second.id !== first!.id)
    throw new WronglyCalled(`--amendment: ${second.id} is another study than ${first!.id}`)
  if (second !== undefined && second.version === first!.version)
    throw new WronglyCalled(
      `--amendment: both folders say version ${second.version}; give the amended study.yaml a version of its own`,
    )
  const zones = first!.sites.map(({ zone }) => zone)
  const order: SimulationOrder = { ...draft, spans: spansOf(flags, zones) }
  const began = performance.now()
  const bar = progressBar('simulating')
  const tallies = await runSimulation(order, flags.threads, (done, total) =>
    bar.update(done, total, `${done.toLocaleString('en')} patients`),
  ).finally(() => bar.stop())
  const summary = summaryOf(simulationsOf(order, versions), tallies, flags.patients, version)
  const seconds = (performance.now() - began) / 1000
  tell(summary, flags, seconds)
}

function tell(summary: SimulationSummary, flags: Flags, seconds: number): void {
  if (flags.report !== undefined) {
    try {
      writeFileSync(flags.report, simulationReport(summary, flags.language))
    } catch (error) {
      throw new Error(`--report: cannot write ${flags.report}: ${(error as Error).message}`)
    }
  }
  if (flags.json) console.log(JSON.stringify(summary))
  else {
    console.log(summaryText(summary))
    if (flags.report !== undefined) console.log(`\nThe report is in ${flags.report}.`)
  }
  console.error(`${seconds.toFixed(1)} s on ${flags.threads} thread${flags.threads === 1 ? '' : 's'}`)
  if (!summary.passed) throw new BadNews()
}

function checkFlags({ from, to, language, patients }: Flags): void {
  if (language !== 'en' && language !== 'zh')
    throw new WronglyCalled(`--language takes en or zh, not ${language}`)
  if (patients > mostPatients)
    throw new WronglyCalled(`--patients takes at most ${mostPatients.toLocaleString('en')}`)
  if ((from === undefined) !== (to === undefined))
    throw new WronglyCalled('--from and --to belong together: give both, or neither')
  for (const [flag, date] of [
    ['--from', from],
    ['--to', to],
  ])
    if (date !== undefined && Number.isNaN(dayNumber(date)))
      throw new WronglyCalled(`${flag} takes a date that exists, such as 2026-03-01, not ${date}`)
  if (from === undefined || to === undefined) return
  const days = dayNumber(to) - dayNumber(from) + 1
  if (days < 1) throw new WronglyCalled(`--to ${to} lies before --from ${from}`)
  if (days > mostDays) throw new WronglyCalled(`--from to --to are ${days} days; ${mostDays} are the most`)
}

const spansOf = ({ from, to }: Flags, zones: readonly string[]): Span[] =>
  from === undefined || to === undefined
    ? spansOfYear(zones, Temporal.Now.plainDateISO().year)
    : [{ from, to }]

function readFolder(folder: string): StudyFiles {
  if (!existsSync(join(folder, 'study.yaml')))
    throw new WronglyCalled(
      `${folder} holds no study.yaml. Name the folder of a study, such as studies/morning-301`,
    )
  const files = studyFiles(folder)
  return { files, sha256: contentAddress(new Map(files)) }
}

function amendmentOf(flag: string | undefined): SimulationOrder['amendment'] {
  if (flag === undefined) return null
  const at = flag.lastIndexOf('@')
  const from = flag.slice(at + 1)
  if (at < 1 || Number.isNaN(dayNumber(from)))
    throw new WronglyCalled(
      '--amendment takes a folder and a date, such as studies/morning-301-v2@2026-03-16',
    )
  return { ...readFolder(flag.slice(0, at)), from }
}
