// `levee serve` and the serving half of `levee demo`: run until told to stop.
import type { Command } from 'commander'
import type { Levee } from '../main.ts'
import { collectGarbage, startedMs } from '../system/collect-garbage.ts'
import { type Config, readConfig } from '../system/config.ts'
import { checkSettings, startFailure, WronglyCalled } from './failures.ts'
import { addServerFlags } from './flags.ts'

export function serveCommand(program: Command): void {
  const command = program.command('serve').description('run the server; a new folder starts empty')
  addServerFlags(command)
    .option('--json', 'say that it is ready as JSON')
    .addHelpText('after', '\nExample:\n  levee serve --data /var/lib/levee --port 8080\n')
    .action(async (flags) => {
      const { http, grpc } = await serve(flags)
      const data = readConfig(flags).data
      if (flags.json === true) console.log(JSON.stringify({ http, grpc, data, pid: process.pid }))
      else
        console.log(
          `Levee is ready. HTTP ${http}${grpc === '' ? '' : `, gRPC ${grpc}`}, data in ${data}. Ctrl-C stops it.`,
        )
    })
}

/**
 * Starts a server for the flags and stops it in good order on SIGINT or SIGTERM; a second signal ends it at once.
 * Throws WronglyCalled for a flag that does not fit, and an Error with the remedy where the start fails.
 */
export async function serve(flags: Record<string, unknown>): Promise<Levee> {
  const config = configOf(flags)
  // Only here, so that the commands that do not serve start in half the time.
  const { startLevee } = await import('../main.ts')
  process.umask(0o077)
  const levee = await startLevee(config).catch((cause: unknown) => {
    throw startFailure(cause, config)
  })
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    levee.log.info('stopping')
    levee.stop().then(
      () => process.exit(0),
      (error: Error) => {
        levee.log.error('stopping failed', { reason: error.message })
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  setTimeout(collectGarbage, startedMs).unref()
  return levee
}

function configOf(flags: Record<string, unknown>): Config {
  let config: Config
  try {
    config = readConfig(flags)
  } catch (error) {
    throw new WronglyCalled((error as Error).message)
  }
  checkSettings(config)
  return config
}
