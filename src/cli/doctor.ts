// `levee doctor`: looks an installation over, on one machine or in PostgreSQL, with servers running or stopped, and
// says what to do.
import { existsSync } from 'node:fs'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { journalReader } from '../intake/journal-store.sqlite.ts'
import { auditReader } from '../records/audit-store.sqlite.ts'
import { type DataFolder, dataFolder } from '../storage/folder.ts'
import { inSnapshotAsync, openReader } from '../storage/sqlite.ts'
import { settings, variableOf } from '../system/config.ts'
import { checkpointFolder, verifierKeyOf } from './audit.ts'
import { controlClient } from './control-client.ts'
import { attempt, withBar } from './doctor/attempt.ts'
import { gateChecks, logChecks } from './doctor/audit-checks.ts'
import type { Check } from './doctor/check.ts'
import { auditWalk } from './doctor/doctor-store.sqlite.ts'
import { reconcile, stopCheck, totalsCheck } from './doctor/journal-checks.ts'
import { surroundings } from './doctor/surroundings.ts'
import { BadNews, WronglyCalled } from './failures.ts'
import { addClientFlags, addDatabaseFlag } from './flags.ts'

type Flags = {
  data: string
  database?: string
  copies: string
  json?: true
  quick?: true
  checkpoints?: string
}

export function doctorCommand(program: Command): void {
  const { copies, checkpoints } = settings
  const command = program
    .command('doctor')
    .description(
      'check disk, settings, keys, journal, records and audit logs, of a data folder or of a cluster',
    )
    .option('--quick', 'leave out what reads every entry')
    .option(
      '--checkpoints <folder>',
      `where checkpoints are kept, if not in the data folder (${variableOf(checkpoints.flag)})`,
    )
    .option(
      `--${copies.flag} <copies>`,
      `standby or one, as the nodes are told (${variableOf(copies.flag)})`,
      process.env[variableOf(copies.flag)] ?? copies.standard,
    )
  addDatabaseFlag(addClientFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  levee doctor --data /var/lib/levee
  levee doctor --data /var/lib/levee --database postgres://levee@db.example/levee
Works with servers running or stopped, and changes nothing. Exit code 1 when a check fails.
`,
    )
    .action(doctor)
}

/** Who answers while we look, and in words. */
type Running = { running: boolean; words: string }

async function doctor(flags: Flags): Promise<void> {
  const { database = '' } = flags
  const found = await (database === '' ? lookAtFolder(flags) : lookAtCluster(flags, database))
  const checks: Check[] = []
  for await (const some of found.checks) {
    checks.push(...some)
    if (!flags.json) for (const check of some) console.log(lineOf(check))
  }
  const { running, words } = found.running()
  const failed = checks.filter((check) => check.state === 'fail').length
  if (flags.json) console.log(JSON.stringify({ ok: failed === 0, running, checks }))
  else console.log(`\n${summary(checks)}; ${words}.`)
  if (failed > 0) throw new BadNews()
}

type Found = { checks: AsyncGenerator<Check[]>; running: () => Running }

async function lookAtFolder(flags: Flags): Promise<Found> {
  const folder = dataFolder(flags.data, checkpointFolder(flags))
  if (!existsSync(folder.path))
    throw new Error(`${folder.path} does not exist; name the data folder of a server with --data`)
  if (!existsSync(folder.journal) || !existsSync(folder.trial)) {
    throw new Error(
      `${folder.path} holds no journal.db and trial.db; name the data folder of a server with --data, or the database of a cluster with --database`,
    )
  }
  const running = await controlClient(folder.path)
    .status()
    .then(
      () => true,
      () => false,
    )
  const words = running ? 'the server is running' : 'the server is stopped'
  return { checks: examine(folder, running, flags.quick === true), running: () => ({ running, words }) }
}

async function lookAtCluster(flags: Flags, url: string): Promise<Found> {
  const { copies } = flags
  if (copies !== 'standby' && copies !== 'one')
    throw new WronglyCalled(`--copies takes standby or one; not ${copies}`)
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new WronglyCalled('--database takes a URL such as postgres://levee@db.example/levee')
  // Only here, so that the commands of one machine do not load the driver.
  const { examineCluster } = await import('./doctor/cluster.ts')
  const folder = dataFolder(flags.data, checkpointFolder(flags))
  let nodes = 0
  const note = (count: number) => {
    nodes = count
  }
  const place = { url, copies, folder, quick: flags.quick === true } as const
  const words = () =>
    nodes === 0 ? 'no node is connected' : `${nodes} ${nodes === 1 ? 'node is' : 'nodes are'} connected`
  return {
    checks: examineCluster(place, note),
    running: () => ({ running: nodes > 0, words: words() }),
  }
}

/** The checks in groups, the quick ones first. A group that cannot be done is a failed check. */
async function* examine(folder: DataFolder, running: boolean, quick: boolean): AsyncGenerator<Check[]> {
  yield await attempt('surroundings', () => surroundings(folder))
  const journal = openReader(folder.journal)
  const trial = openReader(folder.trial)
  const databases = { journal, trial }
  const reader = auditReader(trial)
  try {
    yield await attempt('journal', () => [
      stopCheck(journal, folder, running),
      totalsCheck(journalReader(journal), trial),
    ])
    yield await attempt('audit gate', () =>
      gateChecks(folder.checkpoints, verifierKeyOf(folder.path), (read) =>
        inSnapshotAsync(trial, () => read(reader)),
      ),
    )
    if (quick) return
    yield await withBar('counting  ', (tell) =>
      attempt('accounting', () => reconcile(databases, running, tell)),
    )
    yield await withBar('recomputing', (tell) =>
      attempt('audit log', () =>
        logChecks(auditWalk(journal, trial), reader.heads(), verifierKeyOf(folder.path), tell),
      ),
    )
  } finally {
    journal.close()
    trial.close()
  }
}

const colours = { ok: 'green', warn: 'yellow', fail: ['red', 'bold'] } as const

function lineOf({ name, state, says, remedy }: Check): string {
  const mark = styleText(colours[state] as 'green', state.padEnd(4), { stream: process.stdout })
  return `${mark}  ${name}: ${says}${remedy === undefined ? '' : `\n      → ${remedy}`}`
}

function summary(checks: readonly Check[]): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  const warnings = count('warn') === 1 ? '1 warning' : `${count('warn')} warnings`
  return `${checks.length} checks: ${count('ok')} ok, ${warnings}, ${count('fail')} failed`
}
