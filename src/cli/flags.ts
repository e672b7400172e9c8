// Flags that several commands share, and the readers of their values. A value that does not fit is a wrong call:
// exit code 2 and a message that names the flag and what it takes.
import { type Command, InvalidArgumentError } from 'commander'
import { settings, variableOf } from '../system/config.ts'
import { WronglyCalled } from './failures.ts'

/** Adds every server setting as a flag; what is not given comes from the environment or the standard. */
export function addServerFlags(command: Command): Command {
  for (const { flag, kind, standard, says } of Object.values(settings)) {
    const hint = `${says}${standard === '' ? '' : ` Standard: ${standard}.`} (${variableOf(flag)})`
    command.option(kind === 'flag' ? `--${flag}` : `--${flag} <${kind}>`, hint)
  }
  return command
}

/** Adds --data and --json, which every command has that works on an installation. */
export function addClientFlags(command: Command): Command {
  return command
    .option('--data <folder>', `the server's data folder (${variableOf('data')})`, standardFolder())
    .option('--json', 'print JSON')
}

/** Adds --database of the commands that read the databases themselves. */
export function addDatabaseFlag(command: Command): Command {
  const { flag } = settings.database
  const standard = process.env[variableOf(flag)]
  return command.option(
    `--${flag} <url>`,
    `the PostgreSQL database of a cluster, if it is one (${variableOf(flag)})`,
    standard === '' ? undefined : standard,
  )
}

/** Adds --study, which may be left out while there is one study only. */
export function addStudyFlag(command: Command): Command {
  return command.option('--study <id>', 'the study; may be left out while there is only one')
}

/** Adds --reason of an audited action; {@link reasonOf} reads it. */
export function addReasonFlag(command: Command): Command {
  return command.option('--reason <text>', 'why (required); becomes part of the audit log')
}

/** The data folder where no flag names one. */
export const standardFolder = (): string => process.env[variableOf('data')] ?? settings.data.standard

/** The reason of an audited action. Throws WronglyCalled where it is missing or empty. */
export function reasonOf(flags: { readonly reason?: string }): string {
  if (flags.reason === undefined || flags.reason.trim() === '') {
    throw new WronglyCalled(
      '--reason is missing: say why in words, for example --reason "device lost"; it becomes part of the audit log',
    )
  }
  return flags.reason
}

/** Reads a whole number, `least` or more. */
export const wholeNumber =
  (least = 0) =>
  (text: string): number => {
    const number = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`It takes a whole number, ${least} or more.`)
    }
    return number
  }

/** Reads a share: `0.05` or `5%`. */
export function share(text: string): number {
  const number = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  if (text.trim() === '' || !(number >= 0 && number <= 1)) {
    throw new InvalidArgumentError('It takes a share from 0 to 1, or a percentage such as 5%.')
  }
  return number
}

/** Reads a duration in seconds: `90`, `90s`, `1.5m`, `2h`. */
export function seconds(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text.trim()) ?? []
  const value = Number(number) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h']
  if (!(value > 0)) throw new InvalidArgumentError('It takes a duration such as 30s, 5m or 1h.')
  return value
}
