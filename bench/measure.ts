// Sets the generator on a target and watches the target's CPU and memory meanwhile.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GeneratorSpec, ResultOf } from './generator-spec.ts'
import { slopeMbPerMinute, type TreeSample, watchTree } from './process-tree.ts'
import type { Target } from './target.ts'

/** What the target's processes used. `cpuShare`: cores kept busy, on average (1 = one core). */
export type Usage = { cpuShare: number; peakRssMb: number; rssSlopeMbPerMinute: number }

export type Measured<S extends GeneratorSpec> = { result: ResultOf<S>; usage: Usage }

/** What a scenario says of its order; the target supplies port and tokens. */
export type Wanted<S extends GeneratorSpec> = Omit<S, 'port' | 'tokensFile'>

/** @throws Error when the generator fails; its words are in the message. */
export async function measure<S extends GeneratorSpec>(
  target: Target,
  wanted: Wanted<S>,
): Promise<Measured<S>> {
  const spec = { ...wanted, port: target.port, tokensFile: target.tokensFile }
  const sampler = watchTree(target.pid)
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'generator.ts'),
        JSON.stringify(spec),
      ],
      { maxBuffer: 1 << 24 },
    )
    return { result: JSON.parse(stdout) as ResultOf<S>, usage: usageIn(sampler.stop()) }
  } finally {
    sampler.stop()
  }
}

function usageIn(samples: readonly TreeSample[]): Usage {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.atSeconds === first.atSeconds)
    return { cpuShare: 0, peakRssMb: 0, rssSlopeMbPerMinute: 0 }
  return {
    cpuShare: (last.cpuMs - first.cpuMs) / 1000 / (last.atSeconds - first.atSeconds),
    peakRssMb: Math.max(...samples.map((s) => s.rssBytes)) / 1e6,
    rssSlopeMbPerMinute: slopeMbPerMinute(samples),
  }
}

/** The middle value; of an even number of values the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] as number
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
