// Closed loop over any request: each connection sends its next one when the last is answered.
import { Histogram } from '../src/cli/load/histogram.ts'
import { Wire } from '../src/cli/load/wire.ts'
import type { RepeatSummary } from './generator-spec.ts'

export type RepeatOptions = {
  host: string
  port: number
  connections: number
  durationSeconds: number
  warmUpSeconds: number
  /** Ends the loop early. */
  mostUnits?: number
  next: () => { head: Buffer; body: Buffer | null }
  /** How many units an answer counts for; 0 makes it a wrong one. */
  unitsIn: (status: number, body: Buffer) => number
}

/** Runs for `durationSeconds`; requests sent in the warm-up do not count. Ends when all answers are there. */
export async function repeatRequests(options: RepeatOptions): Promise<RepeatSummary> {
  const { connections, mostUnits = Number.POSITIVE_INFINITY } = options
  const wire = new Wire({ ...options, timeoutMs: 30_000 })
  const latency = new Histogram()
  const startMs = performance.now()
  const countFromMs = startMs + options.warmUpSeconds * 1000
  const endMs = startMs + options.durationSeconds * 1000
  let [units, wrong, running] = [0, 0, connections]
  await new Promise<void>((resolve) => {
    const one = () => {
      const { head, body } = options.next()
      const sentMs = performance.now()
      wire.send(head, body, (failure, answer) => {
        const found = failure === null ? options.unitsIn(answer.status, answer.body) : 0
        const nowMs = performance.now()
        if (sentMs >= countFromMs) {
          latency.record(nowMs - sentMs)
          units += found
        }
        if (found === 0) wrong++
        if (nowMs < endMs && units < mostUnits) one()
        else if (--running === 0) resolve()
      })
    }
    for (let i = 0; i < connections; i++) one()
  })
  const seconds = (performance.now() - countFromMs) / 1000
  wire.close()
  return {
    requests: latency.count,
    units,
    wrong,
    unitsPerSecond: units / seconds,
    latency: latency.summary(),
  }
}
