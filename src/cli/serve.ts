// `levee serve` and the serving half of `levee demo`: run until told to stop.
import { startLevee, type Levee } from '../main.ts'
import { readConfig } from '../system/config.ts'

/** Starts a server for the flags and stops it in good order on SIGINT or SIGTERM. */
export async function serve(flags: Record<string, unknown>): Promise<Levee> {
  const levee = await startLevee(readConfig(flags))
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
  return levee
}
