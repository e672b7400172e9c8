// A real PostgreSQL 18 for tests, on a temporary folder, a free port of the loopback interface, and a password of its
// own. `await using server = await startPostgres()` ends it. Its settings spare memory and time; what makes commits
// durable is as in production. /proc must be there, so it runs on Linux.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { migratePostgres } from '../../src/storage/migrate.postgres.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { once } from '../../src/system/once.ts'
import { giveAway, runProgram } from './postgres-binaries.ts'
import { type PostgresProcess, type StopMode, startProcess } from './postgres-process.ts'

/** Values of postgresql.conf. */
export type Settings = Readonly<Record<string, string>>

/** A server, running or stopped. Disposing of it ends it and removes its folder. */
export type PostgresServer = AsyncDisposable & {
  /** Of the database `postgres`, as superuser. */
  readonly url: string
  readonly port: number
  /** Its data folder; `server.log` is in it. */
  readonly folder: string
  /** The URL of another database of this server. */
  urlOf(database: string): string
  /** Runs statements over a connection of its own, as superuser; returns the rows of the last. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** A new database with Levee's newest schema and nothing in it; returns its URL. */
  freshDatabase(): Promise<string>
  dropDatabase(url: string): Promise<void>
  stop(mode?: StopMode): Promise<void>
  /** SIGKILL to all its processes at once. */
  kill(): Promise<void>
  /** SIGSTOP to all its processes: it holds its sockets and says nothing. */
  freeze(): void
  /** The end of {@link freeze}. */
  thaw(): void
  /** Starts it again, on the same folder and port, with changed settings if any; ends it before if it runs. */
  restart(settings?: Settings): Promise<void>
  /** Changes settings and waits until new sessions have them; they stay through a restart. */
  reload(settings: Settings): Promise<void>
}

/** The settings of a server that names no others. */
export const standardSettings: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '100',
  dynamic_shared_memory_type: 'mmap',
  wal_level: 'replica',
  wal_keep_size: '1GB',
  hot_standby: 'on',
  max_wal_senders: '8',
  password_encryption: 'scram-sha-256',
  log_min_messages: 'warning',
}

/** Makes a new server and starts it. */
export async function startPostgres(options: { settings?: Settings } = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'levee-pg-'))
  giveAway(folder)
  const password = randomBytes(12).toString('hex')
  const passwordFile = `${folder}.password`
  writeFileSync(passwordFile, password)
  giveAway(passwordFile)
  try {
    // --no-sync spares the flush of the new, empty folder only.
    await runProgram('initdb', [
      ...['-D', folder, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--data-checksums', '--no-sync'],
    ])
  } finally {
    rmSync(passwordFile)
  }
  return serverOn(folder, password, { ...standardSettings, ...options.settings })
}

/** Starts a server on a data folder that holds a cluster already. */
export async function serverOn(folder: string, password: string, first: Settings): Promise<PostgresServer> {
  let settings = first
  const port = await freePort()
  writeSettings(folder, settings)
  let running: PostgresProcess | undefined = await startProcess(folder, port)
  const urlOf = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
  const query = (text: string, values?: readonly unknown[]) => queryOnce(urlOf('postgres'), text, values)
  const template = once(() => makeTemplate(query, urlOf))
  let made = 0
  const end = async (how: (server: PostgresProcess) => Promise<void>) => {
    const server = running
    running = undefined
    if (server !== undefined) await how(server)
  }
  const stop = (mode: StopMode = 'fast') => end((server) => server.stop(mode))
  return {
    url: urlOf('postgres'),
    port,
    folder,
    urlOf,
    query,
    stop,
    async freshDatabase() {
      const from = await template()
      made++
      await query(`CREATE DATABASE fresh_${made} TEMPLATE ${from}`)
      return urlOf(`fresh_${made}`)
    },
    async dropDatabase(url) {
      await query(`DROP DATABASE ${pg.escapeIdentifier(new URL(url).pathname.slice(1))} WITH (FORCE)`)
    },
    kill: () => end((server) => server.kill()),
    freeze: () => running?.signalAll('SIGSTOP'),
    thaw: () => running?.signalAll('SIGCONT'),
    async restart(changed = {}) {
      await stop()
      settings = { ...settings, ...changed }
      writeSettings(folder, settings)
      running = await startProcess(folder, port)
    },
    async reload(changed) {
      settings = { ...settings, ...changed }
      const loaded = async () => Number((await query('SELECT pg_conf_load_time() AS at'))[0]?.at)
      const before = await loaded()
      writeSettings(folder, settings)
      if (running !== undefined) process.kill(running.pid, 'SIGHUP')
      while ((await loaded()) === before) await sleep(10)
    },
    async [Symbol.asyncDispose]() {
      running?.signalAll('SIGCONT')
      await stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The last of the files that PostgreSQL reads, so that it wins over the others. */
function writeSettings(folder: string, settings: Settings): void {
  const file = join(folder, 'postgresql.auto.conf')
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  giveAway(file)
}

async function queryOnce(url: string, text: string, values?: readonly unknown[]) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(text, values?.slice())
    return (Array.isArray(result) ? result.at(-1)! : result).rows
  } finally {
    await client.end()
  }
}

/** A database that is migrated once and copied for each test. */
async function makeTemplate(
  query: (text: string) => Promise<unknown>,
  urlOf: (database: string) => string,
): Promise<string> {
  const name = 'levee_template'
  await query(`CREATE DATABASE ${name}`)
  await using db = await openPostgres(urlOf(name), { copies: 'one', name: 'template', connections: 1 })
  await migratePostgres(db)
  return name
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const shared = once(() => startPostgres())

/** One server for all tests of this process, started when it is first asked for; it ends with the process. */
export const sharedPostgres = (): Promise<PostgresServer> => shared()
