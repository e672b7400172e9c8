// The data folder: where each file lies, and the lock that lets one process at a time work in it.
import { existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { storageFailure } from './failure.ts'
import { writeFileDurably } from './flush.ts'

/** The files of one installation; all names are fixed so that an operator finds them. */
export type DataFolder = {
  readonly path: string
  readonly journal: string
  readonly trial: string
  readonly keys: string
  readonly checkpoints: string
  readonly socket: string
  readonly attempt: string
  readonly ioError: string
  readonly movedTo: string
  readonly lock: string
}

/** Names the files; makes nothing. `checkpoints` may lie elsewhere, best on another disk or machine. */
export function dataFolder(path: string, checkpoints = join(path, 'checkpoints')): DataFolder {
  return {
    path,
    checkpoints,
    journal: join(path, 'journal.db'),
    trial: join(path, 'trial.db'),
    keys: join(path, 'keys'),
    socket: join(path, 'levee.sock'),
    attempt: join(path, 'processing-attempt.json'),
    ioError: join(path, 'io-error'),
    movedTo: join(path, 'moved-to'),
    lock: join(path, 'lock.db'),
  }
}

/** Makes the folders, readable by their owner only. */
export function makeFolders(folder: DataFolder): void {
  for (const path of [folder.path, folder.keys, folder.checkpoints])
    mkdirSync(path, { recursive: true, mode: 0o700 })
}

/**
 * Holds the folder for this process until the returned handle is disposed of or the process dies.
 * The lock is SQLite's own exclusive file lock, which the kernel drops with the process.
 * Throws if another process holds it.
 */
export function lockFolder(folder: DataFolder): Disposable {
  const db = new DatabaseSync(folder.lock, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (storageFailure(error) !== 'busy') throw error
    throw new Error(
      `another Levee process works in ${folder.path}; stop it first, or choose another data folder`,
    )
  }
  return { [Symbol.dispose]: () => db.close() }
}

/** Leaves word that the data went on in a database; `place` names it without a password. */
export function markMoved(folder: DataFolder, place: string, now: number): void {
  writeFileDurably(folder.movedTo, `${place}\n${new Date(now).toISOString()}\n`)
}

/** Throws if the data went on elsewhere: what is received here would be missing there. */
export function refuseMoved(folder: DataFolder): void {
  if (!existsSync(folder.movedTo)) return
  const [place, at] = readFileSync(folder.movedTo, 'utf8').split('\n')
  throw new Error(
    `the data of ${folder.path} were moved to ${place} on ${at}. Start with --database; only if that move was given up, remove ${folder.movedTo}`,
  )
}

/** File systems that keep their flush promises only in part or not at all (statfs f_type magic numbers). */
const unfit = new Map([
  [0x6969, 'NFS'],
  [0x01021994, 'tmpfs'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
])

/** The name of the file system if the promises cannot rest on it, else undefined. */
export function unfitFileSystem(path: string): string | undefined {
  return unfit.get(Number(statfsSync(path).type))
}

/** Free bytes for this user on the folder's file system. */
export function freeBytes(path: string): number {
  const fs = statfsSync(path)
  return Number(fs.bavail) * Number(fs.bsize)
}
