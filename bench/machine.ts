// The machine a result was measured on: what decides the figures, and nothing that identifies it.
import { execFileSync } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { median } from './measure.ts'

export type Machine = {
  cpu: string
  cores: number
  memoryGb: number
  system: string
  node: string
  /** Median of 200 writes of 4 KiB, each flushed, where Levee's data lie in the bench. */
  flushMicros: number
}

const root = join(import.meta.dirname, '..')

export function describeMachine(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    system: `${type()} ${release().split('-')[0]}`,
    node: process.version,
    flushMicros: Math.round(measureFlush()),
  }
}

/** Short id of the commit, with `+` where the tree differs from it; `unknown` outside a clone. */
export function currentCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src', 'studies') === '' ? '' : '+')
    )
  } catch {
    return 'unknown'
  }
}

function measureFlush(): number {
  mkdirSync(join(root, 'data'), { recursive: true })
  const path = join(root, 'data', 'bench-flush')
  const block = Buffer.alloc(4096, 1)
  const file = openSync(path, 'w')
  const micros: number[] = []
  for (let i = 0; i < 200; i++) {
    writeSync(file, block)
    const startMs = performance.now()
    fdatasyncSync(file)
    micros.push((performance.now() - startMs) * 1000)
  }
  closeSync(file)
  rmSync(path)
  return median(micros)
}
