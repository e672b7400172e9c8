// Builds the patient app with Vite when anything it is made of is newer than what was built: its sources, the part of the
// study engine it shares with the server, the versions of its packages. Takes a moment when nothing is.
// Run by `npm start`, `npm test` and `npm run build`; `--force` builds in any case.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const app = join(root, 'web/patient')
/** Inside dist, so that it goes with what it speaks of; the server serves no name with a dot in front. */
const stamp = join(app, 'dist/.sources-sha256')

/** What the app is made of: files, and folders with all that is in them but tests. */
const sources = [
  'web/patient/src',
  'web/patient/public',
  'web/patient/index.html',
  'web/patient/vite.config.ts',
  'web/patient/tsconfig.json',
  'src/study',
  'package-lock.json',
]

/** SHA-256 over the names and bytes of everything the app is made of. */
function sourcesHash(): string {
  const sum = createHash('sha256')
  for (const file of sources.flatMap(filesIn)) {
    const bytes = readFileSync(file)
    sum.update(`${relative(root, file)}\n${bytes.length}\n`).update(bytes)
  }
  return sum.digest('hex')
}

function filesIn(name: string): string[] {
  const path = join(root, name)
  if (!existsSync(path)) return []
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path]
    throw error
  }
}

const hash = sourcesHash()
const isFresh = existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === hash
if (!isFresh || process.argv.includes('--force')) {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  // Its report goes to stderr: stdout belongs to whatever is started next.
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn', app], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) {
    console.error('The patient app could not be built; the messages above say why.')
    process.exit(1)
  }
  writeFileSync(stamp, `${hash}\n`)
  console.error('The patient app is built.')
}
