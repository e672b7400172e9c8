// One morning: patients with the app in real browsers and simulated phones, all beginning with a code, all sending one diary
// to one real server, which is killed in the middle. Afterwards everything is held against everything.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { HistoryLine } from '../../src/api/control/history.ts'
import type { StudyLedger } from '../../src/api/ledger.ts'
import { demoStudyId } from '../../src/cli/demo-study.ts'
import type { LatencySummary } from '../../src/cli/load/histogram.ts'
import { sampleTree } from '../process-tree.ts'
import { type Account, accountOf, type MorningFacts } from './account.ts'
import { type Devices, prepareDevices } from './devices.ts'
import { openPatients, type Patients } from './patients.ts'
import { type Invited, invite, type MorningServer, startMorningServer } from './server.ts'
import { startTold } from './told.ts'

export type MorningOptions = {
  /** Patients with the app in a browser. */
  readonly contexts: number
  /** Simulated phones. */
  readonly devices: number
  /** Over how long the devices wake up. */
  readonly minutes: number
  readonly seed?: number
  /** What is going on, for people. */
  readonly note?: (line: string) => void
}

/** Times in milliseconds, memory in bytes. */
export type MorningFigures = {
  readonly morningMs: number
  /** From the kill to the first 200 of /readyz after it. */
  readonly downMs: number
  readonly acknowledged: LatencySummary
  readonly tapToSaved: readonly number[]
  readonly tapToSent: readonly number[]
  /** From the end of the morning until all was applied, checked and declared; and until all copies might go. */
  readonly appliedMs: number
  readonly settledMs: number
  readonly mostDeclared: number
  readonly contextsAlive: number
  readonly serverPeakBytes: number
  /** Of all browser processes and the simulation; shared pages count once for each process. */
  readonly browsersPeakBytes: number
}

export type Morning = {
  readonly facts: MorningFacts
  readonly account: Account
  readonly figures: MorningFigures
}

/** A phone's app, its server and its line need this long at most to come to rest. */
const restMs = 60_000
const levee = join(import.meta.dirname, '..', '..', 'bin', 'levee')

/** @throws Error where the server or a browser cannot be started; what goes wrong later stands in the account. */
export async function runMorning(options: MorningOptions): Promise<Morning> {
  const { contexts, devices: deviceCount, minutes, seed = 1, note = () => {} } = options
  const durationMs = minutes * 60_000
  await using server = await startMorningServer()
  // A few more to choose from, because no app shall meet a midnight.
  const invited = await invite(server, contexts * 3 + deviceCount)
  const people = invited.filter(isDaytime).slice(0, contexts)
  const chosen = new Set(people)
  const others = invited.filter((one) => !chosen.has(one)).slice(0, deviceCount)
  note(`${invited.length} patients enrolled, a code for each`)
  const told = startTold()
  await using patients = await openPatients({ levee: server.url, people, told, durationMs })
  using devices = prepareDevices({ url: server.url, patients: others, told, durationMs, seed })
  note(`${patients.alive()} browser contexts are open`)
  const watch = watchMorning(server)
  const began = performance.now()
  const [downMs] = await Promise.all([
    interrupt(server, patients, durationMs, note),
    patients.morning().then(() => note('the patients are done')),
    devices.morning().then(() => note('the devices are done')),
  ])
  const ended = performance.now()
  await comeToRest(server)
  const appliedMs = performance.now() - ended
  await Promise.all([devices.evening(restMs), patients.evening(restMs)])
  const settledMs = performance.now() - ended
  const watched = await watch.stop()
  const facts = await gather(server, { contexts, devices: deviceCount }, told, patients, devices)
  const known = (ms: number | undefined) => ms !== undefined
  return {
    facts,
    account: await accountOf(facts),
    figures: {
      morningMs: ended - began,
      downMs,
      acknowledged: devices.acknowledged.summary(),
      tapToSaved: patients.reports.map(({ savedMs }) => savedMs).filter(known),
      tapToSent: patients.reports.map(({ sentMs }) => sentMs).filter(known),
      appliedMs,
      settledMs,
      contextsAlive: patients.alive(),
      serverPeakBytes: server.peakBytes(),
      ...watched,
    },
  }
}

/** Whether it is between 1 and 21 o'clock where the patient is. */
function isDaytime({ zone }: Invited): boolean {
  const { hour } = Temporal.Now.zonedDateTimeISO(zone)
  return hour >= 1 && hour < 21
}

/** Kills the server halfway, waits until those who send meanwhile have tapped, and starts it again. */
async function interrupt(
  server: MorningServer,
  patients: Patients,
  durationMs: number,
  note: (line: string) => void,
): Promise<number> {
  await sleep(durationMs / 2)
  await patients.readyForDeath(durationMs)
  note('the server is killed')
  const killed = performance.now()
  await server.kill()
  await patients.serverIsGone()
  await server.restart()
  note('the server is back')
  return performance.now() - killed
}

/** Looks once a second at the ledger and at the memory of this process and its browsers. */
function watchMorning({ control }: MorningServer) {
  let mostDeclared = 0
  let browsersPeakBytes = 0
  let over = false
  const looking = (async () => {
    while (!over) {
      const status = await control.status().catch(() => undefined)
      mostDeclared = Math.max(mostDeclared, (status && studyOf(status.ledger.studies))?.declared ?? 0)
      const servers = status === undefined ? 0 : sampleTree(status.pid).rssBytes
      browsersPeakBytes = Math.max(browsersPeakBytes, sampleTree(process.pid).rssBytes - servers)
      await sleep(1000)
    }
  })()
  return {
    async stop() {
      over = true
      await looking
      return { mostDeclared, browsersPeakBytes }
    },
  }
}

const studyOf = (studies: readonly StudyLedger[]): StudyLedger | undefined =>
  studies.find(({ studyId }) => studyId === demoStudyId)

/** Until nothing waits, nothing is declared and every signature is checked, or the time for it is over. */
async function comeToRest({ control }: MorningServer): Promise<void> {
  const last = performance.now() + restMs
  while (performance.now() < last) {
    const { ledger, signatures } = await control.status()
    const study = studyOf(ledger.studies)
    if (study?.inFlight === 0 && study.declared === 0 && signatures.waiting === 0) return
    await sleep(100)
  }
}

async function gather(
  server: MorningServer,
  expected: MorningFacts['expected'],
  told: MorningFacts['told'],
  patients: Patients,
  devices: Devices,
): Promise<MorningFacts> {
  const { control } = server
  const { ledger, signatures, lastPosition } = await control.status()
  const kept: HistoryLine[] = []
  for await (const line of control.lines<HistoryLine>(`/history?from=1&to=${lastPosition}`)) kept.push(line)
  const study = studyOf(ledger.studies)
  if (study === undefined) throw new Error('the ledger does not know the study')
  return {
    expected,
    told,
    kept,
    ledger: study,
    signatures,
    audit: await verifyAudit(server.folder),
    devices: devices.totals,
    patients: patients.reports,
  }
}

/** As an inspector does: exports the log and verifies the bundle. */
async function verifyAudit(folder: string): Promise<MorningFacts['audit']> {
  const bundle = mkdtempSync(join(tmpdir(), 'levee-morning-audit-'))
  const run = promisify(execFile)
  try {
    await run(levee, ['audit', 'export', '--study', demoStudyId, '--to', bundle, '--data', folder])
    const { stdout } = await run(levee, ['audit', 'verify', bundle])
    return { sound: true, says: stdout.trim() }
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
    return { sound: false, says: `${stderr}${stdout}`.trim() || String(error) }
  } finally {
    rmSync(bundle, { recursive: true, force: true })
  }
}
