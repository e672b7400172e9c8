// What is to be simulated, as plain data that goes to every thread: the files of each version, the spans, the seed.
import { compileStudy } from '../../study/compile-study.ts'
import type { VersionInUse } from '../../study/simulate/engine.ts'
import { adoptionDates, type Simulation, simulation } from '../../study/simulate/simulate.ts'
import type { Span } from '../../study/simulate/virtual-patient.ts'
import { studyEngine } from './study-engine.ts'

/** A study's files by name, and what they hash to. */
export type StudyFiles = {
  readonly files: readonly (readonly [name: string, text: string])[]
  readonly sha256: string
}

/** A run. `amendment.from` is the ISO date from which the first site works by it. */
export type SimulationOrder = {
  readonly study: StudyFiles
  readonly amendment: (StudyFiles & { readonly from: string }) | null
  readonly spans: readonly Span[]
  readonly patients: number
  readonly seed: number
}

/** The versions of an order. @throws StudyInvalid where the files do not compile. */
export function versionsOf({ study, amendment, seed }: SimulationOrder): VersionInUse[] {
  const first: VersionInUse = {
    plan: compileStudy(new Map(study.files)),
    sha256: study.sha256,
    fromBySite: null,
  }
  if (amendment === null) return [first]
  const plan = compileStudy(new Map(amendment.files))
  return [first, { plan, sha256: amendment.sha256, fromBySite: adoptionDates(plan, amendment.from, seed) }]
}

/** One prepared run for each span. */
export function simulationsOf(order: SimulationOrder, versions: readonly VersionInUse[]): Simulation[] {
  const engine = studyEngine(versions)
  return order.spans.map((span) => simulation(versions, engine, span, order.seed))
}
