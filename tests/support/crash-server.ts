// A Levee server as a child process that a test may kill, hurt and start again. Every child is ended by its own
// handle, whatever the test does; nothing of it outlives the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './fault-mutants.ts'
import type { Fault } from './fault-points.ts'

const program = fileURLToPath(new URL('./fault-server.ts', import.meta.url))
const mutator = new URL('./fault-mutants.ts', import.meta.url).href
/** Compiled code by the hash of its source, so that the many starts of a suite take less of the processor. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/levee-tests', import.meta.url))

/**
 * `port` 0 or none: any free one. `config`: further settings by their names. `strace`: its arguments. `within`: a command
 * that runs the server in other surroundings, without forking.
 */
export type ServerOptions = {
  readonly data: string
  readonly port?: number
  readonly config?: Readonly<Record<string, unknown>>
  readonly faults?: readonly Fault[]
  readonly mutants?: readonly Mutant[]
  readonly strace?: readonly string[]
  readonly within?: readonly string[]
}

/** How a child ended: its exit code, or the signal. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type CrashServer = AsyncDisposable & {
  readonly port: number
  readonly pid: number
  /** Milliseconds from the start of the process until its doors were open. */
  readonly readyMs: number
  readonly exit: Promise<Exit>
  readonly hasExited: () => boolean
  /** What it wrote to standard error. */
  readonly errors: () => string
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<Exit>
  /** SIGTERM: an orderly stop. */
  stop(): Promise<Exit>
}

/** The server did not open its doors: it refused, in its own words, or it ended; `exit` says how. */
export class StartRefused extends Error {
  readonly exit: Exit
  constructor(message: string, exit: Exit) {
    super(message)
    this.exit = exit
  }
}

/** Starts a server and waits for its doors. Throws StartRefused if they do not open. */
export async function startServer(options: ServerOptions): Promise<CrashServer> {
  const { data, port = 0, config = {}, faults = [], mutants = [], strace, within = [] } = options
  const flags = { data, port, grpcPort: 0, log: 'warn', ...config }
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--import',
    mutator,
    program,
    JSON.stringify(flags),
  ]
  const traced = strace === undefined ? node : ['strace', ...strace, '--', ...node]
  const [command, ...args] = [...within, ...traced]
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: compiled,
    FAULT_POINTS: JSON.stringify(faults),
    FAULT_MUTANTS: mutants.join(' '),
  }
  const began = performance.now()
  const child = spawn(command!, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Exit)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  child.stdin.on('error', () => {})
  const line = await firstLine(child)
  if (line === undefined || 'refused' in line) {
    const how = await ended(child, exit)
    throw new StartRefused(
      line === undefined ? `it ended with ${how.code ?? how.signal}: ${errors}` : line.refused,
      how,
    )
  }
  const { pid } = line
  const end = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) signalProcess(pid, signal)
    return exit
  }
  return {
    port: Number(new URL(line.http).port),
    pid,
    readyMs: performance.now() - began,
    exit,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    errors: () => errors,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
    },
  }
}

type FirstLine = { http: string; pid: number } | { refused: string }

/** The child's first line, or undefined if it ends before saying anything. */
function firstLine(child: ChildProcess): Promise<FirstLine | undefined> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout!.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const end = text.indexOf('\n')
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as FirstLine)
    })
    child.once('exit', () => resolve(undefined))
    child.once('error', () => resolve(undefined))
  })
}

/** A child that refused is given a moment to end by itself. */
async function ended(child: ChildProcess, exit: Promise<Exit>): Promise<Exit> {
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  return exit.finally(() => clearTimeout(timer))
}

/** The process may be gone already. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A folder that is gone when its holder is. */
export function tempFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'levee-crash-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
