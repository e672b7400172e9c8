// The server of the crash suite, as a program of its own: the real parts, the points module, nothing else.
// Says in one JSON line where it listens, or why it refused to start. Ends when its parent does.
import { flushCompileCache } from 'node:module'
import { startLevee } from '../../src/main.ts'
import { readConfig } from '../../src/system/config.ts'
import { watchPoints } from '../../src/system/points.ts'

const flags = JSON.parse(process.argv[2] ?? '{}') as Record<string, unknown>
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

process.stdin.on('end', () => process.exit(3)).resume()
try {
  const pointsModule = new URL('./fault-points.ts', import.meta.url).href
  await watchPoints(pointsModule) // a node of a cluster commits its groups on this thread
  const levee = await startLevee(readConfig(flags, {}), {
    pointsModule,
    allowUnfitFileSystem: true,
  })
  process.on('SIGTERM', () => void levee.stop().then(() => process.exit(0)))
  flushCompileCache() // a server that is killed would not leave it
  tell({ http: levee.http, pid: process.pid })
} catch (error) {
  tell({ refused: (error as Error).message })
  process.exitCode = 1
  setTimeout(() => process.exit(1), 200).unref()
}
