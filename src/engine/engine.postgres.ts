// One node of many: the journal and the records are in PostgreSQL, and any node may end at any moment. The data
// folder holds what a node has for itself: the keys (the same on every node), its kept checkpoints, its socket.
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { historyOf } from '../api/control/history.postgres.ts'
import { activationKeyOf } from '../identity/activation-code.ts'
import { standingOf } from '../identity/device-store.postgres.ts'
import type { Devices } from '../identity/devices.ts'
import { startPostgresJournal } from '../intake/journal.postgres.ts'
import { postgresStores } from '../processing/stores.postgres.ts'
import { startTrial } from '../processing/trial.ts'
import { postgresClaims } from '../sending/claims.postgres.ts'
import { reminderKeysOf } from '../sending/reminders/reminder-keys.ts'
import { type DataFolder, lockFolder } from '../storage/folder.ts'
import { migratePostgres } from '../storage/migrate.postgres.ts'
import { type Copies, openPostgres, type Postgres } from '../storage/postgres.ts'
import { importPrivateKey, keyId, loadOrMakeKey } from '../system/keys.ts'
import { readRoles } from '../system/roles.ts'
import { version } from '../system/version.ts'
import type { Engine, Setup } from './engine.ts'
import { claimInstallation, installationKeys } from './installation-store.postgres.ts'

/** Connections of the main thread: groups in flight, readers, the wake-up call. */
const connections = 10

/** Throws, with the reason in words, if the server is not fit to promise, or this node has other keys. */
export async function postgresEngine({ config, overrides, folder, log, parts }: Setup): Promise<Engine> {
  parts.use(lockFolder(folder))
  const node = config.node === '' ? `${hostname()}:${config.port}` : config.node
  const copies = config.copies as Copies
  const db = parts.use(await openPostgres(config.database, { copies, name: node, connections }))
  await migratePostgres(db)
  const { logKeyPem, receiptKeyPem } = await sharedKeys(db, folder)
  const receiptPrivateKey = importPrivateKey(receiptKeyPem)
  const journal = await startPostgresJournal({
    db,
    receiptKey: { id: keyId(receiptPrivateKey), privateKey: receiptPrivateKey },
    node,
    version,
    limits: { waiting: config.queue, waitMs: config.queueMs },
    onDoubt: (reason) => log.warn('commits are in doubt', { reason }),
  })
  parts.defer(() => journal.stop())
  const trial = await startTrial({
    folder,
    database: { url: config.database, copies, node, roles: [...readRoles(config.roles)] },
    signerName: `levee-log-${keyId(importPrivateKey(logKeyPem))}`,
    logKeyPem,
    wake: new SharedArrayBuffer(4),
    beat: new SharedArrayBuffer(4),
    pointsModule: overrides.pointsModule,
    threadUrl: new URL('../trial-thread.postgres.ts', import.meta.url),
    onFailure: (reason) => {
      log.error('processing failed', { reason })
      if (overrides.onFailure !== undefined) overrides.onFailure(reason)
      else process.exit(1)
    },
    onRestart: (reason) => log.warn('processing restarts', { reason }),
  })
  parts.defer(() => trial.stop())
  return {
    journal,
    trial,
    activationKey: activationKeyOf(receiptKeyPem),
    reminderKeys: reminderKeysOf(receiptKeyPem),
    stores: postgresStores(db.pool),
    claims: postgresClaims(db, node),
    history: historyOf(db.pool),
    followDevices: (devices) => followDevices(db, devices),
  }
}

/**
 * The first node of an installation makes the keys; every other must have been given them, because a receipt or a
 * checkpoint signed by somebody else would prove nothing.
 */
async function sharedKeys(
  db: Postgres,
  folder: DataFolder,
): Promise<{ logKeyPem: string; receiptKeyPem: string }> {
  const files = { log: `${folder.keys}/log-key.pem`, receipt: `${folder.keys}/receipt-key.pem` }
  const remedy = `copy log-key.pem and receipt-key.pem from the keys folder of another node into ${folder.keys}, readable by this user alone`
  const known = await installationKeys(db.pool)
  if (known !== undefined && !(existsSync(files.log) && existsSync(files.receipt)))
    throw new Error(`this installation has its keys already, and this node has none: ${remedy}`)
  const logKeyPem = loadOrMakeKey(files.log)
  const receiptKeyPem = loadOrMakeKey(files.receipt)
  const mine = {
    logKey: keyId(importPrivateKey(logKeyPem)),
    receiptKey: keyId(importPrivateKey(receiptKeyPem)),
  }
  const standing = await claimInstallation(db.pool, mine)
  if (standing.moving)
    throw new Error(
      'levee move has not finished filling this database; run it again, and start nodes after it',
    )
  if (standing.logKey !== mine.logKey || standing.receiptKey !== mine.receiptKey)
    throw new Error(`this node has other keys than its installation: ${remedy}`)
  return { logKeyPem, receiptKeyPem }
}

/** A token issued or revoked at any node counts here within milliseconds, and after a lost connection at its return. */
async function followDevices(db: Postgres, devices: Devices): Promise<void> {
  const stores = postgresStores(db.pool)
  const reload = async () => devices.replace(await stores.devices.inGoodStanding())
  let changed: number[] = []
  const follow = async () => {
    const deviceIds = changed
    changed = []
    if (deviceIds.length === 0) return
    const standing = await standingOf(db.pool, deviceIds)
    for (const deviceId of deviceIds) devices.revoke(deviceId)
    for (const [tokenSha256, device] of standing) devices.add(tokenSha256, device)
  }
  // One after the other: an older answer that came last would bring a revoked token back. What came meanwhile is
  // looked up together.
  let last = Promise.resolve()
  const inTurn = (work: () => Promise<void>) => {
    last = last.then(work).catch(() => void setTimeout(() => inTurn(reload), 1000))
  }
  await db.listen(
    'levee_devices',
    (payload) => {
      changed.push((JSON.parse(payload) as { deviceId: number }).deviceId)
      if (changed.length === 1) inTurn(follow)
    },
    () => inTurn(reload),
  )
  await reload()
}
