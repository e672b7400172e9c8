// The one helper of tests that need a server: a real Levee on a temporary folder, ports chosen by the system,
// with the demo study published and a few patients whose devices have tokens. Nothing of Levee is mocked.
// `await using trial = await startTrial()` stops it and removes the folder at the end of the test.

import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LedgerView } from '../../src/api/ledger.ts'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import { demoFolder, demoPatients, demoStudyId, studyFiles } from '../../src/cli/demo-study.ts'
import { publicKeyOf } from '../../src/intake/receipt.ts'
import { type Levee, type Overrides, startLevee } from '../../src/main.ts'
import type { ActionResults } from '../../src/processing/staff-actions.ts'
import type { NewPatient } from '../../src/records/actions.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { readConfig } from '../../src/system/config.ts'
import { importPrivateKey } from '../../src/system/keys.ts'
import { sharedPostgres } from './postgres-server.ts'
import { type Row, readRows } from './records.ts'
import { startServerProcess } from './server-process.ts'

/** A demo patient with the token of the patient's device. */
export type Person = NewPatient & { readonly studyId: string; readonly token: string }

/** One journal entry as the control socket shows it. */
export type KeptEntry = {
  readonly position: number
  readonly patientId: string
  readonly submissionId: string
  readonly sha256: string
  readonly head: { readonly door: string; readonly contentType: string; readonly userAgent?: string }
  readonly body: Buffer
  /** The row of what is not applied: quarantined, retrying or dead. */
  readonly held: { readonly state: string; readonly code: string } | undefined
}

export type TrialOptions = {
  /** Patients to enrol; standard 6, one at each site. */
  readonly patients?: number
  /** Where the data are: in files, or in a new database of PostgreSQL; standard `sqlite`. */
  readonly engine?: EngineName
  /** Flags of `levee serve`, by their name in config.ts; ports are 0 and the log is silent unless named. */
  readonly flags?: Readonly<Record<string, string>>
  /** Run the server as a process of its own, so that its log can be read; in this process otherwise. */
  readonly asChild?: boolean
  /** Replacements for a server in this process. */
  readonly overrides?: Overrides
  /** A data folder to use and to leave behind; standard a temporary one. */
  readonly folder?: string
}

export type RunningTrial = AsyncDisposable & {
  readonly folder: string
  /** `http://127.0.0.1:PORT`. */
  readonly http: string
  /** `127.0.0.1:PORT`. */
  readonly grpc: string
  readonly studyId: string
  /** The PostgreSQL database; undefined where the data are in files. */
  readonly database: string | undefined
  readonly people: readonly [Person, ...Person[]]
  /** Verifies this server's receipts. */
  readonly receiptKey: KeyObject
  readonly control: ControlClient
  /** The server's parts; undefined where it is a child process. */
  readonly levee: Levee | undefined
  /** What a child process has logged so far; empty for a server in this process. */
  log(): string
  ledger(): Promise<LedgerView>
  entry(position: number): Promise<KeptEntry>
  /** The rows of one reading statement, with `?` for each value, for tests that must see more than any role may. */
  rows(statement: string, values?: (string | number)[], database?: 'trial.db' | 'journal.db'): Promise<Row[]>
  revoke(patientId: string): Promise<void>
  /** Waits until processing has taken every entry (nothing waiting); rejects after `withinMs`. */
  settle(withinMs?: number): Promise<LedgerView>
}

/** Storage engines by name, for tests that run on both. */
export const engineNames = ['sqlite', 'postgres'] as const
export type EngineName = (typeof engineNames)[number]

type Server = Pick<Levee, 'http' | 'grpc' | 'stop'> & { levee: Levee | undefined; log: () => string }

/** Starts a server and seeds it. Rejects with the reason of a start gate that refuses. */
export async function startTrial(options: TrialOptions = {}): Promise<RunningTrial> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'levee-')))
  const database = options.engine === 'postgres' ? await openDatabase() : undefined
  const server = await startServer(folder, { ...options, flags: { ...database?.flags, ...options.flags } })
  const dispose = async () => {
    await server.stop()
    await database?.[Symbol.asyncDispose]()
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
  }
  try {
    const control = controlClient(folder)
    const people = await seed(control, options.patients ?? 6)
    const ledger = async () => (await control.get<{ ledger: LedgerView }>('/status')).ledger
    return {
      ...server,
      folder,
      studyId: demoStudyId,
      database: database?.flags.database,
      people,
      receiptKey: publicKeyOf(
        importPrivateKey(readFileSync(join(folder, 'keys', 'receipt-key.pem'), 'utf8')),
      ),
      control,
      ledger,
      entry: (position) => keptEntry(control, position),
      rows: async (statement, values = [], file = 'trial.db') =>
        database === undefined
          ? readRows(folder, statement, values, file)
          : await database.rows(statement, values),
      async revoke(patientId) {
        await control.act({ do: 'revoke-tokens', studyId: demoStudyId, patientId } as never, 'test')
      },
      settle: (withinMs = 20_000) => settled(ledger, withinMs),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** A new database of this process's PostgreSQL, and the flags that lead a server to it. */
async function openDatabase() {
  const server = await sharedPostgres()
  const url = await server.freshDatabase()
  const db = await openPostgres(url, { copies: 'one', name: 'test', connections: 1 })
  return {
    flags: { database: url, copies: 'one' },
    async rows(statement: string, values: readonly (string | number)[]): Promise<Row[]> {
      let n = 0
      return (
        await db.pool.query<Row>(
          statement.replaceAll('?', () => `$${++n}`),
          values.slice(),
        )
      ).rows
    },
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]()
      await server.dropDatabase(url)
    },
  }
}

async function startServer(folder: string, options: TrialOptions): Promise<Server> {
  const flags = {
    port: '0',
    grpcPort: '0',
    log: options.asChild ? 'info' : 'silent',
    ...options.flags,
    data: folder,
  }
  if (options.asChild) return startServerProcess(flags)
  const onFailure = (reason: string) => {
    throw new Error(`the storage failed: ${reason}`)
  }
  const levee = await startLevee(readConfig(flags, {}), {
    allowUnfitFileSystem: true,
    onFailure,
    ...options.overrides,
  })
  return { http: levee.http, grpc: levee.grpc, stop: () => levee.stop(), levee, log: () => '' }
}

/** Publishes the demo study and enrols its first patients, unless a kept folder has them already. */
async function seed(control: ControlClient, count: number): Promise<[Person, ...Person[]]> {
  const files = studyFiles(demoFolder)
  await control.act({ do: 'publish', files } as never, 'test')
  const wanted = demoPatients(compileStudy(new Map(files)), count, Temporal.Now.plainDateISO('UTC'))
  const known = await control.get<{ studyId: string; patients: number }[]>('/studies')
  if ((known.find((s) => s.studyId === demoStudyId)?.patients ?? 0) < count) {
    await control.act({ do: 'create-patients', studyId: demoStudyId, patients: wanted } as never, 'test')
  }
  const patientIds = wanted.map((p) => p.patientId)
  const issue = {
    do: 'issue-tokens',
    studyId: demoStudyId,
    patientIds,
    limit: count,
    label: 'test',
    replace: true,
  }
  const { issued } = (await control.act(issue as never, 'test')) as ActionResults['issue-tokens']
  const people = wanted.map((p, i) => ({ ...p, studyId: demoStudyId, token: issued[i]!.token }))
  return people as [Person, ...Person[]]
}

async function keptEntry(control: ControlClient, position: number): Promise<KeptEntry> {
  const row = await control.get<KeptEntry & { head: string; body: string }>(`/entries/${position}`)
  return { ...row, head: JSON.parse(row.head), body: Buffer.from(row.body, 'base64') }
}

async function settled(ledger: () => Promise<LedgerView>, withinMs: number): Promise<LedgerView> {
  const last = Date.now() + withinMs
  for (;;) {
    const view = await ledger()
    if (view.studies.every((s) => s.waiting === 0)) return view
    if (Date.now() > last) throw new Error(`entries still wait after ${withinMs} ms: ${JSON.stringify(view)}`)
    await sleep(10)
  }
}
