// Memory and CPU time of a process and all its descendants, from /proc (Linux only).
// Promises: sampling costs the measured processes nothing but the reading; a process that ends between two looks
// is left out, not an error. Resident pages shared between processes count once for each of them.
import { readdirSync, readFileSync } from 'node:fs'

/** One look: seconds since sampling began, resident bytes, CPU milliseconds since the processes began. */
export type TreeSample = { atSeconds: number; rssBytes: number; cpuMs: number }

/** `sampler.stop()` ends the sampling and returns all looks, oldest first. */
export type TreeSampler = { samples: readonly TreeSample[]; stop(): readonly TreeSample[] }

/** Kernel clock ticks are 1/100 s on every Linux that Node runs on (USER_HZ). */
const tickMs = 10

/** Looks once at the tree under `rootPid`; zeros when it is gone. */
export function sampleTree(rootPid: number, atSeconds = 0): TreeSample {
  const children = new Map<number, number[]>()
  const cpuOf = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const fields = readProc(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')
    if (fields.length < 15) continue
    const parent = Number(fields[1])
    children.set(parent, [...(children.get(parent) ?? []), pid])
    cpuOf.set(pid, (Number(fields[11]) + Number(fields[12])) * tickMs)
  }
  const sample = { atSeconds, rssBytes: 0, cpuMs: 0 }
  const pending = [rootPid]
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    const rssKb = /VmRSS:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`))?.[1]
    sample.rssBytes += Number(rssKb ?? 0) * 1024
    sample.cpuMs += cpuOf.get(pid) ?? 0
    pending.push(...(children.get(pid) ?? []))
  }
  return sample
}

/** Looks at once and then each second until stopped. */
export function watchTree(rootPid: number): TreeSampler {
  const startMs = performance.now()
  const samples: TreeSample[] = []
  const look = () => {
    samples.push(sampleTree(rootPid, (performance.now() - startMs) / 1000))
  }
  look()
  const timer = setInterval(look, 1000)
  return {
    samples,
    stop() {
      clearInterval(timer)
      look()
      return samples
    },
  }
}

/** Growth in megabytes a minute: the least-squares line through the second half, when start-up effects are over. */
export function slopeMbPerMinute(samples: readonly TreeSample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2))
  if (half.length < 2) return 0
  const mean = (of: (s: TreeSample) => number) => half.reduce((sum, s) => sum + of(s), 0) / half.length
  const meanAt = mean((s) => s.atSeconds)
  const meanRss = mean((s) => s.rssBytes)
  const up = half.reduce((sum, s) => sum + (s.atSeconds - meanAt) * (s.rssBytes - meanRss), 0)
  const across = half.reduce((sum, s) => sum + (s.atSeconds - meanAt) ** 2, 0)
  return ((up / across) * 60) / 1e6
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
