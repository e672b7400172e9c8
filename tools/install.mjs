// Installs the locked dependencies when they are missing or older than package-lock.json.
// Plain JavaScript: it runs on the Node a newcomer happens to have (20 or later), before the pinned one exists.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.package-lock.json')
const pinned = join(root, 'node_modules', 'node', 'bin', 'node')
const fresh =
  existsSync(stamp) &&
  existsSync(pinned) &&
  statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs

if (!fresh) {
  console.error('Installing the locked dependencies (once, about half a minute) ...')
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (done.status !== 0) {
    console.error('The installation failed. Check the network to the npm registry and run the command again.')
    process.exit(done.status ?? 1)
  }
}
