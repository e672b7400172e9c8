// Opens one node's share of the trial on PostgreSQL: connections, start gate of the audit log (P6), worker, retrier.
// The schema is there: the node's start has migrated it.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openPostgres, type Postgres, postgresFailure } from '../storage/postgres.ts'
import { LagHistogram } from '../system/lag-histogram.ts'
import { importSigner } from '../system/signed-note.ts'
import { inChild } from './alone.ts'
import { attemptStore } from './attempt-store.postgres.ts'
import { type Checkpointer, checkpointer } from './checkpointer.postgres.ts'
import type { Result } from './decide.ts'
import type { ProcessingFigures } from './open-trial.ts'
import { type PostgresRetrier, postgresRetrier } from './retrier.postgres.ts'
import { countClosedLanes } from './retry-store.postgres.ts'
import { publishedVersions } from './study-plans.postgres.ts'
import type { TrialDatabase, TrialThreadData } from './trial.ts'
import { type PostgresWorker, postgresWorker } from './worker.postgres.ts'

export type OpenNode = AsyncDisposable & {
  readonly db: Postgres
  readonly versions: ReturnType<typeof publishedVersions>
  readonly worker: PostgresWorker
  readonly retrier: PostgresRetrier
  readonly checkpointer: Checkpointer
  figures(): Promise<ProcessingFigures>
}

/** A batch, staff actions, reads. */
const connections = 6
/** A thread that starts anew while the database fails over waits this long for it, in milliseconds. */
const patienceMs = 60_000

/** Throws, with the reason in words, if the audit log does not reach or match what this node has kept of it. */
export async function openNode(
  data: TrialThreadData,
  database: TrialDatabase,
  watched: <T>(evaluate: () => T) => T,
): Promise<OpenNode> {
  const { url, copies, node } = database
  await using parts = new AsyncDisposableStack()
  const db = parts.use(await patiently(() => openPostgres(url, { copies, name: node, connections })))
  const apart = parts.use(await openPostgres(url, { copies, name: `${node} apart`, connections: 2 }))
  const checkpoints = checkpointer(db, importSigner(data.signerName, data.logKeyPem), data.folder.checkpoints)
  await checkpoints.passGate()
  const versions = publishedVersions()
  const lag = new LagHistogram()
  let taken = 0
  const deps = { db, apart, versions, watched, now: Date.now, random: Math.random }
  const worker = postgresWorker({
    ...deps,
    attempts: attemptStore(apart, `${node} ${randomUUID()}`),
    onApplied: (receivedAt, at) => {
      taken += receivedAt.length
      for (const received of receivedAt) lag.add(Math.max(0, at - received))
    },
  })
  const program = fileURLToPath(new URL('./alone.postgres.ts', import.meta.url))
  const alone = inChild<Result | null>(program, { url, copies, pointsModule: data.pointsModule })
  const open = parts.move()
  return {
    db,
    versions,
    worker,
    retrier: postgresRetrier(deps, alone),
    checkpointer: checkpoints,
    figures: async () => ({
      position: worker.position(),
      taken,
      lag: lag.counts(),
      closedLanes: await countClosedLanes(db.pool),
    }),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function patiently<T>(open: () => Promise<T>): Promise<T> {
  const last = Date.now() + patienceMs
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (postgresFailure(error) === 'none' || Date.now() > last) throw error
      await sleep(500)
    }
  }
}
