// One run of the bench as it is kept in bench/results/: machine, settings, and what each scenario measured.
import type { Machine } from './machine.ts'
import type { BacklogResult } from './scenarios/backlog.ts'
import type { BatchResult } from './scenarios/batch.ts'
import type { ClosedLoopResult } from './scenarios/closed-loop.ts'
import type { DrugResult } from './scenarios/drug.ts'
import type { GrownResult } from './scenarios/grown.ts'
import type { OpenLoopResult } from './scenarios/open-loop.ts'
import type { PostgresResult } from './scenarios/postgres.ts'
import type { ProcessingResult } from './scenarios/processing.ts'
import type { SteadyResult } from './scenarios/steady.ts'

export const scenarioNames = [
  'closed-loop',
  'open-loop',
  'steady',
  'batch',
  'drug',
  'backlog',
  'grown',
  'processing',
] as const
/** Asked for by `--postgres` alone: it needs the machine for itself. */
export const clusterScenario = 'postgres'
export type ScenarioName = (typeof scenarioNames)[number] | typeof clusterScenario

/** A scenario that failed has its reason in `failures` and no result. */
export type BenchResults = {
  date: string
  commit: string
  quick: boolean
  machine: Machine
  'closed-loop'?: ClosedLoopResult
  'open-loop'?: OpenLoopResult
  steady?: SteadyResult
  batch?: BatchResult
  drug?: DrugResult
  backlog?: BacklogResult
  grown?: GrownResult
  processing?: ProcessingResult
  postgres?: PostgresResult
  failures: Partial<Record<ScenarioName, string>>
}
