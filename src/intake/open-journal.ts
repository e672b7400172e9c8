// The journal's start gate: nothing is accepted before every line of it is true (reliability: D5).
import { existsSync, renameSync, rmSync } from 'node:fs'
import { flushFile, flushFolderOf, probeFlush } from '../storage/flush.ts'
import { freeBytes, unfitFileSystem } from '../storage/folder.ts'
import { migrate } from '../storage/migrate.ts'
import { checkpoint, copyInto, type Database, inTransaction, openWriter } from '../storage/sqlite.ts'
import { importPrivateKey, keyId } from '../system/keys.ts'
import type { JournalHead } from './commit-group.ts'
import type { JournalThreadData } from './journal.ts'
import { countEntries, type JournalStore, journalStore } from './journal-store.sqlite.ts'
import type { ReceiptKey } from './receipt.ts'

/** Below this much free space the server does not start: it could not promise for long. */
const leastFreeBytes = 64 * 1024 * 1024

export type OpenJournal = {
  readonly store: JournalStore
  readonly head: JournalHead
  readonly key: ReceiptKey
  readonly boot: number
  /** Whether the process before this one stopped in good order, or there was none. */
  readonly previousStop: 'first' | 'clean' | 'unclean'
}

/**
 * Opens the journal for writing. Throws, with the reason in words, unless: the file system can keep promises,
 * there is free space, a probe flush works, the settings read back, the journal reaches at least
 * `expectedPosition` (what processing or a checkpoint has already seen), and a boot entry is durable.
 */
export function openJournal(data: JournalThreadData): OpenJournal {
  const unfit = unfitFileSystem(data.folder.path)
  if (unfit !== undefined && !data.allowUnfitFileSystem) {
    throw new Error(
      `the data folder lies on ${unfit}, which does not keep data through a power cut; use a local disk`,
    )
  }
  const free = freeBytes(data.folder.path)
  if (free < leastFreeBytes)
    throw new Error(`only ${free} bytes are free in the data folder; ${leastFreeBytes} are needed`)
  probeFlush(data.folder.path)
  if (existsSync(data.folder.ioError)) rewriteAfterIoError(data.folder.journal, data.folder.ioError)
  const db = openWriter(data.folder.journal, 4)
  migrate(db, 'journal')
  const store = journalStore(db)
  const head: JournalHead = { position: store.lastPosition(), totals: store.totals() }
  refuseLoss(db, head, data.expectedPosition)
  const previousStop = store.previousStop()
  const boot = inTransaction(db, (tx) => store.boot(tx, Date.now(), data.version))
  flushFile(`${data.folder.journal}-wal`)
  flushFolderOf(data.folder.journal)
  checkpoint(db)
  const privateKey = importPrivateKey(data.receiptKeyPem)
  return { store, head, boot, previousStop, key: { id: keyId(privateKey), privateKey } }
}

/** SQLite drops everything after a damaged WAL frame and calls the rest sound; only outside knowledge notices. */
function refuseLoss(db: Database, head: JournalHead, expected: number): void {
  if (head.position < expected) {
    db.close()
    throw new Error(
      `the journal ends at position ${head.position}, but position ${expected} was already processed: entries ${head.position + 1} to ${expected} are missing. Restore the journal from its copy; see docs/operations.md`,
    )
  }
  let sum = 0
  for (const entries of head.totals.values()) sum += entries
  if (sum !== head.position) {
    db.close()
    throw new Error(`the journal holds ${head.position} positions but its totals say ${sum}; it is damaged`)
  }
}

/**
 * After a failed flush the page cache may hold pages that the disk does not; they count as clean and will
 * never be written again. So every row is copied to a new file, flushed, and that file takes the old one's place.
 */
function rewriteAfterIoError(file: string, marker: string): void {
  if (existsSync(file)) {
    const copy = `${file}.rewrite`
    rmSync(copy, { force: true })
    const db = openWriter(file)
    const before = countEntries(db)
    copyInto(db, copy)
    db.close()
    flushFile(copy)
    const check = openWriter(copy)
    const after = countEntries(check)
    checkpoint(check, 'TRUNCATE')
    check.close()
    if (after !== before)
      throw new Error(`rewriting the journal after a disk error kept ${after} of ${before} entries`)
    renameSync(copy, file)
    for (const tail of ['-wal', '-shm']) rmSync(file + tail, { force: true })
    flushFolderOf(file)
  }
  rmSync(marker)
}
