// Checks of what keeps a second copy: who confirms commits, how far behind the standbys are, what slots keep, whether
// the log is archived.
import type { Copies } from '../../storage/postgres.ts'
import { bytesText, durationText, msText, timeText } from '../figures.ts'
import { type Check, fail, ok, warn } from './check.ts'
import type { Server } from './server-checks.ts'
import {
  archiver,
  type Look,
  replicationSlots,
  type Slot,
  type Standby,
  sessions,
  standbys,
  walBytes,
} from './server-store.postgres.ts'

const farBehindMs = 10_000
const farBehindBytes = 256e6
const muchKept = 10e9

/** Only on the primary. */
export async function standbyChecks(look: Look, server: Server, copies: Copies): Promise<Check[]> {
  const all = await standbys(look)
  const waiting = (await sessions(look)).filter((s) => s.waitsForStandby).length
  return [
    server.monitors
      ? copiesCheck(server, copies, all, waiting)
      : namesCheck(server.settings.get('synchronous_standby_names') ?? '', copies),
    ...(server.monitors ? [lagCheck(all)] : []),
    await slotsCheck(await replicationSlots(look), server, await walBytes(look)),
    await archiveCheck(look, server),
  ]
}

/** How many standbys a commit waits for, after synchronous_standby_names (PostgreSQL documentation, §19.6.2). */
export function neededStandbys(setting: string): number {
  const text = setting.trim()
  if (text === '') return 0
  return Number(/^(?:ANY|FIRST)?\s*(\d+)\s*\(/i.exec(text)?.[1] ?? 1)
}

function namesCheck(setting: string, copies: Copies): Check {
  if (setting.trim() !== '' || copies === 'one')
    return ok('copies', setting.trim() === '' ? 'one copy, as stated' : `commits wait for ${setting}`)
  return noName
}

const noName = fail(
  'copies',
  'synchronous_standby_names is empty: a commit does not wait for a standby',
  "set it to 'ANY 1 (name, name)' with the standbys' names and reload; nodes refuse the server until then",
)

function copiesCheck(
  { settings, patroni }: Server,
  copies: Copies,
  all: readonly Standby[],
  waiting: number,
): Check {
  const setting = settings.get('synchronous_standby_names') ?? ''
  const needed = neededStandbys(setting)
  if (needed === 0 && copies === 'one') {
    return warn(
      'copies',
      'one: the loss of this machine loses acknowledged diaries',
      'add two standbys and set synchronous_standby_names before real diaries come',
    )
  }
  if (needed === 0) return noName
  const streaming = all.filter((s) => s.state === 'streaming')
  const confirming = streaming.filter(
    (s) => s.sync === 'sync' || s.sync === 'quorum' || s.sync === 'potential',
  )
  const who = confirming.length === 0 ? 'none' : confirming.map((s) => s.name).join(', ')
  const says = `each commit waits for ${needed} of ${confirming.length} (${who}), by ${setting}`
  if (confirming.length < needed) {
    return fail(
      'copies',
      `${says}${waiting > 0 ? `; commits waiting now: ${waiting}` : ''}; nothing can be acknowledged`,
      'bring a standby back (its log says why it went), or have a named person decide to name another one',
    )
  }
  const others = streaming.filter((s) => !confirming.includes(s)).map((s) => s.name)
  const rest =
    others.length === 0
      ? ''
      : `; ${others.join(', ')} ${patroni ? 'may be named by Patroni' : 'confirm nothing'}`
  if (confirming.length > needed || (patroni && others.length > 0)) return ok('copies', says + rest)
  return warn(
    'copies',
    says + rest,
    'add a standby: when one of these is gone, every commit waits and diaries get 503 until it is back',
  )
}

function lagCheck(all: readonly Standby[]): Check {
  if (all.length === 0) return ok('standby lag', 'there is no standby')
  const text = ({ name, state, flushLagMs, behind }: Standby) =>
    `${name} ${state ?? 'unknown'}, ${bytesText(behind ?? 0)} behind${flushLagMs === null ? '' : `, ${msText(flushLagMs)}`}`
  const says = all.map(text).join('; ')
  const late = all.filter(
    (s) => s.state !== 'streaming' || (s.flushLagMs ?? 0) > farBehindMs || (s.behind ?? 0) > farBehindBytes,
  )
  if (late.length === 0) return ok('standby lag', says)
  return warn(
    'standby lag',
    says,
    `look at ${late.map((s) => s.name).join(', ')}: its disk, its network, and its log`,
  )
}

async function slotsCheck(slots: readonly Slot[], { settings }: Server, wal?: number): Promise<Check> {
  const size = wal === undefined ? '' : `; the log's folder holds ${bytesText(wal)}`
  const lost = slots.filter((s) => s.standing === 'lost' || s.standing === 'unreserved')
  const name = ({ name, keptBytes }: Slot) => `${name} (${bytesText(keptBytes ?? 0)} kept)`
  if (lost.length > 0) {
    return fail(
      'slots',
      `${lost.map((s) => s.name).join(', ')}: the log it needs is gone or about to go`,
      'make that standby anew from a base backup, then drop and make its slot',
    )
  }
  // A slot that nobody has ever read from keeps nothing: it is there for the day after a failover.
  const idle = slots.filter((s) => !s.active && (s.keptBytes ?? 0) > 0)
  if (idle.length > 0) {
    const bound = settings.get('max_slot_wal_keep_size')
    return warn(
      'slots',
      `nobody reads from ${idle.map(name).join(', ')}${size}`,
      `bring that standby back or drop the slot (pg_drop_replication_slot)${bound === '-1' ? '; set max_slot_wal_keep_size, or the disk of the primary fills up' : ''}`,
    )
  }
  const large = slots.filter((s) => (s.keptBytes ?? 0) > muchKept)
  if (large.length > 0)
    return warn('slots', large.map(name).join(', ') + size, 'find out why that standby is so far behind')
  return ok('slots', `${slots.length === 0 ? 'none' : slots.map(name).join(', ')}${size}`)
}

async function archiveCheck(look: Look, { settings }: Server): Promise<Check> {
  const mode = settings.get('archive_mode')
  if (mode === 'off' || mode === undefined) {
    return warn(
      'archive',
      'the log is not archived: a backup can only be restored as it was made',
      'set archive_mode and archive_command (docs/operations-cluster.md), so that any moment can be restored',
    )
  }
  const { archived, lastArchivedAt, lastFailedAt } = await archiver(look)
  if (lastFailedAt !== null && lastFailedAt > (lastArchivedAt ?? 0)) {
    return fail(
      'archive',
      `the last attempt failed, ${timeText(lastFailedAt)}`,
      'look into the server log: until it works again the log fills the disk',
    )
  }
  if (lastArchivedAt === null)
    return warn('archive', 'nothing was archived yet', 'try it: SELECT pg_switch_wal()')
  const age = Date.now() - lastArchivedAt
  return ok('archive', `${archived} files, the last ${durationText(Math.max(0, age))} ago`)
}
