// The installation that is to be moved: stopped, sound, and held by this process until the move ends.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { journalReader } from '../../intake/journal-store.sqlite.ts'
import { auditReader } from '../../records/audit-store.sqlite.ts'
import { readProgress } from '../../records/ledger-store.sqlite.ts'
import { type DataFolder, lockFolder } from '../../storage/folder.ts'
import { type MigratedDatabase, missingMigrations } from '../../storage/migrations.ts'
import { type Database, inSnapshotAsync, openReader } from '../../storage/sqlite.ts'
import { importPrivateKey, keyId } from '../../system/keys.ts'
import { verifierKeyOf } from '../audit.ts'
import { gateChecks } from '../doctor/audit-checks.ts'
import { stopCheck, totalsCheck } from '../doctor/journal-checks.ts'
import type { Source } from './bring.ts'
import { appliedMigrations } from './source-store.sqlite.ts'

/** A stopped installation, open for reading. Disposing of it lets others work in its folder again. */
export type OpenSource = Source &
  Disposable & {
    readonly folder: DataFolder
    /** The last position that processing has taken. */
    readonly taken: number
    readonly keys: { readonly receiptKey: string; readonly logKey: string }
    readonly receiptKeyPem: string
    /** Verifies its checkpoints. */
    readonly verifierKey: string
  }

/** Throws, with the reason in words, if a server works in the folder or its data are not sound. */
export async function openSource(folder: DataFolder): Promise<OpenSource> {
  if (!existsSync(folder.journal) || !existsSync(folder.trial))
    throw new Error(
      `${folder.path} holds no journal.db and trial.db; name the data folder of a server with --from`,
    )
  using parts = new DisposableStack()
  parts.use(lockFolder(folder))
  if (existsSync(folder.ioError)) {
    throw new Error(
      `the disk of ${folder.path} failed a flush. Start the server on it once, which rewrites the journal, stop it, and move then`,
    )
  }
  const open = (file: string, name: MigratedDatabase): Database => {
    const db = parts.adopt(openReader(file, 16), (db) => db.close())
    if (missingMigrations(name, appliedMigrations(db)).length > 0) {
      throw new Error(
        `${file} is of an older version. Start the server of this version on it once, stop it, and move then`,
      )
    }
    return db
  }
  const journal = open(folder.journal, 'journal')
  const trial = open(folder.trial, 'trial')
  const verifierKey = verifierKeyOf(folder.path)
  await refuseUnsound(folder, { journal, trial }, verifierKey)
  const { journalPosition, secondBodyId } = readProgress(trial)
  const pemOf = (name: string) => readFileSync(join(folder.keys, name), 'utf8')
  const idOf = (pem: string) => keyId(importPrivateKey(pem))
  const receiptKeyPem = pemOf('receipt-key.pem')
  const held = parts.move()
  return {
    folder,
    journal,
    trial,
    facts: { secondBodyId },
    taken: journalPosition,
    keys: { receiptKey: idOf(receiptKeyPem), logKey: idOf(pemOf('log-key.pem')) },
    receiptKeyPem,
    verifierKey,
    [Symbol.dispose]: () => held.dispose(),
  }
}

/** The gates of a start: the journal reaches what was taken, the logs reach and match their kept checkpoints. */
async function refuseUnsound(
  folder: DataFolder,
  { journal, trial }: { journal: Database; trial: Database },
  verifierKey: string,
): Promise<void> {
  const reader = auditReader(trial)
  const checks = [
    stopCheck(journal, folder, false),
    totalsCheck(journalReader(journal), trial),
    ...(await gateChecks(folder.checkpoints, verifierKey, (read) =>
      inSnapshotAsync(trial, () => read(reader)),
    )),
  ]
  const failed = checks.find((check) => check.state === 'fail')
  if (failed !== undefined)
    throw new Error(`${folder.path} is not sound: ${failed.name}: ${failed.says}. ${failed.remedy ?? ''}`)
}
