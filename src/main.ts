// Builds each part once, in the data's order, hands each only what it uses, and stops them in reverse.

import type { AddressInfo } from 'node:net'
import { controlDoor } from './api/control/server.ts'
import { DoorFigures } from './api/door-figures.ts'
import { grpcDoor } from './api/grpc/server.ts'
import { type HttpLimits, httpDoor } from './api/http/server.ts'
import { readLedger } from './api/ledger.ts'
import type { DoorParts } from './api/parts.ts'
import { statusReader } from './api/submission-status.ts'
import { drugDictionary, readDrugs, sampleFile } from './dictionary/drugs.ts'
import { sqliteEngine } from './engine/engine.sqlite.ts'
import type { Engine, EngineOverrides, Setup } from './engine/engine.ts'
import { deviceRegistry } from './identity/devices.ts'
import type { Journal } from './intake/journal.ts'
import { metricSources } from './metric-sources.ts'
import type { Trial } from './processing/trial.ts'
import { dataFolder, makeFolders } from './storage/folder.ts'
import type { Config } from './system/config.ts'
import { type Log, openLog } from './system/log.ts'
import { metricsPage } from './system/metrics.ts'
import { version } from './system/version.ts'

/** What a test may replace; production uses none of it. */
export type Overrides = EngineOverrides & { readonly httpLimits?: Partial<HttpLimits> }

export type Levee = {
  readonly http: string
  readonly grpc: string
  readonly journal: Journal
  readonly trial: Trial
  readonly log: Log
  /** Doors close, the journal flushes, processing finishes its batch, files close. */
  stop(): Promise<void>
}

/** Starts everything. Throws, having stopped what had started, if a start gate refuses. */
export async function startLevee(config: Config, overrides: Overrides = {}): Promise<Levee> {
  const log = openLog(config.log)
  const folder = dataFolder(config.data, config.checkpoints === '' ? undefined : config.checkpoints)
  await using parts = new AsyncDisposableStack()
  makeFolders(folder)
  const setup: Setup = { config, overrides, folder, log, parts }
  const engine = await sqliteEngine(setup)
  const addresses = await openDoors(setup, engine, overrides.httpLimits)
  const position = engine.journal.figures().position
  log.info('ready', { address: addresses.http, folder: folder.path, position, version })
  const running = parts.move()
  const { journal, trial } = engine
  return { ...addresses, journal, trial, log, stop: () => running.disposeAsync() }
}

/** Registry and figures, and the three doors on top of them. Returns the addresses they listen on. */
async function openDoors(
  { config, folder, parts, log }: Setup,
  engine: Engine,
  httpLimits: Partial<HttpLimits> | undefined,
): Promise<Pick<Levee, 'http' | 'grpc'>> {
  const { host } = config
  const { journal, trial, stores, history } = engine
  const devices = deviceRegistry(await stores.devices.inGoodStanding())
  const figures = new DoorFigures()
  const ledger = () => readLedger(stores.ledger, stores.journal, Date.now())
  const doorParts: DoorParts = {
    journal,
    devices,
    status: statusReader(stores),
    ledger,
    drugs: drugDictionary(() => readDrugs(config.dictionary === '' ? sampleFile : config.dictionary)),
    figures,
    metrics: metricsPage(metricSources({ doors: figures, journal, trial, devices, ledger })),
    troubles: () => troubles(journal, trial),
    log,
  }
  const http = await httpDoor(doorParts, httpLimits)
  parts.defer(() => http.close())
  await http.listen({ host, port: config.port })
  const grpc = grpcDoor(doorParts)
  parts.defer(() => grpc.close())
  const grpcPort = await grpc.listen({ host, port: config.grpcPort })
  const { port } = http.server.address() as AddressInfo
  const addresses = { http: `http://${host}:${port}`, grpc: `${host}:${grpcPort}` }
  const start = { startedAt: Date.now(), version, addresses: () => addresses }
  const control = await controlDoor({ ...doorParts, ...start, trial, stores, history, socket: folder.socket })
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
