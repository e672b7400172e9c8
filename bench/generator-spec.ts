// The order a scenario gives to the load generator, and what it gets back. JSON both ways.
import type { Curve } from '../src/cli/load/arrivals.ts'
import type { LatencySummary } from '../src/cli/load/histogram.ts'
import type { LoadSummary } from '../src/cli/load/load-counts.ts'

/** Common to all orders. What is sent in the first `warmUpSeconds` of `durationSeconds` does not count. */
type Order = {
  port: number
  tokensFile: string
  connections: number
  durationSeconds: number
  warmUpSeconds: number
  seed: number
}

/** Single submissions, open loop at a rate or closed loop. */
export type SubmissionsOrder = Order & {
  kind: 'submissions'
  rate: number | 'closed'
  curve: Curve
  eventsOnly?: boolean
}

/** Batches in closed loop, each of one patient; ends early when `mostUnits` are acknowledged. */
export type BatchesOrder = Order & {
  kind: 'batches'
  perBatch: number
  mostUnits?: number
  eventsOnly?: boolean
}

/** One GET in closed loop. */
export type GetOrder = Order & { kind: 'get'; path: string }

export type GeneratorSpec = SubmissionsOrder | BatchesOrder | GetOrder

/** `units`: submissions acknowledged or pages received; `wrong`: answers of any other kind. */
export type RepeatSummary = {
  requests: number
  units: number
  wrong: number
  unitsPerSecond: number
  latency: LatencySummary
}

export type ResultOf<S extends GeneratorSpec> = S extends SubmissionsOrder ? LoadSummary : RepeatSummary
