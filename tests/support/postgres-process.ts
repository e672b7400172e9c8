// The processes of one PostgreSQL server, by their ids: found, stopped, killed. No server outlives this process, even
// if that is killed: a watcher beside each server ends it and removes its folder when our end of a pipe closes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startProgram } from './postgres-binaries.ts'

/** How a server is asked to end: after its clients, without them, or at once as after a crash. */
export type StopMode = 'smart' | 'fast' | 'immediate'
const signals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** A running server. */
export type PostgresProcess = {
  readonly pid: number
  /** Ends it and waits for the end. */
  stop(mode: StopMode): Promise<void>
  /** SIGKILL to all its processes at once, which is what a crash of the machine leaves. */
  kill(): Promise<void>
  /** Sends a signal to all its processes. */
  signalAll(signal: NodeJS.Signals): void
}

/** Starts the server of a data folder and waits until it takes connections. Rejects with its log if it ends. */
export async function startProcess(dataFolder: string, port: number): Promise<PostgresProcess> {
  const logFile = join(dataFolder, 'server.log')
  const log = openSync(logFile, 'a')
  const child = await startProgram('postgres', ['-D', dataFolder, '-p', String(port)], {
    stdio: ['ignore', log, log],
  })
  const ended = once(child, 'exit')
  child.unref()
  const watcher = watch(child, dataFolder)
  const pid = child.pid!
  while (!takesConnections(dataFolder, pid)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      watcher.kill()
      throw new Error(`PostgreSQL did not start: ${readFileSync(logFile, 'utf8').slice(-4000)}`)
    }
    await sleep(10)
  }
  const afterEnd = async () => {
    child.ref()
    await ended
    watcher.kill()
  }
  const signalAll = (signal: NodeJS.Signals) => {
    for (const id of [pid, ...childrenOf(pid)]) send(id, signal)
  }
  return {
    pid,
    signalAll,
    async stop(mode) {
      send(pid, signals[mode])
      await afterEnd()
    },
    async kill() {
      send(pid, 'SIGSTOP') // so that it starts no more processes
      const children = childrenOf(pid)
      for (const id of [...children, pid]) send(id, 'SIGKILL')
      await afterEnd()
      while (children.some(isRunning)) await sleep(5)
      forgetMemory(dataFolder)
    },
  }
}

/** A shell that waits for the end of this process, and then ends the server and removes its folder. */
function watch(server: ChildProcess, dataFolder: string): ChildProcess {
  const script =
    'read line; kill -QUIT "$0" || exit; kill -CONT "$0"; while kill -0 "$0"; do sleep 0.05; done; rm -rf "$1"'
  const watcher = spawn('sh', ['-c', script, String(server.pid), dataFolder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.unref()
  ;(watcher.stdin as unknown as { unref(): void }).unref()
  return watcher
}

/** A killed server leaves its interlock segment to its next start, which may not come; the kernel keeps few of them. */
function forgetMemory(dataFolder: string): void {
  const id = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[6]?.trim().split(/\s+/)[1]
  if (id !== undefined) spawnSync('ipcrm', ['-m', id])
}

/** The eighth line of postmaster.pid is the server's state (PostgreSQL source, miscadmin.h). */
function takesConnections(dataFolder: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

/** Ids of the processes that a process has started; a server's backends leave its process group. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => standing(id)?.parent === pid)
}

/** State and parent from /proc/PID/stat, where they follow the name in brackets (proc(5)); undefined if it is gone. */
function standing(pid: number): { state: string | undefined; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}

/** A process that is dead and not yet collected by its parent runs no more. */
const isRunning = (pid: number): boolean => {
  const state = standing(pid)?.state
  return state !== undefined && state !== 'Z'
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
