// The command line. Exit codes: 0 done, 1 failed, 2 wrongly called.
import { Command, CommanderError } from 'commander'
import { version } from '../system/version.ts'
import { demoCommand } from './demo.ts'
import { addServerFlags } from './flags.ts'
import { patientCommand } from './patient.ts'
import { serve } from './serve.ts'

const program = new Command('levee')
  .description('Takes patient diaries, keeps them, answers "received", and judges them by the protocol.')
  .version(version)
  .showHelpAfterError('(levee --help lists the commands)')
  .exitOverride()

addServerFlags(program.command('serve').description('run the server; starts empty')).action(async (flags) => {
  await serve(flags)
})
demoCommand(program)
patientCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2)
  console.error(`levee: ${(error as Error).message}`)
  process.exit(1)
}
