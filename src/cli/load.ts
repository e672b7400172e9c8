// `levee load`: a simulated morning against a running server, then the proof: every acknowledged submission is kept
// and applied exactly once, and the ledger is balanced. The generator is in load/; this file wires and judges.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { HistoryLine } from '../api/control/history.ts'
import type { StudyLedger } from '../api/ledger.ts'
import { type ControlClient, controlClient } from './control-client.ts'
import { BadNews } from './failures.ts'
import { countText, msText } from './figures.ts'
import { addClientFlags, addStudyFlag, seconds, share, wholeNumber } from './flags.ts'
import type { Curve } from './load/arrivals.ts'
import type { LoadPatient } from './load/diaries.ts'
import { checkHistory, type HistoryReport } from './load/history.ts'
import { type LoadResult, runLoad } from './load/run.ts'
import { loadVerdict, reportText } from './load-report.ts'
import { progressBar } from './progress.ts'
import { studyOf } from './study-choice.ts'

export type LoadFlags = {
  readonly data: string
  readonly json?: true
  readonly url?: URL
  readonly study?: string
  readonly rate: number
  readonly for: number
  readonly curve: Curve
  readonly connections: number
  readonly loss: number
  readonly duplicates: number
  readonly patients: number
  readonly seed: number
}

/** The check gives up when processing has not moved for so long. */
const stalledMs = 30_000

export function loadCommand(program: Command): void {
  const command = program
    .command('load')
    .description('send a simulated morning, then check that nothing was lost or doubled')
    .option('--rate <n>', 'submissions a second, on average', wholeNumber(1), 200)
    .addOption(new Option('--for <duration>', 'how long: 30s, 5m').argParser(seconds).default(30, '30s'))
    .addOption(
      new Option('--curve <shape>', 'an even rate, or a rise to a peak and a long tail')
        .choices(['constant', 'morning'])
        .default('morning'),
    )
    .option('--connections <n>', 'at most so many sockets', wholeNumber(1), 64)
    .option('--loss <share>', 'share of first answers that are lost on the way, such as 5%', share, 0.01)
    .option('--duplicates <share>', 'share of submissions sent once more after the answer', share, 0.01)
    .option('--patients <n>', 'at most so many patients take part', wholeNumber(1), 5000)
    .option('--seed <n>', 'another number, another morning', wholeNumber(), 1)
    .option('--url <address>', 'the HTTP door, where it is not the one the server names', httpUrl)
  addClientFlags(addStudyFlag(command))
    .addHelpText(
      'after',
      `
Example:
  levee load --rate 500 --for 60s --loss 5%
Latency counts from the instant a submission was due, so a server that stalls cannot hide it.
Exit code 1 when a submission was lost, doubled or altered, or a ledger is not balanced.
`,
    )
    .action(load)
}

async function load(flags: LoadFlags): Promise<void> {
  const client = controlClient(flags.data)
  const before = await client.status()
  const study = await studyOf(client, flags.study)
  const url = flags.url ?? new URL(before.addresses.http)
  const patients = await tokensFor(client, study, flags.patients)
  const result = await send(flags, study, url, patients)
  const ledger = await settled(client, study)
  // Before the check, which reads every entry back and costs the server memory of its own.
  const { peakMemoryBytes } = await client.status()
  const history = await check(client, result, before.lastPosition)
  const outcome = { study, ...result.summary, history, ledger, peakMemoryBytes }
  const verdict = loadVerdict(outcome)
  console.log(
    flags.json ? JSON.stringify({ ok: verdict.good, why: verdict.why, ...outcome }) : reportText(outcome),
  )
  if (!verdict.good) throw new BadNews()
}

/** New tokens for the first patients of the study; those of an earlier run are revoked. */
async function tokensFor(client: ControlClient, studyId: string, limit: number): Promise<LoadPatient[]> {
  const { issued } = await client.act(
    { do: 'issue-tokens', studyId, patientIds: 'all', limit, label: 'load', replace: true },
    'levee load',
  )
  if (issued.length === 0) throw new Error(`${studyId} has no patients. "levee demo" makes some to try with`)
  return issued.map(({ device, token }) => ({ patientId: device.patientId, token }))
}

async function send(
  flags: LoadFlags,
  studyId: string,
  url: URL,
  patients: LoadPatient[],
): Promise<LoadResult> {
  const bar = progressBar('sending ')
  const interrupted = new AbortController()
  const onInterrupt = () => interrupted.abort()
  process.once('SIGINT', onInterrupt)
  try {
    return await runLoad({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 80),
      studyId,
      patients,
      rate: flags.rate,
      durationSeconds: flags.for,
      connections: flags.connections,
      curve: flags.curve,
      lossShare: flags.loss,
      duplicateShare: flags.duplicates,
      seed: flags.seed,
      signal: interrupted.signal,
      onProgress: ({ counts, total, ratePerSecond, p50Ms, p99Ms, outstanding }) => {
        const rates = `${countText(Math.round(ratePerSecond))}/s  p50 ${msText(p50Ms)}  p99 ${msText(p99Ms)}`
        bar.update(counts.scheduled, total ?? 0, `${rates}  open ${countText(outstanding)}`)
      },
    })
  } finally {
    process.off('SIGINT', onInterrupt)
    bar.stop()
  }
}

/** Waits until processing has taken every entry of the study. Throws where it has stopped moving. */
async function settled(client: ControlClient, studyId: string): Promise<StudyLedger | undefined> {
  const bar = progressBar('applying')
  let taken = -1
  let moved = Date.now()
  try {
    for (;;) {
      const study = (await client.status()).ledger.studies.find((s) => s.studyId === studyId)
      if (study === undefined || study.waiting === 0) return study
      bar.update(study.taken, study.received, `${countText(study.waiting)} waiting`)
      if (study.taken !== taken) moved = Date.now()
      else if (Date.now() - moved > stalledMs) {
        throw new Error(
          `processing has taken nothing for ${stalledMs / 1000} s; ${countText(study.waiting)} entries wait. See "levee status"`,
        )
      }
      taken = study.taken
      await sleep(200)
    }
  } finally {
    bar.stop()
  }
}

/** Holds the client's log against all that the journal took since `after`. */
async function check(client: ControlClient, { log }: LoadResult, after: number): Promise<HistoryReport> {
  const bar = progressBar('checking')
  const { lastPosition: position } = await client.status()
  try {
    return await checkHistory(
      log,
      watched(client.lines<HistoryLine>(`/history?from=${after + 1}&to=${position}`), (line) =>
        bar.update(line.position - after, position - after),
      ),
    )
  } finally {
    bar.stop()
  }
}

async function* watched<T>(lines: AsyncIterable<T>, see: (line: T) => void): AsyncGenerator<T> {
  let n = 0
  for await (const line of lines) {
    if (n++ % 500 === 0) see(line)
    yield line
  }
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:')
    throw new InvalidArgumentError('It takes an address such as http://127.0.0.1:8080.')
  return url
}
