// A cluster on this machine: PostgreSQL 18 with a synchronous standby, and Levee nodes on it as child processes.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startCluster } from '../tests/support/postgres-cluster.ts'
import { dataFolder, untilReady } from './levee-process.ts'
import { freePort, startChild, stopChild, type Target } from './target.ts'

const levee = join(import.meta.dirname, '..', 'bin', 'levee')

export type BenchCluster = AsyncDisposable & {
  /** A node with these roles; ready when it resolves. */
  node(roles: string): Promise<Target>
}

/** Starts both servers, publishes the demo study through a first node, which ends again. */
export async function startBenchCluster(): Promise<BenchCluster> {
  await using parts = new AsyncDisposableStack()
  const folder = parts.use(dataFolder())
  const cluster = parts.use(
    await startCluster({
      settings: { shared_buffers: '256MB', max_wal_size: '4GB', checkpoint_timeout: '15min' },
    }),
  )
  await cluster.primary.query('CREATE DATABASE bench')
  const database = cluster.primary.urlOf('bench')
  const first = join(folder.path, 'first')
  const tokensFile = join(folder.path, 'tokens.tsv')
  let made = 0
  const node = async (roles: string): Promise<Target> => {
    made += 1
    const own = join(folder.path, `node-${made}`)
    mkdirSync(own, { mode: 0o700 })
    if (made > 1) cpSync(join(first, 'keys'), join(own, 'keys'), { recursive: true })
    return startNode({ own: made === 1 ? first : own, name: `node-${made}`, roles, database, tokensFile })
  }
  {
    await using only = await node('intake,processing,sending,api')
    await promisify(execFile)(levee, ['demo', '--data', first], { maxBuffer: 1 << 26 })
    const { stdout } = await promisify(execFile)(levee, ['patient', 'tokens', '--data', first], {
      maxBuffer: 1 << 26,
    })
    writeFileSync(only.tokensFile, stdout, { mode: 0o600 })
  }
  const running = parts.move()
  return {
    node,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

type NodeOrder = { own: string; name: string; roles: string; database: string; tokensFile: string }

async function startNode({ own, name, roles, database, tokensFile }: NodeOrder): Promise<Target> {
  const [port, grpcPort] = [await freePort(), await freePort()]
  const flags = { data: own, port, 'grpc-port': grpcPort, roles, node: name, database, log: 'warn' }
  const given = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  const child = startChild(levee, ['serve', ...given])
  child.stdout?.resume()
  const stop = async () => {
    await stopChild(child)
  }
  try {
    await untilReady(port, () => child.exitCode !== null)
  } catch (error) {
    await stop()
    throw error
  }
  return { name: 'levee', port, pid: child.pid as number, tokensFile, [Symbol.asyncDispose]: stop }
}
