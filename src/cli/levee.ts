// The command line. Exit codes: 0 done, 1 failed, 2 wrongly called.
import { Command, CommanderError } from 'commander'
import { version } from '../system/version.ts'
import { adherenceCommand } from './adherence.ts'
import { auditCommand } from './audit.ts'
import { complianceCommand } from './compliance.ts'
import { deadCommand } from './dead.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { explainCommand } from './explain.ts'
import { BadNews, WronglyCalled } from './failures.ts'
import { formCommand } from './form.ts'
import { loadCommand } from './load.ts'
import { migrateCommand } from './migrate.ts'
import { moveCommand } from './move.ts'
import { patientCommand } from './patient.ts'
import { reminderCommand } from './reminder.ts'
import { serveCommand } from './serve.ts'
import { signatureCommand } from './signature.ts'
import { staffCommand } from './staff.ts'
import { statusCommand } from './status.ts'
import { studyCommand } from './study.ts'

const program = new Command('levee')
  .description('Takes patient diaries, keeps them, answers "received", and judges them by the protocol.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'show help for a command')
  .helpCommand(false)
  // A flag after a command is the command's own: `study show --version 2`.
  .enablePositionalOptions()
  .showHelpAfterError('(add --help to see how it is called)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  levee demo --serve                                   a server with a study and 5,000 patients to try
  levee status                                         watch it
  levee load --rate 500 --for 30s                      send a morning and check that nothing was lost
  levee patient tokens --limit 10                      tokens to send with
  levee dead retry 4711 --reason "form published"      apply what could not be applied
  levee audit export --study MORNING-301 --to bundle   what an inspector can check alone

All but serve and demo find the server by its data folder: --data, LEVEE_DATA, or ./data.
Every command takes --json. Exit codes: 0 done, 1 failed, 2 wrongly called. More: docs/cli.md`,
  )

program.commandsGroup('Server:')
serveCommand(program)
demoCommand(program)
statusCommand(program)
loadCommand(program)
migrateCommand(program)
moveCommand(program)
program.commandsGroup('Trial:')
studyCommand(program)
patientCommand(program)
staffCommand(program)
deadCommand(program)
complianceCommand(program)
reminderCommand(program)
program.commandsGroup('Study files:')
formCommand(program)
adherenceCommand(program)
program.commandsGroup('Proof:')
auditCommand(program)
explainCommand(program)
signatureCommand(program)
doctorCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeFor(error as Error)
  // A server that started before something failed must not keep the process alive; what was printed must get out first.
  if (process.exitCode !== 0) process.stdout.write('', () => process.exit())
}

/** Says what went wrong, unless it was said already. */
function exitCodeFor(error: Error): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (!(error instanceof BadNews)) console.error(`levee: ${error.message}`)
  return error instanceof WronglyCalled ? 2 : 1
}
