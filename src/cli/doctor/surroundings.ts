// Checks of what Levee stands on: Node, SQLite, disk, keys, time zones.
import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { probeFlush } from '../../storage/flush.ts'
import { type DataFolder, freeBytes, unfitFileSystem } from '../../storage/folder.ts'
import { openReader, openWriter, sqliteVersion } from '../../storage/sqlite.ts'
import { bytesText, msText } from '../figures.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { journalMode, writeProbe } from './doctor-store.sqlite.ts'

const leastNode = 26
/** The server refuses to start below 64 MiB; a day of diaries wants more. */
const littleSpace = 1e9
const leastSpace = 64 * 1024 * 1024
/** No device reaches stable storage faster; what does has only reached a cache. */
const incredibleFlushMs = 0.02
const slowFlushMs = 20
const flushes = 21

/** All checks of the surroundings, in the order in which they matter. */
export function surroundings(folder: DataFolder): Check[] {
  return [nodeCheck(), sqliteCheck(), diskCheck(folder), flushCheck(folder), settingsCheck(folder)].concat(
    keysCheck(folder),
    checkpointDiskCheck(folder),
    zonesCheck(),
  )
}

function nodeCheck(): Check {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= leastNode) return ok('Node', node)
  return fail(
    'Node',
    `${node} is older than ${leastNode}`,
    'run bin/levee, which finds the pinned Node by itself',
  )
}

function sqliteCheck(): Check {
  const { version, sound } = sqliteVersion()
  if (sound) return ok('SQLite', version)
  return fail(
    'SQLite',
    `${version} can lose commits when its log is reset`,
    'run bin/levee, which brings a newer one',
  )
}

/** Names of common Linux file systems by their magic number (statfs(2)). */
const fileSystems: Record<number, string> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  2035054128: 'overlay',
  16914836: 'tmpfs',
  26985: 'NFS',
}

function diskCheck({ path }: DataFolder): Check {
  const { type } = statfsSync(path)
  const name = fileSystems[Number(type)] ?? `type 0x${Number(type).toString(16)}`
  const free = freeBytes(path)
  const says = `${name}, ${bytesText(free)} free`
  const unfit = unfitFileSystem(path)
  if (unfit !== undefined) {
    return fail(
      'data disk',
      `${unfit} does not keep data through a power cut`,
      'move the data folder to a local disk',
    )
  }
  if (free < leastSpace)
    return fail('data disk', says, 'free some space: the server does not start with less than 64 MiB')
  if (free < littleSpace)
    return warn(
      'data disk',
      says,
      'free some space: when it is used up, diaries get 507 and wait on the devices',
    )
  return ok('data disk', says)
}

function flushCheck({ path }: DataFolder): Check {
  const times = Array.from({ length: flushes }, () => probeFlush(path)).sort((a, b) => a - b)
  const middle = times[(flushes - 1) / 2]!
  const says = `${msText(middle)} in the middle, ${msText(times.at(-1))} at most`
  if (middle < incredibleFlushMs) {
    return warn(
      'flush',
      `${says}: too good to be true`,
      'the drive or the virtual disk may keep flushed data in a volatile cache; have its write cache switched off or backed by a battery',
    )
  }
  if (middle > slowFlushMs)
    return warn(
      'flush',
      `${says}: slow`,
      'every answer waits for one flush; use a disk with power-loss protection',
    )
  return ok('flush', says)
}

/** Writes a small database beside the real ones with the settings of the real ones, which are read back. */
function settingsCheck(folder: DataFolder): Check {
  const probe = join(folder.path, 'doctor-probe.db')
  try {
    const db = openWriter(probe)
    writeProbe(db)
    db.close()
    const modes = [folder.journal, folder.trial].filter(existsSync).map((file) => {
      const reader = openReader(file)
      const mode = journalMode(reader)
      reader.close()
      return mode
    })
    const wrong = modes.find((mode) => mode !== 'wal')
    if (wrong !== undefined)
      return fail(
        'settings',
        `a database is in journal mode ${wrong}`,
        'start the server once; it sets and reads back WAL',
      )
    return ok('settings', 'WAL and synchronous=FULL read back')
  } catch (error) {
    return fail(
      'settings',
      (error as Error).message,
      'give this user the right to write in the data folder, or fix the disk',
    )
  } finally {
    for (const tail of ['', '-wal', '-shm']) rmSync(probe + tail, { force: true })
  }
}

function keysCheck(folder: DataFolder): Check[] {
  const files = existsSync(folder.keys) ? readdirSync(folder.keys).map((name) => join(folder.keys, name)) : []
  const missing = ['log-key.pem', 'receipt-key.pem'].filter(
    (name) => !files.includes(join(folder.keys, name)),
  )
  if (missing.length > 0) {
    return [
      fail(
        'keys',
        `${missing.join(' and ')} missing in ${folder.keys}`,
        'restore them from their copy; with new keys earlier checkpoints and receipts no longer verify here',
      ),
    ]
  }
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0)
  if (open.length > 0)
    return [fail('keys', `others may read ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`)]
  return [ok('keys', `${files.length}, readable by their owner only`)]
}

function checkpointDiskCheck(folder: DataFolder): Check[] {
  if (!existsSync(folder.checkpoints))
    return [
      warn(
        'checkpoints',
        `${folder.checkpoints} is missing`,
        'start the server once, or name the folder with --checkpoints',
      ),
    ]
  const same = statSync(folder.checkpoints).dev === statSync(folder.path).dev
  if (!same) return [ok('checkpoints', `on another disk than the data, in ${folder.checkpoints}`)]
  return [
    warn(
      'checkpoints',
      'on the same disk as the data',
      'keep them elsewhere with --checkpoints, so that who rolls the data back does not roll them back too',
    ),
  ]
}

/** Shanghai has had no summer time since 1991; New York skips 02:30 on 8 March 2026; a build without zone data knows neither. */
function zonesCheck(): Check {
  const says = `tzdata ${process.versions.tz ?? 'of unknown version'}`
  try {
    const shanghai = Temporal.ZonedDateTime.from('2026-07-01T08:00[Asia/Shanghai]').offset
    const skipped = Temporal.ZonedDateTime.from('2026-03-08T02:30[America/New_York]').toPlainTime().toString()
    if (shanghai === '+08:00' && skipped === '03:30:00') return ok('time zones', says)
  } catch {
    // Falls through to the failure: a zone is unknown.
  }
  return fail(
    'time zones',
    `${says} is wrong or missing`,
    'run bin/levee, which brings a Node with full time zone data',
  )
}
