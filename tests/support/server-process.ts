// A server as a process of its own, for tests that read its log or end it roughly.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { controlClient } from '../../src/cli/control-client.ts'
import { settings } from '../../src/system/config.ts'

const program = fileURLToPath(new URL('../../src/cli/levee.ts', import.meta.url))

/** Starts `levee serve` and resolves when it is ready; rejects with what it logged if it ends before. */
export async function startServerProcess(flags: Readonly<Record<string, string>>) {
  const given = Object.entries(flags).flatMap(([name, value]) => [
    `--${settings[name as keyof typeof settings].flag}`,
    value,
  ])
  const child = spawn(process.execPath, [program, 'serve', ...given], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  const ended = once(child, 'exit')
  const ready = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('"msg":"ready"')) resolve()
    })
  })
  const tooSoon = ended.then(([code]) => {
    throw new Error(`the server ended with ${code}: ${log}`)
  })
  tooSoon.catch(() => {})
  await Promise.race([ready, tooSoon])
  const { addresses } = await controlClient(flags.data!).get<{ addresses: { http: string; grpc: string } }>(
    '/status',
  )
  return {
    ...addresses,
    levee: undefined,
    log: () => log,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
