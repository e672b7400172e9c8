// The server of the morning: `levee serve` as a process of its own on a new data folder, with the demo study and as many
// patients as phones. It can be killed and started again on the same address and folder, as a power cut would.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { NewActivation } from '../../src/api/activation-desk.ts'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import { demoFolder, demoPatients, demoStudyId, studyFiles } from '../../src/cli/demo-study.ts'
import type { NewPatient } from '../../src/records/actions.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { dataFolder, untilReady } from '../levee-process.ts'
import { sampleTree } from '../process-tree.ts'
import { freePort, startChild, stopChild } from '../target.ts'

const levee = join(import.meta.dirname, '..', '..', 'bin', 'levee')
const reason = 'one morning'
const codeMs = 3_600_000

/** A patient with the code that the site handed out. */
export type Invited = NewPatient & Pick<NewActivation, 'code'>

export type MorningServer = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string
  readonly folder: string
  readonly control: ControlClient
  /** Highest resident memory seen so far over all its processes in turn, in bytes; looked at twice a second. */
  peakBytes(): number
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** Starts it anew; resolves at the first 200 of /readyz. */
  restart(): Promise<void>
}

/** Starts it empty. @throws Error when it does not become ready within two minutes. */
export async function startMorningServer(): Promise<MorningServer> {
  const folder = dataFolder()
  const port = await freePort()
  const args = [
    'serve',
    '--data',
    folder.path,
    '--port',
    String(port),
    '--grpc-port',
    String(await freePort()),
  ]
  let peak = 0
  let child: ChildProcess | undefined
  const start = async () => {
    const started = startChild(levee, [...args, '--log', 'error'])
    started.stdout?.resume()
    child = started
    await untilReady(port, () => started.exitCode !== null || started.signalCode !== null)
  }
  const look = setInterval(() => {
    if (child?.pid !== undefined) peak = Math.max(peak, sampleTree(child.pid).rssBytes)
  }, 500)
  const dispose = async () => {
    clearInterval(look)
    if (child !== undefined) await stopChild(child)
    folder[Symbol.dispose]()
  }
  try {
    await start()
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    url: `http://127.0.0.1:${port}`,
    folder: folder.path,
    control: controlClient(folder.path),
    peakBytes: () => peak,
    async kill() {
      const ended = once(child!, 'exit')
      child!.kill('SIGKILL')
      await ended
    },
    restart: start,
    [Symbol.asyncDispose]: dispose,
  }
}

/** Publishes the demo study, enrols so many patients and makes a code for each. */
export async function invite({ control }: MorningServer, count: number): Promise<Invited[]> {
  const files = studyFiles(demoFolder)
  await control.act({ do: 'publish', files }, reason)
  const today = Temporal.Now.plainDateISO('UTC')
  const patients = demoPatients(compileStudy(new Map(files)), count, today)
  await control.act({ do: 'create-patients', studyId: demoStudyId, patients }, reason)
  const patientIds = patients.map(({ patientId }) => patientId)
  const codes = await control.codes({ studyId: demoStudyId, patientIds, validMs: codeMs }, reason)
  return patients.map((patient, i) => ({ ...patient, code: codes[i]!.code }))
}
