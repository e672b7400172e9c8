// Starts Levee as its users do (`bin/levee demo --serve`) on a fresh data folder, as a child process.
// The folder lies under `data/` of the clone, on the same disk as the code, because a temporary folder may be
// memory, where a flush costs nothing.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, startChild, stopChild, type Target } from './target.ts'

const root = join(import.meta.dirname, '..')
const levee = join(root, 'bin', 'levee')
const readyWithinMs = 120_000

/** Levee running; `readyMs`: from the start of the command to the first 200 of /readyz, demo data included. */
export type Levee = Target & { name: 'levee'; folder: string; readyMs: number }

/** A new data folder on the disk of the clone; it is removed when disposed of. */
export function dataFolder(): Disposable & { path: string } {
  mkdirSync(join(root, 'data'), { recursive: true })
  const path = mkdtempSync(join(root, 'data', 'bench-'))
  // Retries: a server that was killed this moment may still be writing.
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  process.once('exit', remove)
  return {
    path,
    [Symbol.dispose]() {
      process.removeListener('exit', remove)
      remove()
    },
  }
}

/**
 * On its own new folder, or on one that outlives it.
 * @throws Error when Levee does not become ready within two minutes; its own words are on standard error.
 */
export async function startLevee(given?: string): Promise<Levee> {
  const own = given === undefined ? dataFolder() : undefined
  const folder = given ?? (own as { path: string }).path
  const [port, grpcPort] = [await freePort(), await freePort()]
  const startMs = performance.now()
  const child = startChild(levee, [
    'demo',
    '--serve',
    '--json',
    '--data',
    folder,
    '--port',
    String(port),
    '--grpc-port',
    String(grpcPort),
  ])
  // One line of JSON, when the demo's patients are there.
  const made = once(child.stdout as NodeJS.ReadableStream, 'data')
  const stop = async () => {
    await stopChild(child)
    own?.[Symbol.dispose]()
  }
  try {
    await untilReady(port, () => child.exitCode !== null)
    const readyMs = performance.now() - startMs
    await made
    child.stdout?.resume()
    const { stdout } = await promisify(execFile)(levee, ['patient', 'tokens', '--data', folder], {
      maxBuffer: 1 << 26,
    })
    const tokensFile = join(folder, 'bench-tokens.tsv')
    writeFileSync(tokensFile, stdout, { mode: 0o600 })
    return {
      name: 'levee',
      folder,
      port,
      pid: child.pid as number,
      tokensFile,
      readyMs,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves at the first 200 of /readyz. @throws Error when the process ended, or after two minutes. */
export async function untilReady(port: number, ended: () => boolean): Promise<void> {
  const endMs = performance.now() + readyWithinMs
  while (performance.now() < endMs) {
    if (ended()) throw new Error('Levee ended before it was ready')
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      async (answer) => {
        await answer.arrayBuffer()
        return answer.status
      },
      () => 0,
    )
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Levee was not ready within ${readyWithinMs / 1000} s`)
}
