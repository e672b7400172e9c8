// What `npm start` makes once for each state of the sources, before it starts Levee: the joined libraries, and a warm
// cache of compiled code. Without the cache every thread loads the type stripper, 8 MB each (docs/performance.md).
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, 'node_modules', '.cache')
const stamp = join(cache, 'levee-prepared')
const levee = join(root, 'bin', 'levee')

/** Changes whenever a source file or the libraries change. */
function stateOfSources(): string {
  const hash = createHash('sha256')
  const files = [
    ...globSync('src/**/*.ts', { cwd: root }),
    'tools/bundle-libraries.ts',
    'node_modules/.package-lock.json',
  ]
  for (const file of files.sort()) {
    const { mtimeMs, size } = statSync(join(root, file))
    hash.update(`${file} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}

/** Runs a small trial on a temporary folder: start, a second of load, the check of its history, stop. */
async function warmUp(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'levee-warm-'))
  const flags = ['--data', data, '--port', '0', '--grpc-port', '0', '--log', 'silent', '--patients', '50']
  const server = spawn(levee, ['demo', '--serve', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await Promise.race([once(server.stdout, 'data'), once(server, 'exit')])
    execFileSync(levee, ['load', '--data', data, '--rate', '50', '--for', '1s'], { stdio: 'ignore' })
  } finally {
    if (server.exitCode === null) {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
    rmSync(data, { recursive: true, force: true })
  }
}

const state = stateOfSources()
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== state) {
  console.error('Preparing Levee (once, a few seconds) ...')
  mkdirSync(cache, { recursive: true })
  await import('./bundle-libraries.ts')
  await warmUp()
  writeFileSync(stamp, state)
}
