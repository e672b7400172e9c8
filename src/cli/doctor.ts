// `levee doctor`: looks an installation over, with the server running or stopped, and says what to do.
import { existsSync } from 'node:fs'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { journalReader } from '../intake/journal-store.sqlite.ts'
import { type DataFolder, dataFolder } from '../storage/folder.ts'
import type { Later } from '../storage/later.ts'
import { openReader } from '../storage/sqlite.ts'
import { settings, variableOf } from '../system/config.ts'
import { checkpointFolder, verifierKeyOf } from './audit.ts'
import { controlClient } from './control-client.ts'
import { gateChecks, logChecks } from './doctor/audit-checks.ts'
import { type Check, fail } from './doctor/check.ts'
import { reconcile, stopCheck, totalsCheck } from './doctor/journal-checks.ts'
import { surroundings } from './doctor/surroundings.ts'
import { BadNews } from './failures.ts'
import { addClientFlags } from './flags.ts'
import { progressBar } from './progress.ts'

type Flags = { data: string; json?: true; quick?: true; checkpoints?: string }

export function doctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('check disk, settings, keys, journal, records and audit logs of a data folder')
    .option('--quick', 'leave out what reads every entry')
    .option(
      '--checkpoints <folder>',
      `where checkpoints are kept, if not in the data folder (${variableOf(settings.checkpoints.flag)})`,
    )
  addClientFlags(command)
    .addHelpText(
      'after',
      '\nExample:\n  levee doctor --data /var/lib/levee\nWorks with the server running or stopped. Exit code 1 when a check fails.\n',
    )
    .action(doctor)
}

async function doctor(flags: Flags): Promise<void> {
  const folder = dataFolder(flags.data, checkpointFolder(flags))
  if (!existsSync(folder.path))
    throw new Error(`${folder.path} does not exist; name the data folder of a server with --data`)
  if (!existsSync(folder.journal) || !existsSync(folder.trial)) {
    throw new Error(
      `${folder.path} holds no journal.db and trial.db; name the data folder of a server with --data`,
    )
  }
  const running = await controlClient(folder.path)
    .status()
    .then(
      () => true,
      () => false,
    )
  const checks: Check[] = []
  for await (const found of examine(folder, running, flags.quick === true)) {
    checks.push(...found)
    if (!flags.json) for (const check of found) console.log(lineOf(check))
  }
  const failed = checks.filter((check) => check.state === 'fail').length
  if (flags.json) console.log(JSON.stringify({ ok: failed === 0, running, checks }))
  else console.log(`\n${summary(checks, running)}`)
  if (failed > 0) throw new BadNews()
}

/** The checks in groups, the quick ones first. A group that cannot be done is a failed check. */
async function* examine(folder: DataFolder, running: boolean, quick: boolean): AsyncGenerator<Check[]> {
  yield await attempt('surroundings', () => surroundings(folder))
  const journal = openReader(folder.journal)
  const trial = openReader(folder.trial)
  const databases = { journal, trial }
  try {
    yield await attempt('journal', () => [
      stopCheck(journal, folder, running),
      totalsCheck(journalReader(journal), trial),
    ])
    yield await attempt('audit gate', () => gateChecks(folder, trial, verifierKeyOf(folder.path)))
    if (quick) return
    yield await withBar('counting  ', (tell) =>
      attempt('accounting', () => reconcile(databases, running, tell)),
    )
    yield await withBar('recomputing', (tell) =>
      attempt('audit log', () => logChecks(databases, verifierKeyOf(folder.path), tell)),
    )
  } finally {
    journal.close()
    trial.close()
  }
}

async function attempt(name: string, check: () => Later<Check[]>): Promise<Check[]> {
  try {
    return await check()
  } catch (error) {
    return [
      fail(
        name,
        `could not be checked: ${(error as Error).message}`,
        'see docs/operations.md; the other checks are listed all the same',
      ),
    ]
  }
}

async function withBar(
  title: string,
  check: (tell: (done: number, total: number) => void) => Promise<Check[]>,
): Promise<Check[]> {
  const bar = progressBar(title)
  try {
    return await check((done, total) => bar.update(done, total))
  } finally {
    bar.stop()
  }
}

const colours = { ok: 'green', warn: 'yellow', fail: ['red', 'bold'] } as const

function lineOf({ name, state, says, remedy }: Check): string {
  const mark = styleText(colours[state] as 'green', state.padEnd(4), { stream: process.stdout })
  return `${mark}  ${name}: ${says}${remedy === undefined ? '' : `\n      → ${remedy}`}`
}

function summary(checks: readonly Check[], running: boolean): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  const server = running ? 'the server is running' : 'the server is stopped'
  const warnings = count('warn') === 1 ? '1 warning' : `${count('warn')} warnings`
  return `${checks.length} checks: ${count('ok')} ok, ${warnings}, ${count('fail')} failed; ${server}.`
}
