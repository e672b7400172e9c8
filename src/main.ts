// Builds each part once, in the data's order, hands each only what it uses, and stops them in reverse.

import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { activationDesk } from './api/activation-desk.ts'
import { controlDoor } from './api/control/server.ts'
import { declaredCounts } from './api/declared-counts.ts'
import { DoorFigures } from './api/door-figures.ts'
import { grpcDoor } from './api/grpc/server.ts'
import { receiptKeysIn } from './api/http/device/receipt-keys.ts'
import { fhirReader } from './api/http/fhir-reader.ts'
import { type HttpLimits, httpDoor } from './api/http/server.ts'
import { readLedger } from './api/ledger.ts'
import type { DoorParts } from './api/parts.ts'
import { statusReader } from './api/submission-status.ts'
import { drugDictionary, readDrugs, sampleFile } from './dictionary/drugs.ts'
import { sqliteEngine } from './engine/engine.sqlite.ts'
import type { Engine, EngineOverrides, Setup } from './engine/engine.ts'
import { reminderDoor, startReminders } from './engine/reminders.ts'
import { deviceLimits } from './identity/device-limits.ts'
import { deviceRegistry } from './identity/devices.ts'
import type { Journal } from './intake/journal.ts'
import { metricSources } from './metric-sources.ts'
import { alertClock } from './processing/alert-clock.ts'
import { busynessOf } from './processing/signatures/busyness.ts'
import { signatureChecker } from './processing/signatures/signature-checker.ts'
import type { Trial } from './processing/trial.ts'
import { readReceiver } from './sending/receiver.ts'
import { type Sender, sender } from './sending/sender.ts'
import { readSecrets } from './sending/signature.ts'
import { webhook } from './sending/webhook.ts'
import { dataFolder, makeFolders } from './storage/folder.ts'
import type { Config } from './system/config.ts'
import { type Log, openLog } from './system/log.ts'
import { metricsPage } from './system/metrics.ts'
import { readRoles } from './system/roles.ts'
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
  const engine = await engineOf(setup)
  const sending = startSending(setup, engine)
  startClock(setup, engine)
  await startReminders(setup, engine)
  startSignatureChecks(setup, engine)
  const stopping = { now: false }
  const addresses = await openDoors(setup, engine, sending, stopping, overrides.httpLimits)
  const position = engine.journal.figures().position
  log.info('ready', { address: addresses.http, folder: folder.path, position, version })
  const running = parts.move()
  const { journal, trial } = engine
  const stop = async () => {
    stopping.now = true
    await sleep(config.drainMs)
    await running.disposeAsync()
  }
  return { ...addresses, journal, trial, log, stop }
}

/** Only a node of a cluster loads the driver. */
async function engineOf(setup: Setup): Promise<Engine> {
  if (setup.config.database === '') return sqliteEngine(setup)
  const { postgresEngine } = await import('./engine/engine.postgres.ts')
  return postgresEngine(setup)
}

/** Sends what is in the outbox, if there is somebody to send it to and this node does it. */
function startSending({ config, parts, log }: Setup, { claims }: Engine): Sender | undefined {
  if (config.webhookUrl === '' || !readRoles(config.roles).has('sending')) return undefined
  const receiver = readReceiver(config.webhookUrl, config.webhookPrivate)
  const hook = parts.use(webhook({ receiver, secrets: readSecrets(config.webhookSecrets), now: Date.now }))
  const started = sender({
    claims,
    deliver: (message) => hook.deliver(message),
    now: Date.now,
    random: Math.random,
    onTrouble: (reason) => log.warn('the outbox cannot be read or written', { reason }),
  })
  parts.defer(() => started.stop())
  void started.run()
  return started
}

/** Escalates alerts nobody has acknowledged, where this node processes. */
function startClock({ config, parts, log }: Setup, { trial }: Engine): void {
  if (!readRoles(config.roles).has('processing')) return
  const by = { actor: 'system:clock', reason: '' }
  parts.use(
    alertClock(
      () => trial.act({ do: 'tend-alerts', by }),
      (reason) => log.warn('alerts cannot be tended', { reason }),
    ),
  )
}

/** Checks what devices signed, where this node processes. */
function startSignatureChecks({ config, parts, log }: Setup, { stores, trial, journal }: Engine): void {
  if (!readRoles(config.roles).has('processing')) return
  const by = { actor: 'system:signatures', reason: '' }
  const checker = signatureChecker({
    stores,
    isShared: config.database !== '',
    note: (checks) => trial.act({ do: 'note-signatures', by, ...checks }),
    busyness: busynessOf(() => ({ kept: journal.figures().position, taken: trial.figures().position })),
    onTrouble: (reason) => log.warn('signatures cannot be checked', { reason }),
  })
  parts.defer(() => checker.stop())
}

/** Registry and figures, and the three doors on top of them. Returns the addresses they listen on. */
async function openDoors(
  setup: Setup,
  engine: Engine,
  sending: Sender | undefined,
  stopping: { readonly now: boolean },
  httpLimits: Partial<HttpLimits> | undefined,
): Promise<Pick<Levee, 'http' | 'grpc'>> {
  const { config, folder, log } = setup
  const roles = readRoles(config.roles)
  const { journal, trial, stores } = engine
  const devices = deviceRegistry(await stores.devices.inGoodStanding())
  await engine.followDevices(devices)
  const act: Trial['act'] = (action) => trial.act(action)
  const activation = activationDesk(act, devices, engine.activationKey)
  const reminders = reminderDoor(config, engine)
  const figures = new DoorFigures()
  const declared = declaredCounts(stores)
  const signatures = () => stores.signatureChecks.totals()
  const ledger = async () => readLedger(stores.ledger, stores.journal, Date.now(), await declared())
  const doorParts: DoorParts = {
    journal,
    devices,
    limits: deviceLimits(() => performance.now()),
    activation,
    behindTls: config.behindTls,
    status: statusReader(stores),
    fhir: fhirReader(stores, (zone) => Temporal.Now.plainDateISO(zone).toString()),
    ledger,
    staff: { stores, act, handOver: activation.handOver },
    device: { stores, receiptKeys: receiptKeysIn(folder.keys), pushKey: reminders.pushKey },
    drugs: drugDictionary(() => readDrugs(config.dictionary === '' ? sampleFile : config.dictionary)),
    figures,
    metrics: metricsPage(
      metricSources({
        doors: figures,
        journal,
        trial,
        devices,
        ledger,
        messages: stores.messages,
        signatures,
        sending,
      }),
    ),
    troubles: () => (stopping.now ? ['the node is stopping'] : troubles(journal, trial)),
    log,
    roles,
    reminders,
  }
  return listen(setup, engine, sending, doorParts, httpLimits)
}

/** Opens the doors, the control door last. */
async function listen(
  { config, folder, parts }: Setup,
  { trial, stores, history }: Engine,
  sending: Sender | undefined,
  doorParts: DoorParts,
  httpLimits: Partial<HttpLimits> | undefined,
): Promise<Pick<Levee, 'http' | 'grpc'>> {
  const { host } = config
  const http = await httpDoor(doorParts, httpLimits)
  parts.defer(() => http.close())
  await http.listen({ host, port: config.port })
  const grpc = doorParts.roles.has('intake') ? grpcDoor(doorParts) : undefined
  parts.defer(() => grpc?.close())
  const grpcPort = await grpc?.listen({ host, port: config.grpcPort })
  const { port } = http.server.address() as AddressInfo
  const addresses = {
    http: `http://${host}:${port}`,
    grpc: grpcPort === undefined ? '' : `${host}:${grpcPort}`,
  }
  const start = { startedAt: Date.now(), version, addresses: () => addresses }
  const control = await controlDoor({
    ...doorParts,
    ...start,
    trial,
    stores,
    sending,
    history,
    socket: folder.socket,
  })
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
