// Where the audit commands read: the data folder of one machine, or the database of a cluster.
import { existsSync } from 'node:fs'
import { auditReader as sqliteReader } from '../records/audit-store.sqlite.ts'
import type { AuditReader } from '../records/audit-store.ts'
import { studyStore as sqliteStudies } from '../records/study-store.sqlite.ts'
import { dataFolder } from '../storage/folder.ts'
import { openReader } from '../storage/sqlite.ts'
import { chooseStudy } from './study-choice.ts'

/** What an audit command was told. An empty `database` means the data folder. */
export type AuditFlags = { data: string; database?: string; json?: true; study?: string }

/** One study's log, open for reading. */
export type OpenAudit = AsyncDisposable & {
  readonly study: string
  readonly size: number
  /** Leaves from one index up to another, in order, in short reads. */
  leaves(from: number, to: number): AsyncIterable<{ index: number; leaf: string }>
  checkpoints(): ReturnType<AuditReader['checkpoints']>
}

/** Opens the log of the study that is named, or of the only one. Throws where there is none. */
export async function openAudit(flags: AuditFlags): Promise<OpenAudit> {
  const { database = '' } = flags
  const { ids, reader, close } = await (database === '' ? fromFolder(flags.data) : fromCluster(database))
  try {
    const study = chooseStudy(flags.study, ids)
    const head = (await reader.heads()).get(study)
    if (head === undefined) throw new Error(`there is no audit log of ${study}; check --study`)
    return {
      study,
      size: head.size,
      leaves: (from, to) => leavesOf(reader, study, from, to),
      checkpoints: () => reader.checkpoints(study),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Source = { ids: string[]; reader: AuditReader; close: () => Promise<void> }

async function fromFolder(data: string): Promise<Source> {
  const { trial } = dataFolder(data)
  if (!existsSync(trial))
    throw new Error(
      `${data} holds no trial.db; name the data folder of a server with --data, or the database of a cluster with --database`,
    )
  const db = openReader(trial)
  return { ids: sqliteStudies(db).ids(), reader: sqliteReader(db), close: async () => db.close() }
}

async function fromCluster(database: string): Promise<Source> {
  // Only here, so that the commands of one machine do not load the driver.
  const { openPostgres } = await import('../storage/postgres.ts')
  const { auditReader } = await import('../records/audit-store.postgres.ts')
  const { studyStore } = await import('../records/study-store.postgres.ts')
  const db = await openPostgres(database, { copies: 'one', name: 'audit', connections: 1 })
  const ids = await studyStore(db.pool).ids()
  return { ids, reader: auditReader(db.pool), close: async () => db[Symbol.asyncDispose]() }
}

const leavesAtATime = 5000

/** A long read would keep a running server's SQLite files from shrinking, so each piece is a read of its own. */
async function* leavesOf(reader: AuditReader, study: string, from: number, to: number) {
  for (let next = from; next < to; ) {
    const last = Math.min(to, next + leavesAtATime)
    const before = next
    for await (const { index, leaf } of reader.leavesFrom(study, next)) {
      if (index >= last) break
      yield { index, leaf }
      next = index + 1
    }
    if (next === before) return
  }
}
