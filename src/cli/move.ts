// `levee move`: brings the installation of a stopped server into PostgreSQL, proves that all of it is there, and only
// then lets nodes work on it. Cut off at any point, it goes on when it is run again.
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { dataFolder, markMoved } from '../storage/folder.ts'
import type { Copies, Postgres } from '../storage/postgres.ts'
import { settings, variableOf } from '../system/config.ts'
import { checkpointFolder } from './audit.ts'
import { WronglyCalled } from './failures.ts'
import { countText, durationText } from './figures.ts'
import type { Proof } from './move/prove.ts'
import type { OpenSource } from './move/source.ts'
import { progressBar } from './progress.ts'
import { pairsText, tableText } from './tables.ts'

type Flags = { from: string; to?: string; copies: string; checkpoints?: string; json?: true }

export function moveCommand(program: Command): void {
  const { copies, checkpoints, database } = settings
  program
    .command('move')
    .description('bring the installation of a stopped server into PostgreSQL, and prove that it is whole')
    .requiredOption('--from <folder>', 'its data folder (required)')
    .option(
      '--to <url>',
      `an empty PostgreSQL database, or one that a move was cut off in (${variableOf(database.flag)})`,
      process.env[variableOf(database.flag)],
    )
    .option(
      `--${copies.flag} <copies>`,
      `standby or one, as for the nodes later (${variableOf(copies.flag)})`,
      process.env[variableOf(copies.flag)] ?? copies.standard,
    )
    .option(
      '--checkpoints <folder>',
      `where its checkpoints are kept, if not in the data folder (${variableOf(checkpoints.flag)})`,
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  levee move --from /var/lib/levee --to postgres://levee_owner@db.example/levee
Changes nothing in the folder but for a file "moved-to" at the end, which keeps a server without --database from
starting on it. Cut off, it is run again and goes on. More: docs/operations-cluster.md
`,
    )
    .action(move)
}

async function move(flags: Flags): Promise<void> {
  const { to = '', copies } = flags
  if (!/^postgres(ql)?:\/\//.test(to))
    throw new WronglyCalled('--to takes a URL such as postgres://levee_owner@db.example/levee')
  if (copies !== 'standby' && copies !== 'one')
    throw new WronglyCalled(`--copies takes standby or one; not ${copies}`)
  const began = performance.now()
  const folder = dataFolder(
    flags.from,
    checkpointFolder({
      data: flags.from,
      ...(flags.checkpoints === undefined ? {} : { checkpoints: flags.checkpoints }),
    }),
  )
  // Only here, so that other commands do not load the driver.
  const { openSource } = await import('./move/source.ts')
  using source = await openSource(folder)
  await using target = await openTarget(to, copies)
  const place = placeOf(to)
  const proof = await fill(source, target, place)
  const ms = performance.now() - began
  if (flags.json) {
    return console.log(
      JSON.stringify({
        from: folder.path,
        to: place,
        already: proof === undefined,
        ...proof,
        ms: Math.round(ms),
      }),
    )
  }
  if (proof === undefined)
    return console.log(`${folder.path} was moved to ${place} before; nothing was to be done.`)
  console.log(
    `${wordsOf(proof)}\n\n${folder.path} is now in ${place}, after ${durationText(ms)}.\n${next(folder.path)}`,
  )
}

/** Names the database without its password. */
function placeOf(to: string): string {
  const url = new URL(to)
  url.password = ''
  return url.href
}

/** The schema is made if it is missing. Throws with the remedy if the server cannot be reached. */
async function openTarget(to: string, copies: Copies): Promise<Postgres> {
  const { openPostgres } = await import('../storage/postgres.ts')
  const { migratePostgres } = await import('../storage/migrate.postgres.ts')
  const options = { copies, name: 'move', connections: 2, answerWithinMs: 600_000 }
  const db = await openPostgres(to, options).catch((cause: Error) => {
    throw new Error(`${placeOf(to)} cannot be used: ${cause.message}. Nothing was changed`, { cause })
  })
  try {
    await migratePostgres(db)
  } catch (error) {
    await db[Symbol.asyncDispose]()
    throw error
  }
  return db
}

/** Brings, proves and marks; undefined if that was done before. */
async function fill(source: OpenSource, target: Postgres, place: string): Promise<Proof | undefined> {
  const { folder } = source
  const store = await import('./move/target-store.postgres.ts')
  const { bringAll } = await import('./move/bring.ts')
  const { movedTables } = await import('./move/moved-tables.ts')
  const { prove } = await import('./move/prove.ts')
  const movedTo = existsSync(folder.movedTo) ? readFileSync(folder.movedTo, 'utf8').split('\n')[0] : undefined
  if (movedTo !== undefined && movedTo !== place) {
    throw new Error(
      `${folder.path} was moved to ${movedTo} already. If that database was given up, remove ${folder.movedTo} and move again`,
    )
  }
  if (!(await mayFill(source, target, movedTo !== undefined))) return undefined
  const bar = progressBar('moving')
  try {
    await bringAll(source, target, (table, done, total) => bar.update(done, total, `bringing ${table}`))
    await store.whileFilling(target, async (tx) => {
      await store.letWait(tx, source.taken)
      await store.goOnAbove(tx, movedTables)
    })
    await store.analyze(target)
    const proof = await prove(source, target, (what, done, total) => bar.update(done, total, what))
    // The folder first: between the two marks nothing may be served, rather than both.
    markMoved(folder, place, Date.now())
    await store.whileFilling(target, (tx) => store.markFilled(tx))
    return proof
  } catch (cause) {
    const { message } = cause as Error
    throw new Error(`${message}. Run the same command again to go on`, { cause })
  } finally {
    bar.stop()
  }
}

/** Whether there is something to do. Throws if the database belongs to somebody else or is in use. */
async function mayFill(source: OpenSource, target: Postgres, moved: boolean): Promise<boolean> {
  const { claim, holdsAnything, standingOf } = await import('./move/target-store.postgres.ts')
  let standing = await standingOf(target.pool)
  if (standing === undefined) {
    if (await holdsAnything(target.pool))
      throw new Error('the database is not empty; name an empty one with --to')
    await claim(target, source.keys)
    standing = (await standingOf(target.pool))!
  }
  const { receiptKey, logKey } = source.keys
  if (standing.receiptKey !== receiptKey || standing.logKey !== logKey)
    throw new Error('the database belongs to another installation; name an empty one with --to')
  if (standing.moving) return true
  if (moved) return false
  throw new Error(
    'nodes of this installation work on the database already; a second move would double their data. Name an empty one with --to',
  )
}

function wordsOf({ tables, studies, waiting, receiptGroups }: Proof): string {
  const rows = tables.map(({ table, rows, sha256 }) => [table, countText(rows), sha256])
  const logs = studies.map(
    (s) =>
      [
        s.studyId,
        `received ${countText(s.received)} = applied ${countText(s.applied)} + quarantined ${countText(s.quarantined)} + dead ${countText(s.dead)} + in flight ${countText(s.received - s.applied - s.quarantined - s.dead)}; audit log ${countText(s.auditEntries)} entries, root ${s.auditRoot}`,
      ] as const,
  )
  return [
    tableText(['read back', { head: 'rows', right: true }, 'SHA-256'], rows),
    '',
    pairsText(logs),
    `${countText(waiting)} entries wait for processing; receipts of ${countText(receiptGroups)} groups rebuilt and verified.`,
  ].join('\n')
}

const next = (folder: string): string =>
  `The folder is marked as moved and kept as it is: do not delete it before a backup of the database was restored once.
Start nodes: levee serve --data ${folder} --database … (this folder), or another folder with a copy of ${folder}/keys.`
