// Builds each part once, in the data's order, hands each only what it uses, and stops them in reverse.

import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { controlDoor } from './api/control/server.ts'
import { DoorFigures } from './api/door-figures.ts'
import { grpcDoor } from './api/grpc/server.ts'
import { type HttpLimits, httpDoor } from './api/http/server.ts'
import { readLedger } from './api/ledger.ts'
import type { DoorParts } from './api/parts.ts'
import { statusReader } from './api/submission-status.ts'
import { drugDictionary, readDrugs, sampleFile } from './dictionary/drugs.ts'
import { devicesInGoodStanding } from './identity/device-store.sqlite.ts'
import { deviceRegistry } from './identity/devices.ts'
import { type Journal, startJournal } from './intake/journal.ts'
import { journalReader } from './intake/journal-store.sqlite.ts'
import { metricSources } from './metric-sources.ts'
import { startTrial, type Trial } from './processing/trial.ts'
import { noteIoError, processedPosition } from './recovery.ts'
import { type DataFolder, dataFolder, lockFolder, makeFolders } from './storage/folder.ts'
import { openReader } from './storage/sqlite.ts'
import type { Config } from './system/config.ts'
import { importPrivateKey, keyId, loadOrMakeKey } from './system/keys.ts'
import { type Log, openLog } from './system/log.ts'
import { metricsPage } from './system/metrics.ts'
import { version } from './system/version.ts'

/** What a test may replace; production uses none of it. */
export type Overrides = {
  readonly pointsModule?: string
  readonly allowUnfitFileSystem?: boolean
  readonly httpLimits?: Partial<HttpLimits>
  /** Instead of ending the process when the storage failed. */
  readonly onFailure?: (reason: string) => void
}

export type Levee = {
  readonly http: string
  readonly grpc: string
  readonly journal: Journal
  readonly trial: Trial
  readonly log: Log
  /** Doors close, the journal flushes, processing finishes its batch, files close. */
  stop(): Promise<void>
}

/** Exit code after a storage failure (EX_IOERR of sysexits): the process stops rather than promise wrongly. */
const failureExitCode = 74

/** What every part of one start shares. */
type Setup = {
  readonly config: Config
  readonly overrides: Overrides
  readonly folder: DataFolder
  readonly log: Log
  /** What has started so far; disposed of in reverse. */
  readonly parts: AsyncDisposableStack
}
type Threads = { readonly journal: Journal; readonly trial: Trial }

/** Starts everything. Throws, having stopped what had started, if a start gate refuses. */
export async function startLevee(config: Config, overrides: Overrides = {}): Promise<Levee> {
  const log = openLog(config.log)
  const folder = dataFolder(config.data, config.checkpoints === '' ? undefined : config.checkpoints)
  await using parts = new AsyncDisposableStack()
  makeFolders(folder)
  parts.use(lockFolder(folder))
  const setup: Setup = { config, overrides, folder, log, parts }
  const threads = await startThreads(setup)
  const addresses = await openDoors(setup, threads)
  const position = threads.journal.figures().position
  log.info('ready', { address: addresses.http, folder: folder.path, position, version })
  const running = parts.move()
  return { ...addresses, ...threads, log, stop: () => running.disposeAsync() }
}

/** The two writers, the journal's first: the trial reads what the journal keeps. */
async function startThreads({ config, overrides, folder, log, parts }: Setup): Promise<Threads> {
  const logKeyPem = loadOrMakeKey(`${folder.keys}/log-key.pem`)
  const receiptKeyPem = loadOrMakeKey(`${folder.keys}/receipt-key.pem`)
  const wake = new SharedArrayBuffer(4)
  const onFailure = (reason: string) => {
    log.error('storage failed', { reason })
    if (overrides.onFailure !== undefined) return overrides.onFailure(reason)
    noteIoError(folder)
    void sleep(100).then(() => process.exit(failureExitCode))
  }
  const journal = await startJournal({
    folder,
    version,
    receiptKeyPem,
    expectedPosition: processedPosition(folder),
    allowUnfitFileSystem: overrides.allowUnfitFileSystem ?? false,
    wake,
    pointsModule: overrides.pointsModule,
    limits: { waiting: config.queue, waitMs: config.queueMs },
    threadUrl: new URL('./journal-thread.ts', import.meta.url),
    onFailure,
  })
  parts.defer(() => journal.stop())
  const trial = await startTrial({
    folder,
    signerName: `levee-log-${keyId(importPrivateKey(logKeyPem))}`,
    logKeyPem,
    wake,
    beat: new SharedArrayBuffer(4),
    pointsModule: overrides.pointsModule,
    threadUrl: new URL('./trial-thread.ts', import.meta.url),
    onFailure,
    onRestart: (reason) => log.warn('processing restarts', { reason }),
  })
  parts.defer(() => trial.stop())
  return { journal, trial }
}

/** Readers, registry and figures, and the three doors on top of them. Returns the addresses they listen on. */
async function openDoors(setup: Setup, { journal, trial }: Threads): Promise<Pick<Levee, 'http' | 'grpc'>> {
  const { config, folder, parts, log } = setup
  const { host } = config
  const records = parts.adopt(openReader(folder.trial), (db) => db.close())
  const reader = journalReader(parts.adopt(openReader(folder.journal), (db) => db.close()))
  const devices = deviceRegistry(devicesInGoodStanding(records))
  const figures = new DoorFigures()
  const ledger = () => readLedger(records, reader, Date.now())
  const doorParts: DoorParts = {
    journal,
    devices,
    status: statusReader(reader, records),
    ledger,
    drugs: drugDictionary(() => readDrugs(config.dictionary === '' ? sampleFile : config.dictionary)),
    figures,
    metrics: metricsPage(metricSources({ doors: figures, journal, trial, devices, ledger })),
    troubles: () => troubles(journal, trial),
    log,
  }
  const http = await httpDoor(doorParts, setup.overrides.httpLimits)
  parts.defer(() => http.close())
  await http.listen({ host, port: config.port })
  const grpc = grpcDoor(doorParts)
  parts.defer(() => grpc.close())
  const grpcPort = await grpc.listen({ host, port: config.grpcPort })
  const { port } = http.server.address() as AddressInfo
  const addresses = { http: `http://${host}:${port}`, grpc: `${host}:${grpcPort}` }
  const start = { startedAt: Date.now(), version, addresses: () => addresses }
  const control = await controlDoor({ ...doorParts, ...start, trial, journalReader: reader, records, folder })
  parts.defer(() => control.close())
  return addresses
}

function troubles(journal: Journal, trial: Trial): string[] {
  const found: string[] = []
  if (journal.overloaded()) found.push('the journal is behind: new submissions get 503')
  if (!trial.figures().running)
    found.push('processing is restarting: submissions are received but not applied yet')
  return found
}
