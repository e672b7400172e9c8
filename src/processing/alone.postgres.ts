// Evaluating one entry in a child process: the child's side on PostgreSQL. The parent's is in alone.ts.
import { inPostgresTransaction, openPostgres, postgresFailure } from '../storage/postgres.ts'
import type { Copies } from '../storage/postgres-checks.ts'
import { watchPoints } from '../system/points.ts'
import { evaluateEntry, type Result } from './decide.ts'
import { withHistory } from './gathered-history.postgres.ts'
import { publishedVersions } from './study-plans.postgres.ts'
import { entryWithPatient } from './waiting-store.postgres.ts'

type Task = { url: string; copies: Copies; position: number; pointsModule: string | undefined }

/** Reads the task, evaluates without writing, prints the result; null if the database is away. */
async function main(): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  const task = JSON.parse(Buffer.concat(parts).toString()) as Task
  await watchPoints(task.pointsModule)
  const result = await evaluateEntryAt(task).catch((error) => {
    if (postgresFailure(error) === 'none') throw error
    return null
  })
  process.stdout.write(JSON.stringify(result))
}

async function evaluateEntryAt(task: Task): Promise<Result> {
  await using db = await openPostgres(task.url, { copies: task.copies, name: 'alone', connections: 1 })
  return inPostgresTransaction(db, async (tx) => {
    const entry = await entryWithPatient(tx, task.position)
    const versions = await publishedVersions()(tx.client)
    return withHistory(tx, (history) =>
      evaluateEntry(entry, { versions, patient: () => entry.patient, history }),
    )
  })
}

await main()
