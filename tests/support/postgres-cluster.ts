// A primary and a standby that confirms its commits, both on this machine, for tests of what a dead, slow or promoted
// server does to acknowledgements.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { giveAway } from './postgres-binaries.ts'
import {
  type PostgresServer,
  type Settings,
  serverOn,
  standardSettings,
  startPostgres,
} from './postgres-server.ts'

/** Two servers. Disposing of it ends both. */
export type PostgresCluster = AsyncDisposable & {
  readonly primary: PostgresServer
  readonly standby: PostgresServer
  /** Resolves when the standby has replayed all that the primary has written by now. */
  caughtUp(): Promise<void>
  /** The standby confirms no flush any more, so commits on the primary wait; its connections stay. */
  pauseStandby(): void
  resumeStandby(): void
  /**
   * Makes the standby a primary, with these settings; the old primary must have been stopped or killed. Only what the
   * standby had written counts: it is killed and started again, so that bytes that lay unread in its sockets are lost,
   * as they are when the network was cut. It names no standbys of its own unless the settings do.
   */
  promoteStandby(settings?: Settings): Promise<void>
}

/** Settings that a cluster may be started with. */
export type ClusterOptions = {
  readonly settings?: Settings
  /** Whom commits wait for; empty for an asynchronous standby, which is what loses acknowledged diaries. */
  readonly names?: 'ANY 1 (*)' | 'FIRST 1 (standby1)' | ''
}

/** Starts both and resolves when the standby streams. */
export async function startCluster(options: ClusterOptions = {}): Promise<PostgresCluster> {
  const primary = await startPostgres({ settings: options.settings ?? {} })
  const standby = await addStandby(primary, 'standby1', options.settings)
  await primary.reload({ synchronous_standby_names: options.names ?? 'ANY 1 (*)' })
  return {
    primary,
    standby,
    async caughtUp() {
      const [at] = await primary.query('SELECT pg_current_wal_insert_lsn() AS lsn')
      const replayed = 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done'
      while (!(await standby.query(replayed, [at!.lsn]))[0]!.done) await sleep(10)
    },
    pauseStandby: () => standby.freeze(),
    resumeStandby: () => standby.thaw(),
    async promoteStandby(settings = {}) {
      await standby.kill()
      await standby.restart({ primary_conninfo: '', ...settings })
      await standby.query('SELECT pg_promote(true, 60)')
    },
    async [Symbol.asyncDispose]() {
      await standby[Symbol.asyncDispose]()
      await primary[Symbol.asyncDispose]()
    },
  }
}

/** Copies a running primary, starts the copy as a hot standby and resolves when it streams from the primary. */
export async function addStandby(
  primary: PostgresServer,
  name: string,
  settings: Settings = {},
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'levee-pg-'))
  await backUp(primary, folder)
  const { password } = new URL(primary.url)
  const source = `host=127.0.0.1 port=${primary.port} user=postgres password=${password} application_name=${name}`
  writeFileSync(join(folder, 'standby.signal'), '')
  chmodSync(folder, 0o700)
  giveAway(folder)
  const own = { primary_conninfo: source, wal_receiver_status_interval: '1s', synchronous_standby_names: '' }
  const standby = await serverOn(folder, password, { ...standardSettings, ...settings, ...own })
  const streams = `SELECT 1 FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'`
  while ((await primary.query(streams, [name])).length === 0) await sleep(20)
  return standby
}

/** Part of a running cluster that belongs to its process or is fetched from the primary (PostgreSQL, §25.3). */
const leftOut = /^(postmaster\.(pid|opts)|server\.log|pg_internal\.init.*|pgsql_tmp.*)$/
const emptied = new Set([
  ...['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify'],
  ...['pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans'],
])

/** A base backup by the low-level functions, because the package has no pg_basebackup. */
async function backUp(primary: PostgresServer, folder: string): Promise<void> {
  const client = new pg.Client({ connectionString: primary.url })
  await client.connect()
  try {
    await client.query("SELECT pg_backup_start('standby', fast => true)")
    copy(primary.folder, folder)
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)')
    writeFileSync(join(folder, 'backup_label'), rows[0].labelfile)
  } finally {
    await client.end()
  }
}

/** Copies what is there; a file that is removed meanwhile is replayed from the log as removed. */
function copy(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (leftOut.test(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      mkdirSync(target, { mode: 0o700 })
      if (!emptied.has(entry.name)) copy(source, target)
      else if (entry.name === 'pg_wal') mkdirSync(join(target, 'archive_status'), { mode: 0o700 })
      continue
    }
    try {
      copyFileSync(source, target)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      rmSync(target, { force: true })
    }
  }
}
