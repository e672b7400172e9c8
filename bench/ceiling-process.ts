// Starts bench/ceiling.ts as a child process with made-up patients and tokens.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startChild, stopChild, type Target } from './target.ts'

/** As many patients as the demo study has, and tokens as long as Levee's. */
const patients = 5000

/** @throws Error when the ceiling does not come up. */
export async function startCeiling(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'levee-ceiling-'))
  const tokensFile = join(folder, 'tokens.tsv')
  const lines = Array.from(
    { length: patients },
    (_, i) => `P-${String(i + 1).padStart(5, '0')}\t${'t'.repeat(43)}\n`,
  )
  writeFileSync(tokensFile, lines.join(''))
  const port = await freePort()
  const child = startChild(process.execPath, [join(import.meta.dirname, 'ceiling.ts'), String(port)])
  const outcome = await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data'),
    once(child, 'exit'),
  ])
  if (child.exitCode !== null) throw new Error(`the ceiling ended at once (${outcome})`)
  return {
    name: 'ceiling',
    port,
    pid: child.pid as number,
    tokensFile,
    async [Symbol.asyncDispose]() {
      await stopChild(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
