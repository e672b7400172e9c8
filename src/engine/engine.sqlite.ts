// One machine: two SQLite databases in the data folder, one writer thread for each, readers on this thread.
import { setTimeout as sleep } from 'node:timers/promises'
import { readHistory } from '../api/control/history-reader.ts'
import { activationKeyOf } from '../identity/activation-code.ts'
import { startJournal } from '../intake/journal.ts'
import { journalReader } from '../intake/journal-store.sqlite.ts'
import { sqliteStores } from '../processing/stores.sqlite.ts'
import { startTrial } from '../processing/trial.ts'
import { dueReader } from '../sending/claim-store.sqlite.ts'
import { sqliteClaims } from '../sending/claims.sqlite.ts'
import { reminderKeysOf } from '../sending/reminders/reminder-keys.ts'
import { lockFolder, refuseMoved } from '../storage/folder.ts'
import { openReader } from '../storage/sqlite.ts'
import { importPrivateKey, keyId, loadOrMakeKey } from '../system/keys.ts'
import { version } from '../system/version.ts'
import type { Engine, Setup } from './engine.ts'
import { noteIoError, processedPosition } from './recovery.ts'

/** Exit code after a storage failure (EX_IOERR of sysexits): the process stops rather than promise wrongly. */
const failureExitCode = 74

/** The two writers, the journal's first: the trial reads what the journal keeps. Throws if a start gate refuses. */
export async function sqliteEngine({ config, overrides, folder, log, parts }: Setup): Promise<Engine> {
  parts.use(lockFolder(folder))
  refuseMoved(folder)
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
    threadUrl: new URL('../journal-thread.ts', import.meta.url),
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
    threadUrl: new URL('../trial-thread.ts', import.meta.url),
    onFailure,
    onRestart: (reason) => log.warn('processing restarts', { reason }),
  })
  parts.defer(() => trial.stop())
  const records = parts.adopt(openReader(folder.trial), (db) => db.close())
  const reader = journalReader(parts.adopt(openReader(folder.journal), (db) => db.close()))
  return {
    journal,
    trial,
    activationKey: activationKeyOf(receiptKeyPem),
    reminderKeys: reminderKeysOf(receiptKeyPem),
    stores: sqliteStores(records, reader),
    claims: sqliteClaims(dueReader(records), (settled) => trial.settleMessages(settled)),
    followDevices: async () => {},
    history: (from, to) => readHistory({ journal: folder.journal, trial: folder.trial, from, to }),
  }
}
