// Flags that several commands share, made from the list of settings.
import type { Command } from 'commander'
import { settings, variableOf } from '../system/config.ts'

/** Adds every server setting as a flag; what is not given comes from the environment or the standard. */
export function addServerFlags(command: Command): Command {
  for (const { flag, kind, standard, says } of Object.values(settings)) {
    const hint = `${says}${standard === '' ? '' : ` Standard: ${standard}.`} (${variableOf(flag)})`
    command.option(kind === 'flag' ? `--${flag}` : `--${flag} <${kind}>`, hint)
  }
  return command
}

/** Adds --data and --json, which every command that talks to a server has. */
export function addClientFlags(command: Command): Command {
  return command
    .option('--data <folder>', `the server's data folder (${variableOf('data')})`, process.env[variableOf('data')] ?? './data')
    .option('--json', 'print JSON')
}
