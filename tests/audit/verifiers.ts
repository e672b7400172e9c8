// Runs the two verifiers of exported audit logs as the programs they are.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a verifier found: exit code, and the first break. */
export type Verdict = { code: number | null; how?: string; index?: number; text?: string; output: string }

const second = fileURLToPath(new URL('../support/verify_audit.py', import.meta.url))

/** Whether the second verifier can run here. */
export const hasPython = spawnSync('python3', ['--version']).status === 0

/** The verifier that lies in the bundle itself. */
export function verify(folder: string, ...options: string[]): Verdict {
  return run(process.execPath, [join(folder, 'verify-audit.mjs'), folder, '--json', ...options])
}

/** The independent one in Python. */
export function verifyAgain(folder: string, ...options: string[]): Verdict {
  return run('python3', [second, folder, ...options])
}

function run(command: string, args: string[]): Verdict {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  const output = stdout + stderr
  if (status === 2 || !stdout.startsWith('{')) return { code: status, output }
  const { breaks } = JSON.parse(stdout) as { breaks: { how: string; index: number; text?: string }[] }
  return { code: status, ...breaks[0], output }
}
