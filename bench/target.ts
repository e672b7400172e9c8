// What a scenario measures: a server in its own process, the ceiling or Levee, and how it is stopped.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** A running server. Disposing stops it and removes its data. */
export type Target = AsyncDisposable & {
  name: 'ceiling' | 'levee'
  port: number
  pid: number
  /** File with lines patientId<TAB>token. */
  tokensFile: string
}

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a child; its standard error comes through, its standard output is the caller's to read. */
export function startChild(command: string, args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGKILL')
  // Before the data folders are removed, which hang on the same event.
  process.prependOnceListener('exit', end)
  child.once('exit', () => process.removeListener('exit', end))
  return child
}

/** SIGTERM, and SIGKILL if the child has not ended after 30 seconds. @returns whether it ended by itself. */
export async function stopChild(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await ended
  clearTimeout(timer)
  return child.signalCode !== 'SIGKILL'
}
