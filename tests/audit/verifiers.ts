// Runs the two verifiers of exported audit logs as the programs they are.
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a verifier found: exit code, and the first break. */
export type Verdict = { code: number | null; how?: string; index?: number; text?: string; output: string }

const second = fileURLToPath(new URL('../support/verify_audit.py', import.meta.url))

/** Whether the second verifier can run here. */
export const hasPython = spawnSync('python3', ['--version']).status === 0

/** The verifier that lies in the bundle itself. */
export function verify(folder: string, ...options: string[]): Verdict {
  return run(first(folder, options))
}

/** The independent one in Python. */
export function verifyAgain(folder: string, ...options: string[]): Verdict {
  return run(again(folder, options))
}

/** Both, while this process goes on; the verdict of the first that finds a break, else of the first. */
export async function verifyByBoth(folder: string, ...options: string[]): Promise<Verdict> {
  const commands = [first(folder, options), ...(hasPython ? [again(folder, options)] : [])]
  const verdicts = await Promise.all(commands.map(runBeside))
  return verdicts.find(({ code }) => code !== 0) ?? verdicts[0]!
}

type Command = readonly [program: string, args: readonly string[]]
const first = (folder: string, options: readonly string[]): Command => [
  process.execPath,
  [join(folder, 'verify-audit.mjs'), folder, '--json', ...options],
]
const again = (folder: string, options: readonly string[]): Command => [
  'python3',
  [second, folder, ...options],
]

function run([program, args]: Command): Verdict {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return verdictOf(status, stdout, stderr)
}

function runBeside([program, args]: Command): Promise<Verdict> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { maxBuffer: 1 << 26 }, (_, stdout, stderr) =>
      resolve(verdictOf(child.exitCode, stdout, stderr)),
    )
  })
}

function verdictOf(code: number | null, stdout: string, stderr: string): Verdict {
  const output = stdout + stderr
  if (code === 2 || !stdout.startsWith('{')) return { code, output }
  const { breaks } = JSON.parse(stdout) as { breaks: { how: string; index: number; text?: string }[] }
  return { code, ...breaks[0], output }
}
