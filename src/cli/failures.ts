// How the command line fails: one clear line and an exit code, never a stack. 1: it did not work. 2: wrongly called.
import { type Config, settings } from '../system/config.ts'

/** The command was given wrongly; the message names the flag and the remedy. Exit code 2. */
export class WronglyCalled extends Error {}

/** The command worked and has to report bad news, which it has printed already. Exit code 1, nothing more is said. */
export class BadNews extends Error {}

const levels = ['silent', 'error', 'warn', 'info']
const highestPort = 65_535

/** Throws WronglyCalled where a setting has a value that no server can start with. */
export function checkSettings(config: Config): void {
  if (!levels.includes(config.log))
    throw new WronglyCalled(`--log takes ${levels.join(', ')}; not ${config.log}`)
  for (const name of ['port', 'grpcPort'] as const) {
    if (config[name] > highestPort)
      throw new WronglyCalled(`--${settings[name].flag} takes 0 to ${highestPort}`)
  }
  if (config.port !== 0 && config.port === config.grpcPort) {
    throw new WronglyCalled(`--port and --grpc-port are both ${config.port}; give each door its own`)
  }
}

type SystemError = Error & { code?: string; errcode?: number; port?: number; path?: string; syscall?: string }

/** Says in one sentence why a server did not start, with the flag that helps. What it does not know stays as it is. */
export function startFailure(cause: unknown, config: Config): Error {
  const error = cause as SystemError
  const flag = error.port === config.grpcPort && config.port !== config.grpcPort ? 'grpc-port' : 'port'
  const at = `${config.host}:${error.port}`
  const why: Record<string, string> = {
    EADDRINUSE: `${at} is taken by another program. Stop that one, or choose another port with --${flag} (0 picks a free one)`,
    EADDRNOTAVAIL: `this machine has no address ${config.host}. Give one of its own with --host`,
    ENOTFOUND: `the name ${config.host} has no address. Give another with --host`,
  }
  if (error.code === 'EACCES' && error.syscall === 'listen') {
    return new Error(
      `port ${error.port} may not be opened by this user. Choose one above 1023 with --${flag}`,
    )
  }
  if (error.code !== undefined && why[error.code] !== undefined) return new Error(why[error.code], { cause })
  return new Error(folderFailure(error, config.data) ?? error.message, { cause })
}

/** Why a data folder cannot be used, or undefined where the folder is not at fault. */
function folderFailure({ code, errcode, path }: SystemError, folder: string): string | undefined {
  const where = path ?? folder
  const remedy = 'Choose another folder with --data, or give this user the right to write'
  if (code === 'EACCES' || code === 'EPERM') return `${where} may not be written by this user. ${remedy}`
  if (code === 'EROFS') return `${where} lies on a read-only disk. ${remedy}`
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return `${where} is not a folder. Choose another one with --data`
  if (code === 'ENOENT') return `${where} cannot be made. Choose another folder with --data`
  if (code === 'ENOSPC')
    return `the disk of ${where} is full. Free some space, or choose another folder with --data`
  // SQLite's CANTOPEN and READONLY (sqlite.org/rescode.html).
  const primary = errcode === undefined ? undefined : errcode & 0xff
  if (primary === 14 || primary === 8)
    return `the files in ${folder} may not be written by this user. ${remedy}`
  return undefined
}
