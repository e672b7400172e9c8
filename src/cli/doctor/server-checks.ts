// Checks of the PostgreSQL server that a cluster stands on: version, settings on which "received" rests, clock,
// connections, vacuum, disk. Safe beside running nodes.
import { existsSync, statfsSync } from 'node:fs'
import type { Copies } from '../../storage/postgres.ts'
import { oldestServer } from '../../storage/postgres-checks.ts'
import { bytesText, countText, durationText, msText } from '../figures.ts'
import { type Check, fail, ok, warn } from './check.ts'
import {
  connectionCount,
  type Look,
  preparedTransactions,
  type ServerFacts,
  type Session,
  serverClock,
  serverFacts,
  serverSettings,
  sessions,
  tableWaste,
} from './server-store.postgres.ts'

/** A node's connections at most: its doors, its trial thread, what it listens to, an entry evaluated alone. */
const connectionsOfNode = 24
const clockTolerance = 1000
const idleTolerance = 60_000
const longTransaction = 300_000
/** Half of the transactions between two wraparounds. */
const oldAge = 1_000_000_000
const littleSpace = 10e9

/** What the other checks of the server go by. */
export type Server = ServerFacts & { readonly settings: ReadonlyMap<string, string> }

const names = [
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'synchronous_standby_names',
  'server_encoding',
  'data_checksums',
  'wal_level',
  'archive_mode',
  'autovacuum',
  'max_connections',
  'superuser_reserved_connections',
  'max_slot_wal_keep_size',
  'data_directory',
]

export async function readServer(look: Look): Promise<Server> {
  return { ...(await serverFacts(look)), settings: await serverSettings(look, names) }
}

/** All of them, in the order in which they matter. On a standby only the first counts. */
export async function serverChecks(look: Look, server: Server, copies: Copies): Promise<Check[]> {
  const first = [versionCheck(server), primaryCheck(server), rightsCheck(server)]
  if (server.standby) return first
  return [
    ...first,
    settingsCheck(server),
    commitCheck(server, copies),
    checksumsCheck(server),
    await clockCheck(look),
    await connectionsCheck(look, server),
    await sessionsCheck(look),
    await vacuumCheck(look, server),
    diskCheck(server),
  ]
}

function versionCheck({ version, versionNumber }: Server): Check {
  if (versionNumber >= oldestServer) return ok('PostgreSQL', version)
  return fail('PostgreSQL', `${version} is older than 15`, 'upgrade the server; nodes refuse it')
}

function primaryCheck({ standby, role }: Server): Check {
  if (!standby) return ok('primary', `takes writes; looked at as role ${role}`)
  return fail(
    'primary',
    'this server is a standby',
    'name the primary, or the address that always leads to it; nodes refuse a standby',
  )
}

function rightsCheck({ monitors, role }: Server): Check {
  if (monitors) return ok('rights', `${role} sees the figures of replication and of other sessions`)
  return warn(
    'rights',
    `${role} does not see the figures of replication and of other sessions, so some checks below know less`,
    `look as a role that may: GRANT pg_monitor TO ${role}, or the owner's URL`,
  )
}

function settingsCheck({ settings }: Server): Check {
  const needed = { fsync: 'on', full_page_writes: 'on', server_encoding: 'UTF8' }
  const wrong = Object.entries(needed).filter(([name, value]) => settings.get(name) !== value)
  if (wrong.length === 0) return ok('settings', 'fsync and full_page_writes are on, the encoding is UTF8')
  return fail(
    'settings',
    wrong.map(([name]) => `${name} is ${settings.get(name) ?? 'unknown'}`).join(', '),
    wrong.some(([name]) => name === 'server_encoding')
      ? 'make the database anew with ENCODING UTF8; an encoding cannot be changed'
      : 'set them to on in postgresql.conf and reload; nodes refuse the server until then',
  )
}

/** Nodes set it on each connection; whoever writes by hand, or after a failover, has what the server says. */
function commitCheck({ settings }: Server, copies: Copies): Check {
  const value = settings.get('synchronous_commit') ?? 'unknown'
  if (value === 'on' || value === 'remote_apply') return ok('commits', `synchronous_commit is ${value}`)
  const says = `synchronous_commit is ${value}; nodes set it to on for themselves`
  if (copies === 'one' && value === 'local') return ok('commits', says)
  return warn('commits', says, 'set synchronous_commit to on, so that work by hand is kept as well')
}

function checksumsCheck({ settings }: Server): Check {
  if (settings.get('data_checksums') === 'on')
    return ok('checksums', 'a damaged page is noticed when it is read')
  return warn(
    'checksums',
    'off: a damaged page is read as if it were sound',
    'stop the servers one after the other and run pg_checksums --enable on each',
  )
}

/** The shortest of a few round trips tells most; half of it may be our own error. */
async function clockCheck(look: Look): Promise<Check> {
  let best = { skew: 0, trip: Number.POSITIVE_INFINITY }
  for (let i = 0; i < 5; i++) {
    const before = Date.now()
    const there = await serverClock(look)
    const trip = Date.now() - before
    if (trip < best.trip) best = { skew: there - (before + trip / 2), trip }
  }
  const off = Math.max(0, Math.abs(best.skew) - best.trip / 2)
  if (off <= clockTolerance)
    return ok('clock', `this machine's and the server's differ by ${msText(Math.abs(best.skew))} at most`)
  return warn(
    'clock',
    `the server's clock is ${durationText(off)} ${best.skew > 0 ? 'ahead of' : 'behind'} this machine's`,
    'keep both by NTP: nodes stamp receipts and retries with their own clocks',
  )
}

/** The nodes that are connected, by their names. */
export const nodesOf = (all: readonly Session[]): Set<string> =>
  new Set(
    all
      .map(({ name }) => /^levee (?!(?:audit|alone|move|migrate)$)(.+?)(?: apart)?$/.exec(name)?.[1])
      .filter((name) => name !== undefined),
  )

async function connectionsCheck(look: Look, { settings }: Server): Promise<Check> {
  const nodes = nodesOf(await sessions(look)).size
  const most =
    Number(settings.get('max_connections')) - Number(settings.get('superuser_reserved_connections') ?? 3)
  const used = await connectionCount(look)
  const says = `${used} of ${most} in use, by ${nodes} ${nodes === 1 ? 'node' : 'nodes'} and others`
  // One node more than there are, because a node that replaces another is there beside it for a moment.
  const needed = (nodes + 1) * connectionsOfNode
  if (most >= needed) return ok('connections', says)
  return warn(
    'connections',
    `${says}; ${needed} may be needed when a node joins`,
    `raise max_connections, ${connectionsOfNode} for each node, on the standbys first`,
  )
}

async function sessionsCheck(look: Look): Promise<Check> {
  const all = await sessions(look)
  const prepared = await preparedTransactions(look)
  const named = ({ pid, name }: Session) => `${pid} (${name === '' ? 'unnamed' : name})`
  const idle = all.filter((s) => (s.idleMs ?? 0) > idleTolerance)
  const long = all.filter((s) => !idle.includes(s) && (s.transactionMs ?? 0) > longTransaction)
  const faults = [
    ...idle.map((s) => `session ${named(s)} sleeps in a transaction for ${durationText(s.idleMs!)}`),
    ...long.map((s) => `session ${named(s)} has a transaction of ${durationText(s.transactionMs!)}`),
    ...(prepared.count > 0
      ? [`${prepared.count} prepared, the oldest for ${durationText(prepared.oldestMs)}`]
      : []),
  ]
  if (faults.length === 0) return ok('transactions', 'none is old')
  return warn(
    'transactions',
    faults.join('; '),
    'end them (pg_terminate_backend): while they last, dead rows of "waiting" cannot be removed and processing slows down',
  )
}

async function vacuumCheck(look: Look, { settings, frozenAge }: Server): Promise<Check> {
  if (settings.get('autovacuum') !== 'on')
    return fail(
      'vacuum',
      'autovacuum is off',
      'switch it on: the table "waiting" grows without end otherwise',
    )
  if (frozenAge > oldAge) {
    return warn(
      'vacuum',
      `the oldest row is ${countText(frozenAge)} transactions old`,
      'find what holds autovacuum up (old transactions, slots, prepared ones), then VACUUM FREEZE',
    )
  }
  const waste = await tableWaste(look, 'waiting')
  if (waste === undefined) return ok('vacuum', 'autovacuum is on')
  const says = `autovacuum is on; "waiting" has about ${countText(waste.dead)} dead rows in ${bytesText(waste.bytes)}`
  if (waste.dead < 1_000_000) return ok('vacuum', says)
  return warn(
    'vacuum',
    says,
    'let autovacuum work harder (autovacuum_vacuum_cost_limit), and look for old transactions',
  )
}

/** Free space is known only where the server's folder is on this machine and this role may know where. */
function diskCheck({ settings, local, databaseBytes }: Server): Check {
  const size = `the database takes ${bytesText(databaseBytes)}`
  const folder = settings.get('data_directory')
  if (!local || folder === undefined || !existsSync(folder))
    return ok('server disk', `${size}; free space cannot be known from here, so watch it on the servers`)
  const { bavail, bsize } = statfsSync(folder)
  const free = Number(bavail) * Number(bsize)
  const says = `${size}, ${bytesText(free)} are free in ${folder}`
  if (free > Math.max(littleSpace, databaseBytes / 10)) return ok('server disk', says)
  return warn('server disk', says, 'make room: when it is used up, diaries get 507 and wait on the devices')
}
